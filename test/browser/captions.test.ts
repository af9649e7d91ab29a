import { afterEach, describe, expect, it } from 'vitest'
import { Agent, RealTimePipeline, RealtimeModel, type ModelSession } from '../../src/index.ts'
import { Conversation } from '../../src/agent/conversation.ts'
import { captions, type Caption } from '../../src/pipeline/captions.ts'
import { wakeUp } from '../../src/pipeline/wake-up.ts'
import type { ReplyRequest } from '../../src/providers/model.ts'

const TEXT = 'Rome is warm today, and the sky is clear.'
const RATE = 24_000

/** Answers with two seconds of a tone, all at once. */
class ToneModel extends RealtimeModel {
  readonly capabilities = { inputRate: 16_000, outputRate: RATE, textInput: true, reply: true }
  #session: ModelSession | undefined
  #answers = 0

  override async connect(session: ModelSession): Promise<void> {
    this.#session = session
  }
  override handleAudioInput(): void {}
  override close(): void {}
  override sendMessage(): void {
    this.#answer()
  }
  override reply({ replyId }: ReplyRequest): void {
    this.#answer(replyId)
  }
  #answer(replyId?: string): void {
    const id = `answer ${++this.#answers}`
    this.emit('responseStarted', { responseId: id, ...(replyId && { replyId }) })
    this.emit('transcript', { id, role: 'agent', text: TEXT, final: true })
    this.#session?.output.write(
      id,
      Int16Array.from({ length: 2 * RATE }, (_, i) => 8000 * Math.sin(i / 8)),
    )
    this.#session?.output.end(id)
    this.emit('responseDone', { responseId: id, status: 'completed', continues: false })
  }
}

let pipeline: RealTimePipeline | undefined

async function start() {
  pipeline = new RealTimePipeline({
    model: new ToneModel(),
    agent: new Agent({ instructions: 'Sing.' }),
    microphone: false,
  })
  const conversation = new Conversation()
  conversation.attach(pipeline)
  const shown: Caption[] = []
  captions(pipeline, (caption) => shown.push(caption))
  await pipeline.start()
  return { pipeline, conversation, shown }
}

afterEach(async () => {
  await pipeline?.close()
})

describe('captions of a real voice', () => {
  it('go from word to word, and end with the voice', async () => {
    const { pipeline, conversation, shown } = await start()
    await pipeline.sendMessage('Sing!')
    await expect.poll(() => shown.at(-1)?.final).toBe(true)
    const indices = shown.map(({ index }) => index)
    expect(indices).toEqual(indices.toSorted((a, b) => a - b))
    expect(new Set(indices).size).toBeGreaterThan(5)
    const { words = [], index } = shown.at(-1) ?? {}
    expect(index).toBe(words.length - 1)
    expect(words.map(({ text }) => text).join('')).toBe(TEXT)
    expect(conversation.items).toMatchObject([{ role: 'agent', text: TEXT, heardText: TEXT, final: true }])
  })

  it('stop where the answer is cut, and so does the conversation', async () => {
    const { pipeline, conversation, shown } = await start()
    captions(pipeline, ({ index, final }) => {
      if (index > 2 && !final) pipeline.interrupt()
    })
    await pipeline.sendMessage('Sing!')
    await expect.poll(() => shown.at(-1)?.final).toBe(true)
    const { words = [], index = -1 } = shown.at(-1) ?? {}
    expect(index).toBeGreaterThan(1)
    expect(index).toBeLessThan(words.length - 1)
    await expect.poll(() => conversation.items[0]).toMatchObject({ interrupted: true, spoken: true })
    const [heard] = conversation.history()
    expect(heard).toMatchObject({ type: 'message', text: expect.stringMatching(/^Rome is.*[^.]$/) })
  })

  it('come too when the agent wakes the user up', async () => {
    const { pipeline, conversation, shown } = await start()
    wakeUp(pipeline, { afterMs: 50, reply: 'Ask who is there.' })
    await expect.poll(() => shown.at(-1)?.final).toBe(true)
    await expect.poll(() => pipeline.state).toBe('listening')
    await pipeline.close()
    expect(conversation.items).toHaveLength(1)
  })
})
