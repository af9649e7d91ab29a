import type { Announce } from './announcer.ts'
import { create } from './dom.ts'
import type { RealTimePipeline } from './sdk.ts'

/** Where stage directions are written. */
export interface Directions {
  /** Adds a line of its own. */
  readonly direct: (text: string) => HTMLElement
  /** Changes something, and keeps the end in view. */
  readonly change: (edit: () => void) => void
}

/** What tools do, who takes over and what is withheld, as stage directions. */
export function writeDirections(
  pipeline: RealTimePipeline,
  { direct, change }: Directions,
  announce: Announce,
): void {
  /** What becomes of each call, before what it says of its progress. */
  const calls = new Map<string, HTMLElement>()
  const add = (callId: string, text: string): void => change(() => calls.get(callId)?.append(text))

  pipeline.on('toolCalled', ({ callId, name, arguments: given }) => {
    const outcome = create('span', '', `The agent calls ${name} ${given}`)
    calls.set(callId, outcome)
    change(() => direct('').append(outcome))
  })
  pipeline.on('toolApproval', ({ callId }) => add(callId, ' if you allow it'))
  pipeline.on('toolProgress', ({ callId, text }) => {
    change(() => calls.get(callId)?.parentElement?.append(create('span', 'progress', text)))
    announce(text)
  })
  pipeline.on('toolFinished', ({ callId, ok, output, durationMs }) => {
    add(callId, ok ? `, which takes ${Math.round(durationMs)} ms.` : `, which fails: ${reasonIn(output)}`)
  })
  pipeline.on('agentChanged', ({ agent: { name = 'another agent' } }) => {
    const text = `Handed over to ${name}`
    direct(`${text}.`).classList.add('handover')
    announce(`${text}.`)
  })
  pipeline.on('guarded', ({ reason }) => {
    const text = `The guard withheld what came next: ${reason}.`
    direct(text).classList.add('guarded')
    announce(text)
  })
}

/** What a model is told of a call that failed, without its wrapping. */
function reasonIn(output: string): string {
  try {
    return String((JSON.parse(output) as { readonly error?: unknown }).error)
  } catch {
    return output
  }
}
