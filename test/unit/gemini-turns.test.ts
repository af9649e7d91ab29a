import { describe, expect, it } from 'vitest'
import { host } from '../support/engine-host.ts'
import { hiss, Rig, STORY, story } from './gemini-rig.ts'

describe('a turn with Gemini', () => {
  it('answers a voice, and both sides are written down in order', async () => {
    const rig = await Rig.start({
      simulator: { reply: story, transcribe: () => 'Tell me about Rome.' },
    })
    await rig.say('Tell me about Rome')
    await rig.until(() => rig.of('turnEnded')[0])
    await rig.connection.waitFor('turnComplete')
    await rig.until(() => rig.transcripts.every(({ final }) => final))
    expect(rig.transcripts).toMatchObject([
      { role: 'user', text: 'Tell me about Rome.' },
      { role: 'agent', text: STORY, heardText: STORY },
    ])
    expect(rig.of('stateChanged').map(({ state }) => state)).toEqual([
      'connecting',
      'listening',
      'thinking',
      'speaking',
      'listening',
    ])
    expect(rig.of('usage')).toHaveLength(1)
    expect(rig.violations).toEqual([])
  })

  it('sends what was heard, sample by sample', async () => {
    const rig = await Rig.start()
    await rig.say('Hello there')
    await rig.connection.waitFor('turnComplete')
    expect(rig.connection.utterances).toHaveLength(1)
    expect(rig.connection.violations).toEqual([])
    expect(rig.model.droppedFrames).toBe(0)
  })

  it('answers what was typed, and does not invent a user who spoke', async () => {
    const rig = await Rig.start({ simulator: { reply: story } })
    rig.type('Tell me about Rome')
    await rig.until(() => rig.of('turnEnded')[0])
    expect(rig.transcripts.map(({ role }) => role)).toEqual(['agent'])
    expect(rig.of('settled').at(-1)?.error).toBeUndefined()
    expect(rig.violations).toEqual([])
  })

  it.each([
    'gemini-3.8-live',
    'gemini-3.1-flash-live-preview',
    'gemini-2.5-flash-native-audio-preview-12-2025',
  ])('understands how %s cuts its messages', async (model) => {
    const rig = await Rig.start({ model: { model }, simulator: { reply: story } })
    rig.type('Tell me about Rome')
    await rig.until(() => rig.of('turnEnded')[0])
    await rig.until(() => rig.transcripts[0]?.final)
    expect(rig.transcripts).toMatchObject([{ role: 'agent', text: STORY }])
    expect(rig.state).toBe('listening')
    expect(rig.violations).toEqual([])
  })

  it('is not disturbed by a service that says everything twice', async () => {
    const rig = await Rig.start({
      simulator: { reply: story },
      plans: [{ duplicate: ['turnComplete', 'generationComplete', 'setupComplete', 'toolCall'] }],
    })
    rig.type('Tell me about Rome')
    await rig.until(() => rig.of('turnEnded')[0])
    expect(rig.of('turnEnded')).toHaveLength(1)
    expect(rig.items).toHaveLength(1)
    expect(rig.violations).toEqual([])
  })

  it('lets the application say when the user speaks', async () => {
    const rig = await Rig.start({ model: { turnDetection: null } })
    await rig.hear(hiss(500))
    rig.engine.handle({ type: 'startTurn' })
    await rig.hear(hiss(300))
    rig.engine.handle({ type: 'endTurn' })
    await rig.until(() => rig.of('turnEnded')[0])
    expect(rig.connection.utterances).toMatchObject([{ foundBy: 'activity-signals' }])
    expect(rig.connection.audio).toHaveLength(300 * 16)
    expect(rig.state).toBe('listening')
    expect(rig.violations).toEqual([])
  })

  it('closes the audio stream of a muted microphone once, and opens it again by sound', async () => {
    const rig = await Rig.start()
    await rig.hear(hiss(200))
    await rig.hear(new Int16Array(16_000 * 3))
    await rig.hear(hiss(200))
    await rig.until(() => rig.connection.audio.length >= 16 * 1380)
    expect(rig.sent('realtimeInput.audioStreamEnd')).toHaveLength(1)
    expect(rig.connection.audio).toHaveLength(16 * (200 + 980 + 200))
    expect(rig.violations).toEqual([])
  })

  it('tells of what an answer is based on', async () => {
    const rig = await Rig.start({ model: { googleSearch: true } })
    const found: object[] = []
    rig.model.on('grounding', ({ metadata }) => found.push(metadata))
    rig.type('Tell me about Italy')
    await rig.until(() => rig.of('turnEnded')[0])
    expect(found).toEqual([{ webSearchQueries: ['Italy'] }])
  })

  it('shows images with a message, and frames of a camera at most once a second', async () => {
    const rig = await Rig.start()
    const image = { mimeType: 'image/jpeg', data: '/9j/4AAQ' }
    const isSent = [rig.model.sendVideoFrame(image), rig.model.sendVideoFrame(image)]
    // The page cannot know at once what a Worker does.
    if (host === 'page') expect(isSent).toEqual([true, false])
    await rig.engine.settled()
    rig.type('What is this?', [image])
    await rig.connection.waitFor('clientContent', { direction: 'received' })
    expect(rig.connection.images).toHaveLength(1)
    expect(rig.sent('clientContent')).toMatchObject([
      { clientContent: { turns: [{ parts: [{ text: 'What is this?' }, { inlineData: image }] }] } },
    ])
    expect(rig.violations).toEqual([])
  })
})
