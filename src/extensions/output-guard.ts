import { invalidOption, OptionError } from '../core/errors.ts'
import type { ModelExtension } from '../providers/extension.ts'
import { GuardedModel } from './guarded-model.ts'

/** Why something is not to be said. */
export interface GuardViolation {
  /** For the application: comes with the `guarded` event. */
  readonly reason: string
  /**
   * Where in the text the first thing is that is not to be said, in UTF-16 units. Default: where the text
   * begins that is new since the last check.
   */
  readonly at?: number
}

/** A verdict: `undefined` and `true` let the text through. */
export type GuardVerdict = GuardViolation | true | undefined

/** How long the text of a model that calls it final late may stay as it is before it counts as complete. */
const SETTLE_MS = 200

/** What a check is told besides the text. */
export interface GuardDetails {
  /** The agent's item; also the `id` of its transcript. */
  readonly itemId: string
  /** Whether the text is complete. */
  readonly final: boolean
}

/** Options of {@link outputGuard}. */
export interface OutputGuardOptions {
  /**
   * Looks at all words of an item so far, whenever there are more of them; never at a part of a word. Nothing is heard before its
   * verdict, so a slow one delays the agent. If it throws, rejects or takes 10 s, nothing more is heard.
   */
  readonly check: (text: string, details: GuardDetails) => GuardVerdict | Promise<GuardVerdict>
  /**
   * What the agent says instead. Only where the model can be asked to speak (`capabilities.reply`); elsewhere
   * it says nothing. It is checked as well, and not replaced.
   */
  readonly replacement?: string | ((reason: string) => string)
  /**
   * The fastest that the agent speaks, letters and digits a second: audio is let through as far as it cannot
   * be ahead of the text that was checked. Speech has about 15. Default 25.
   */
  readonly maxLettersPerSecond?: number
  /** How much audio is held back besides, ms. Default 250. */
  readonly marginMs?: number
  /**
   * The text of an item whose audio is complete counts as complete when it has not grown for so long, ms. For
   * models such as Nova Sonic, which write a sentence before they speak it, and call it final only when it must
   * have been heard: without this, the end of each sentence would come late. Default 200 for those; for others
   * only the model's word counts.
   */
  readonly settleMs?: number
}

/**
 * Keeps the agent from saying what it should not: audio is heard only as far as its text was checked. A model
 * generates faster than it speaks, so that this is hardly noticed.
 *
 * At a violation the rest of the answer is dropped, the model forgets it, and `guarded` tells so. Audio that
 * was let through is not taken back: a phrase of several words is caught at the word that completes it.
 * Audio whose text has not come a second after the answer is complete is not heard either: a model without
 * transcripts of what it says stays silent. What a model adds to a text that it called final comes too late.
 * @throws OptionError from the pipeline, `option-unsupported`, if the model's audio does not pass the page.
 */
export function outputGuard(options: OutputGuardOptions): ModelExtension {
  const name = 'outputGuard'
  const { check, replacement, maxLettersPerSecond = 25, marginMs = 250, settleMs } = options
  if (typeof check !== 'function') throw invalidOption(name, 'check', '(text) => undefined or { reason }')
  if (!(maxLettersPerSecond > 0)) throw invalidOption(name, 'maxLettersPerSecond', 'a number above 0')
  for (const [option, value] of Object.entries({ marginMs, settleMs: settleMs ?? 0 })) {
    if (!(value >= 0)) throw invalidOption(name, option, 'a number, 0 or more')
  }
  const replace = typeof replacement === 'string' ? () => replacement : replacement
  return {
    name,
    // A function that a Worker asks answers later, and this one is to answer at once.
    recipe: typeof replacement === 'function' ? undefined : { name, options },
    wrap(model) {
      if (model.capabilities.media === 'track') {
        throw new OptionError(
          `${model.constructor.name} plays its audio past the page (${name}): use one that does not, such as ` +
            "OpenAIRealtime with transport: 'websocket'.",
          { code: 'option-unsupported', option: name },
        )
      }
      const late = model.capabilities.finalWhenHeard ? SETTLE_MS : undefined
      return new GuardedModel(model, {
        check,
        replace,
        maxLettersPerSecond,
        marginMs,
        settleMs: settleMs ?? late,
      })
    },
  }
}
