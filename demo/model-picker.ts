import type { ConversationView } from './conversation.ts'
import { byId } from './dom.ts'
import { type ModelChoice, nameOf } from './models.ts'
import type { ServiceConfig } from './service-config.ts'

export interface ModelPicker extends ConversationView {
  /** What the user chose; `undefined` until the services are known. */
  readonly choice: () => ModelChoice | undefined
  fill(services: readonly ServiceConfig[]): void
}

/** Which model to talk to, and how. A conversation keeps its model to the end. */
export function createModelPicker(onChoice: (choice: ModelChoice) => void): ModelPicker {
  const select = byId('model', HTMLSelectElement)
  let choices: readonly ModelChoice[] = []
  const choice = (): ModelChoice | undefined => choices[select.selectedIndex]
  const tell = (): void => {
    const chosen = choice()
    if (chosen) onChoice(chosen)
  }
  select.addEventListener('change', tell)

  return {
    choice,
    fill(services) {
      choices = services.flatMap((service) =>
        service.connections.map((connection) => ({ service, connection })),
      )
      select.replaceChildren(...choices.map((each) => new Option(nameOf(each))))
      tell()
    },
    attach(pipeline) {
      pipeline.on('stateChanged', ({ state }) => {
        select.disabled = state !== 'idle' && state !== 'closed'
      })
    },
  }
}
