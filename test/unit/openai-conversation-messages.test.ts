import { describe, expect, it } from 'vitest'
import { OptionError } from '../../src/core/errors.ts'
import { TableTalk } from './openai-table-talk.ts'

const image = { mimeType: 'image/jpeg', data: 'AAAA' }

describe('a message', () => {
  it('may have images', () => {
    const talk = new TableTalk()
    talk.conversation.sendMessage({ text: 'What is this?', images: [image, image] })
    const shown = { type: 'input_image', image_url: 'data:image/jpeg;base64,AAAA' }
    expect(talk.wire).toMatchObject([
      {
        type: 'conversation.item.create',
        item: {
          type: 'message',
          role: 'user',
          content: [{ type: 'input_text', text: 'What is this?' }, shown, shown],
        },
      },
      { type: 'response.create' },
    ])
  })

  it('may be an image alone', () => {
    const talk = new TableTalk()
    talk.conversation.sendMessage({ text: '', images: [image] })
    expect(talk.wire[0]).toMatchObject({ item: { content: [{ type: 'input_image' }] } })
  })

  it.each([
    ['images', { text: 'What is this?', images: [{ ...image, data: 'A'.repeat(2000) }] }],
    ['text', { text: 'ä'.repeat(600) }],
  ])('that is longer than the connection takes is refused, and nothing is sent: %s', (_part, message) => {
    const talk = new TableTalk({ maxMessageBytes: 1000 })
    const send = (): void => talk.conversation.sendMessage(message)
    expect(send).toThrow(OptionError)
    expect(send).toThrow(expect.objectContaining({ option: 'message' }) as Error)
    expect(send).toThrow(/1000 bytes: send less, or smaller images/)
    expect(talk.sent).toEqual([])
    talk.conversation.sendMessage({ text: 'Hello' })
    expect(talk.sent).toHaveLength(2)
  })
})
