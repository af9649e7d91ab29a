import type { EchoEstimate } from './echo-meter.ts'
import type { AgentLevel, CaptureCommand, EchoReport, LocalSpeech, MessagePortLike } from './messages.ts'
import { SpeechListener } from './speech-listener.ts'

const speech: LocalSpeech = 'speech'

/**
 * What a microphone's side has if the page reacts to speech by itself: the ports, around a
 * {@link SpeechListener}. Apart, so that a page without it does not load it.
 *
 * Real-time contract: nothing is allocated after construction, except when the device's rate changes.
 */
export class CaptureEars {
  readonly #tell: (report: EchoReport) => void
  readonly #echoReport: EchoReport = { type: 'echo', estimateDb: 0, correlation: 0 }
  #listener: SpeechListener | undefined
  #peer: MessagePortLike | undefined
  #halfDuplex = false
  #agentLevel = 0

  /** @param tell Takes what the engine is to know. */
  constructor(tell: (report: EchoReport) => void) {
    this.#tell = tell
  }

  /** Does what the page says. */
  take(command: CaptureCommand): void {
    if (command.type === 'connectPeer') {
      this.#peer = command.port
      command.port.onmessage = ({ data }: { data: AgentLevel }) => {
        this.#agentLevel = data
        if (this.#listener) this.#listener.agentLevel = data
      }
    } else if (command.type === 'halfDuplex') {
      this.#halfDuplex = command.on
      if (this.#listener) this.#listener.halfDuplex = command.on
    }
  }

  /** What listens to audio of this rate, Hz, instead of what did before. */
  listen(deviceRate: number): SpeechListener {
    const listener = new SpeechListener(deviceRate, {
      onSpeech: () => this.#peer?.postMessage(speech),
      onEcho: (estimate) => this.#tellOfEcho(estimate),
    })
    listener.halfDuplex = this.#halfDuplex
    listener.agentLevel = this.#agentLevel
    this.#listener = listener
    return listener
  }

  #tellOfEcho({ estimateDb, correlation }: EchoEstimate): void {
    this.#echoReport.estimateDb = estimateDb
    this.#echoReport.correlation = correlation
    this.#tell(this.#echoReport)
  }
}
