import type { VivaVoceError } from '../core/errors.ts'
import type { Engine } from './engine.ts'
import type { EngineCommand } from './messages.ts'
import { asVivaVoceError, stopped } from './model-connection.ts'

/** Interrupts what is being said, and sends what the user typed. */
export async function sendMessage(
  engine: Engine,
  { request, message }: Extract<EngineCommand, { type: 'sendMessage' }>,
): Promise<void> {
  const { signal } = engine.life
  const id = `message ${request}`
  engine.take('messageSent')
  // The model is told of the interruption first: it must not take the new answer for the old one.
  await engine.silence
  await engine.connection.ready()
  let error: VivaVoceError | undefined
  if (signal.aborted) error = stopped()
  else {
    engine.meter.userDone()
    try {
      // First, since a model may answer at once.
      engine.history.say({ id, role: 'user', text: message.text, final: true })
      engine.model.sendMessage(message)
    } catch (thrown) {
      engine.history.items.delete(id)
      error = asVivaVoceError(thrown, 'The message was not sent')
    }
  }
  engine.settle(request, error)
}
