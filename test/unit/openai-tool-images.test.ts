import { expect, it } from 'vitest'
import { callDone, created, done } from './openai-events.ts'
import { frames, TableTalk, type TableTalkSetup } from './openai-table-talk.ts'

const image = { mimeType: 'image/png', data: 'iVBORw0KGgo=' }

it('pictures follow the output that they belong to, before an answer is asked for', async () => {
  const talk = await callTool()
  expect(talk.wire).toMatchObject([
    { item: { type: 'function_call_output', call_id: 'C', output: 'a map' } },
    {
      item: {
        role: 'user',
        content: [
          { type: 'input_text', text: 'Result of weather:' },
          { type: 'input_image', image_url: 'data:image/png;base64,iVBORw0KGgo=' },
        ],
      },
    },
    { type: 'response.create' },
  ])
})

it('a model that sees no images is shown none', async () => {
  const talk = await callTool({ traits: { ...frames, imageInput: false } })
  expect(talk.types).toEqual(['conversation.item.create', 'response.create'])
})

it('the model goes on without a picture that is too large, and the application is told', async () => {
  const talk = await callTool({ maxMessageBytes: 100 })
  expect(talk.types).toEqual(['conversation.item.create', 'response.create'])
  expect(talk.all('error')).toMatchObject([{ code: 'option-unsupported', option: 'message' }])
})

async function callTool(setup: TableTalkSetup = {}): Promise<TableTalk> {
  const talk = new TableTalk(setup)
  talk.session.answer = () => ({ output: 'a map', ok: true, images: [image] })
  talk.play(created(), callDone('C'), done())
  await new Promise((resolve) => setImmediate(resolve))
  return talk
}
