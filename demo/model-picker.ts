import type { AgentChoice } from './agents/index.ts'
import type { Announce } from './announcer.ts'
import type { ConversationView } from './conversation.ts'
import { byId } from './dom.ts'
import { type ModelChoice, nameOf } from './models.ts'
import type { ServiceConfig } from './service-config.ts'

export interface ModelPicker extends ConversationView {
  /** What the user chose; `undefined` until the services are known. */
  readonly choice: () => ModelChoice | undefined
  fill(services: readonly ServiceConfig[]): void
  /** Leaves only what an agent can speak through. */
  suit(agent: AgentChoice): void
}

export interface ModelPickerOptions {
  readonly announce: Announce
  /** A choice was made, and holds. */
  readonly onChoice: (choice: ModelChoice) => void
  /** Another model is to go on with the conversation. Resolves with whether it does. */
  readonly onChange: (choice: ModelChoice) => Promise<boolean>
}

/** Which model to talk to, and how. It may be changed while speaking. */
export function createModelPicker({ announce, onChoice, onChange }: ModelPickerOptions): ModelPicker {
  const select = byId('model', HTMLSelectElement)
  const hint = byId('model-hint', HTMLElement)
  let choices: readonly ModelChoice[] = []
  let why: string | undefined
  let live = false
  /** The model that the conversation has. */
  let current = 0
  let changes: Promise<void> = Promise.resolve()
  const choice = (): ModelChoice | undefined => choices[select.selectedIndex]
  const tell = (): void => {
    if (!live) current = select.selectedIndex
    const chosen = choices[current]
    if (chosen) onChoice(chosen)
  }
  const advise = (): void => {
    hint.textContent = why === undefined ? '' : `Not over WebRTC: ${why}.`
  }
  const change = async (index: number): Promise<void> => {
    const wanted = choices[index]
    // Of several wishes the last one counts.
    if (!wanted || index === current || index !== select.selectedIndex) return
    hint.textContent = `${nameOf(wanted)} takes over as soon as nobody speaks.`
    announce(hint.textContent)
    const changed = await onChange(wanted)
    advise()
    if (changed) current = index
    // Unless another wish came meanwhile, or the conversation is over and the wish is for the next one.
    else if (live && index === select.selectedIndex) select.selectedIndex = current
    tell()
  }
  const suit = (): void => {
    const suits = choices.map(({ connection }) => why === undefined || connection.transport !== 'webrtc')
    for (const [index, option] of [...select.options].entries()) option.disabled = suits[index] === false
    advise()
    if (suits[select.selectedIndex] === false) {
      select.selectedIndex = suits.indexOf(true)
      announce(`The model is now ${select.value}. ${hint.textContent}`)
    }
    tell()
  }
  select.addEventListener('change', () => {
    const index = select.selectedIndex
    if (live) changes = changes.then(() => change(index))
    else tell()
  })

  return {
    choice,
    fill(services) {
      choices = services.flatMap((service) =>
        service.connections.map((connection) => ({ service, connection })),
      )
      select.replaceChildren(...choices.map((each) => new Option(nameOf(each))))
      suit()
    },
    suit(agent) {
      why = agent.noWebRtc
      if (choices.length > 0) suit()
    },
    attach(pipeline) {
      pipeline.on('stateChanged', ({ state }) => {
        live = state !== 'idle' && state !== 'closed'
        // There is nothing yet that another model could go on with.
        select.disabled = state === 'connecting'
      })
    },
  }
}
