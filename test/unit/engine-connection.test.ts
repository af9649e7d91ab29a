import { describe, expect, it } from 'vitest'
import { ConnectionError, ModelError } from '../../src/core/errors.ts'
import { engineRig } from '../support/engine-rig.ts'
import { settled } from '../support/virtual-audio.ts'

describe('The connection of an engine', () => {
  it('fails a start with what the model rejected with, and frees the model', async () => {
    const { model, engine, of, states } = engineRig()
    model.opening = Promise.reject(new Error('no route'))
    engine.handle({ type: 'start', request: 1, instructions: '', tools: [], onLocalSpeech: 'duck' })
    await settled()
    expect(of('settled')).toMatchObject([{ request: 1, error: { code: 'model-error' } }])
    expect(of('settled')[0]?.error).toBeInstanceOf(ModelError)
    expect(model.log).toEqual(['connect', 'close'])
    expect(states()).toEqual(['connecting', 'idle'])
  })

  it('lets a connection that opens after stop come to nothing', async () => {
    const { model, engine, of, states } = engineRig()
    let open = (): void => {}
    model.opening = new Promise((resolve) => {
      open = resolve
    })
    engine.handle({ type: 'start', request: 1, instructions: '', tools: [], onLocalSpeech: 'duck' })
    engine.handle({ type: 'stop' })
    expect(model.session?.signal.aborted).toBe(true)
    open()
    await settled()
    expect(of('settled')).toMatchObject([{ request: 1, error: { code: 'connection-lost' } }])
    expect(states()).toEqual(['connecting', 'idle'])
    expect(model.log).toEqual(['connect', 'close'])
  })

  it('tells of a lost connection once, and settles the tools that ran', async () => {
    const { model, of, start } = engineRig()
    await start()
    const outcome = model.session?.runTool({ callId: 'c', name: 'weather', arguments: '{}' })
    const error = new ConnectionError('gone', { code: 'connection-lost', retryable: true })
    model.say('closed', error)
    model.say('closed', error)
    await expect(outcome).resolves.toMatchObject({ ok: false })
    expect(of('lost')).toEqual([{ type: 'lost', error }])
    expect(of('abortTools')).toHaveLength(1)
  })
})
