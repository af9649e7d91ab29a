import { expect } from 'vitest'
import { captions, type Caption } from '../../src/pipeline/captions.ts'
import { wakeUp } from '../../src/pipeline/wake-up.ts'
import { outputGuard } from '../../src/extensions/output-guard.ts'
import { speak } from '../simulators/speech.ts'
import { host } from '../support/engine-host.ts'
import { SPEED } from '../support/feature-page.ts'
import { testFeatures } from '../support/feature-suite.ts'
import { until } from '../support/feature-stage.ts'

/** A second of a tone. */
const recording = {
  pcm: Float32Array.from({ length: 16_000 }, (_, i) => 0.3 * Math.sin(i / 6)),
  sampleRate: 16_000,
}

testFeatures('speaking', {
  'say(text)': async (stage) => {
    const talk = await stage.talk({ tools: [] })
    const speech = await talk.pipeline.say('It is booked.')
    expect(await speech.heard).toEqual({ text: 'It is booked.', interrupted: false })
    await talk.ask('say "More?"', 'More?')
    expect(talk.heard).toEqual(['It is booked.', 'More?'])
  },

  'say(recording)': {
    works: async (stage) => {
      const talk = await stage.talk()
      const speech = await talk.pipeline.say(recording, { text: 'This call is recorded.' })
      expect(await speech.heard).toEqual({ text: 'This call is recorded.', interrupted: false })
      expect(talk.transcripts).toMatchObject([
        { id: speech.id, role: 'agent', heardText: 'This call is recorded.', final: true },
      ])
      expect(stage.page.suppliedMs).toBeCloseTo(1000)
      await talk.ask('say "More?"', 'More?')
    },
    refused: async (stage) => (await stage.talk()).pipeline.say(recording),
  },

  'what a recording said, told to the model': {
    refused: async (stage) =>
      (await stage.talk()).pipeline.say(recording, { text: 'This call is recorded.' }),
    works: async (stage) => {
      const talk = await stage.talk()
      const speech = await talk.pipeline.say(recording, { text: 'This call is recorded.' })
      await speech.heard
      await until(() => stage.service.known.some(({ text }) => text === 'This call is recorded.'))
      expect(stage.service.known).toEqual([{ role: 'agent', text: 'This call is recorded.' }])
      await talk.ask('say "More?"', 'More?')
    },
    lacks: async (stage) => {
      const talk = await stage.talk()
      await talk.ask('Hello', 'Yes.')
      const speech = await talk.pipeline.say(recording, { text: 'This call is recorded.' })
      await speech.heard
      await talk.ask('say "More?"', 'More?')
      expect(stage.service.known.map(({ text }) => text)).not.toContain('This call is recorded.')
      await talk.agent.updateInstructions('Be kind.')
      await until(() => stage.service.known.some(({ text }) => text.includes('This call is recorded.')))
    },
  },

  'generateReply()': async (stage) => {
    const talk = await stage.talk()
    const speech = await talk.pipeline.generateReply({ instructions: 'say "Hello, Ada."' })
    expect(await speech.heard).toEqual({ text: 'Hello, Ada.', interrupted: false })
    await talk.ask('say "More?"', 'More?')
  },

  'a speech that cannot be interrupted': {
    refused: async (stage) => (await stage.talk()).pipeline.say('Important.', { interruptible: false }),
    works: async (stage) => {
      const talk = await stage.talk()
      await talk.ask('Hello', 'Yes.')
      const { page, service } = stage
      page.speed = 0
      const [before, written] = [service.heard().length, page.written.length]
      const speech = await talk.pipeline.say('This part of the call is important.', { interruptible: false })
      const interruptions = talk.all('interrupted')
      await until(() => page.written.length > written)
      await page.hear(100)
      const said = await talk.speak()
      // A service that must always hear something is sent silence.
      expect(service.heard().subarray(before).filter(Boolean)).toHaveLength(0)
      page.speed = SPEED
      expect(await speech.heard).toEqual({ text: 'This part of the call is important.', interrupted: false })
      expect(interruptions).toEqual([])
      // Frames come all the time, and ten go out with each, as fast as this machine takes them: others are dropped.
      const frame = page.inputRate / 50
      const from = service.heard().length
      let [left, next] = [0, 0]
      await until(() => {
        const [now, heard] = [performance.now(), service.heard()]
        const onTheWay = Math.min(left, said.length) - (heard.length - from)
        if (onTheWay > 3 * frame || now < next) return false
        left += 10 * frame
        next = now + 20
        void page.speak(new Int16Array(frame))
        return Buffer.from(bytes(heard.slice(before))).includes(bytes(said))
      })
      await until(() => talk.transcripts.some(({ role }) => role === 'user'))
    },
  },

  'hangUp() with a farewell': async (stage) => {
    const talk = await stage.talk()
    await talk.ask('Hello', 'Yes.')
    await talk.pipeline.hangUp({ farewell: 'Goodbye.' })
    expect(talk.heard.at(-1)).toBe('Goodbye.')
    expect(talk.pipeline.state).toBe('closed')
  },

  'wakeUp()': async (stage) => {
    const talk = await stage.talk()
    wakeUp(talk.pipeline, { afterMs: 60, times: 1, reply: 'say "Hello?"' })
    await talk.hears('Hello?')
    expect(talk.errors).toEqual([])
  },

  'captions()': async (stage) => {
    const talk = await stage.talk()
    const shown: Caption[] = []
    captions(talk.pipeline, (caption) => shown.push(caption))
    await talk.ask('say "One two three four five."', 'five.')
    await until(() => shown.some(({ final }) => final))
    const last = shown.at(-1)
    expect(last?.words.map(({ text }) => text).join('')).toBe('One two three four five.')
    expect(last?.index).toBe(4)
    const starts = last?.words.map(({ startMs }) => startMs) ?? []
    expect(starts).toEqual(starts.toSorted((a, b) => a - b))
    // It was shown while it was heard, not only afterwards.
    expect(shown.some(({ index, final }) => !final && index >= 0 && index < 4)).toBe(true)
  },

  'outputGuard()': {
    refused: (stage) => stage.pipeline({ extensions: [outputGuard({ check: () => true })] }),
    works: async (stage) => {
      const text = 'The garden is open all day long. As to the code, the secret is forty two.'
      const { words } = await speak(text, { sampleRate: 24_000 })
      const secretMs = words.find((word) => word.text.includes('secret'))?.startMs ?? 0
      const talk = await stage.talk({
        extensions: [
          outputGuard({ check: (said) => (/secret/.test(said) ? { reason: 'It is a secret.' } : undefined) }),
        ],
      })
      const guarded = talk.all('guarded')
      await talk.type(`say "${text}"`)
      await until(() => guarded[0])
      await until(() => talk.pipeline.state === 'listening')
      expect(guarded).toMatchObject([{ reason: 'It is a secret.' }])
      // The word was generated, and nothing of it was given to the speaker.
      expect(stage.service.wrote('secret')).toBe(true)
      const given = stage.page.suppliedMs
      // In a Worker a check takes its time, in which the service may come to the secret.
      if (host === 'page') expect(given).toBeGreaterThan(0)
      expect(given).toBeLessThan(secretMs)
      expect(talk.heard.join(' ')).not.toContain('secret')
      await talk.ask('say "Else."', 'Else.')
    },
  },
})

const bytes = (pcm: Int16Array): Buffer => Buffer.from(pcm.buffer, pcm.byteOffset, pcm.byteLength)
