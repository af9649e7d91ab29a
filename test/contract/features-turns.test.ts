import { expect } from 'vitest'
import { Conversation } from '../../src/agent/conversation.ts'
import { confirmInterruptions } from '../../src/extensions/confirm-interruptions.ts'
import type { ModelExtension } from '../../src/providers/extension.ts'
import { testFeatures } from '../support/feature-suite.ts'
import { SPEED } from '../support/feature-page.ts'
import { type Stage, until } from '../support/feature-stage.ts'

const STORY =
  'Rome was not built in a day, nor was it seen in one: begin at the Colosseum, and walk to the hill.'

testFeatures('turns', {
  'push-to-talk': {
    works: async (stage) => {
      const talk = await stage.talk({ model: { pushToTalk: true } })
      const before = talk.all('speechStarted')
      talk.pipeline.startTurn()
      await talk.speak()
      expect(talk.heard).toEqual([])
      talk.pipeline.endTurn()
      await talk.hears('Yes.')
      expect(before).toEqual([{ by: 'application' }])
      await until(() => talk.transcripts.some(({ role, text }) => role === 'user' && text === stage.said))
    },
    refused: async (stage) => (await stage.talk()).pipeline.startTurn(),
  },

  'an interruption, and what was heard of the answer': {
    works: {
      'by the application': async (stage) => {
        const story = await midStory(stage)
        story.talk.pipeline.interrupt()
        await isCut(stage, story)
      },
      'by a message': async (stage) => {
        const story = await midStory(stage)
        await story.talk.type('say "Back."')
        await isCut(stage, story)
        await story.talk.hears('Back.')
      },
      'by the voice': async (stage) => {
        const story = await midStory(stage)
        await story.talk.speak()
        await isCut(stage, story)
        await story.talk.hears('Yes.')
      },
    },
  },

  'the service forgets what was not heard': {
    works: async (stage) => {
      const { talk } = await midStory(stage)
      talk.pipeline.interrupt()
      stage.page.speed = SPEED
      await until(() => stage.service.known.some(({ role, text }) => role === 'agent' && text.length < 60))
      const kept = stage.service.known.at(-1)?.text ?? ''
      expect(STORY.startsWith(kept)).toBe(true)
      expect(kept).toMatch(/^Rome was/)
    },
    lacks: async (stage) => {
      const { talk } = await midStory(stage)
      talk.pipeline.interrupt()
      stage.page.speed = SPEED
      await until(() => talk.transcripts.some(({ role, final }) => role === 'agent' && final))
      const told = talk.transcripts.find(({ role }) => role === 'agent')
      await talk.ask('say "Back."', 'Back.')
      const known = stage.service.known.filter(({ role }) => role === 'agent').map(({ text }) => text)
      expect(known.join(' ').length).toBeGreaterThan((told?.heardText.length ?? 0) + 'Back.'.length + 1)
    },
  },

  'confirmInterruptions()': {
    works: {
      'an "mm-hm" does not interrupt': async (stage) => {
        stage.said = 'Mm-hm.'
        const { talk } = await midStory(stage, [confirmInterruptions({ afterMs: 5000 })])
        const dismissed = talk.all('interruptionDismissed')
        const interrupted = talk.all('interrupted')
        await talk.speak('Mm-hm.')
        await until(() => dismissed[0])
        stage.page.speed = SPEED
        await talk.hears(STORY)
        expect(interrupted).toEqual([])
      },
      'words do': async (stage) => {
        stage.said = 'Wait, please.'
        const { talk } = await midStory(stage, [confirmInterruptions({ afterMs: 5000 })])
        const interrupted = talk.all('interrupted')
        await talk.speak('Wait, please.')
        stage.page.speed = 5
        await until(() => interrupted[0])
        stage.page.speed = SPEED
        await talk.hears('Yes.')
        expect(talk.heard[0]?.length).toBeLessThan(STORY.length)
      },
    },
    refused: (stage) => stage.pipeline({ extensions: [confirmInterruptions()] }),
  },
})

/** The agent tells a story, of which a second and a half was heard. The speaker stands still. */
async function midStory(stage: Stage, extensions: readonly ModelExtension[] = []) {
  const { page } = stage
  const talk = await stage.talk({ extensions })
  const conversation = new Conversation()
  conversation.attach(talk.pipeline)
  page.speed = 0
  await talk.type(`say "${STORY}"`)
  const heardMs = 1500
  await until(() => page.suppliedMs > 3000)
  await page.hear(heardMs)
  expect(talk.pipeline.state).toBe('speaking')
  return { talk, heardMs, conversation }
}

/** The answer is cut where it was heard, and stays so. */
async function isCut(
  stage: Stage,
  { talk, heardMs, conversation }: Awaited<ReturnType<typeof midStory>>,
): Promise<void> {
  // Slow enough for a service that tells late of a voice.
  stage.page.speed = 2
  const { heardText, text } = await until(() =>
    talk.transcripts.find(({ role, final }) => role === 'agent' && final),
  )
  stage.page.speed = SPEED
  expect(heardText).not.toBe('')
  expect(STORY.startsWith(heardText)).toBe(true)
  expect(heardText.length).toBeLessThan(text.length)
  expect(conversation.items.find(({ role }) => role === 'agent')).toMatchObject({
    heardText,
    interrupted: true,
  })
  expect(conversation.history()).toContainEqual({ type: 'message', role: 'agent', text: heardText })
  expect(talk.transcripts.find(({ role }) => role === 'agent')?.heardMs).toBeGreaterThan(heardMs / 2)
}
