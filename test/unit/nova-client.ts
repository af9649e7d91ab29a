import { onTestFinished, vi } from 'vitest'
import { WebSocket } from 'ws'
import type { VivaVoceError } from '../../src/core/errors.ts'
import {
  openAwsSocket,
  type AwsSocketOptions,
  type EventSocket,
} from '../../src/providers/nova-sonic/aws-socket.ts'
import { openBridgeSocket } from '../../src/providers/nova-sonic/bridge-socket.ts'
import type { ClientEvent, ServerEvent, WireAudio, WireTool } from '../../src/providers/nova-sonic/wire.ts'
import { Journal, type JournalEntry, type WaitOptions } from '../simulators/journal.ts'
import {
  createNovaSonicSimulator,
  type FaultPlan,
  type NovaSonicConnection,
  type NovaSonicSimulator,
  type NovaSonicSimulatorOptions,
  type WireMessage,
} from '../simulators/nova-sonic/index.ts'
import { encodePcm } from '../simulators/pcm.ts'

const MODEL_ID = 'amazon.nova-2-sonic-v1:0'
const PROMPT = 'prompt'
const TEXT = { mediaType: 'text/plain' } as const

/** Sound as both sides describe it. */
const sound = (sampleRateHertz: WireAudio['sampleRateHertz']): WireAudio => ({
  mediaType: 'audio/lpcm',
  sampleRateHertz,
  sampleSizeBits: 16,
  channelCount: 1,
  encoding: 'base64',
  audioType: 'SPEECH',
})

/** A client that speaks the wire as it should, and keeps what it gets. */
export class NovaClient {
  readonly errors: VivaVoceError[] = []
  readonly aborter = new AbortController()
  readonly closed: Promise<VivaVoceError>
  readonly #journal = new Journal<WireMessage>({ keepsAll: true })
  #onClose: (error: VivaVoceError) => void = () => {}
  #socket: EventSocket | undefined
  #contents = 0

  constructor() {
    this.closed = new Promise((resolve) => {
      this.#onClose = resolve
    })
  }

  async openAws(
    options: Pick<AwsSocketOptions, 'credentials' | 'url'> & Partial<AwsSocketOptions>,
  ): Promise<this> {
    this.#socket = await openAwsSocket({
      region: 'us-east-1',
      modelId: MODEL_ID,
      ...this.#listeners(),
      ...options,
    })
    return this
  }

  async openBridge(url: string): Promise<this> {
    this.#socket = await openBridgeSocket({ url, ...this.#listeners() })
    return this
  }

  get socket(): EventSocket {
    if (!this.#socket) throw new Error('The socket is not open.')
    return this.#socket
  }

  get events(): readonly WireMessage[] {
    return this.#journal.of('received').map(({ message }) => message)
  }

  waitFor(
    wanted: string | ((message: WireMessage) => boolean),
    options: WaitOptions = {},
  ): Promise<JournalEntry<WireMessage>> {
    return this.#journal.waitFor(wanted, { direction: 'received', ...options })
  }

  send(event: ClientEvent): void {
    this.socket.send(event)
  }

  /** Session, prompt and system text, and what was said before. */
  begin({
    instructions = 'You are a guide.',
    tools = [] as WireTool[],
    history = [] as { readonly role: 'USER' | 'ASSISTANT'; readonly text: string }[],
  } = {}): void {
    this.send({ sessionStart: { inferenceConfiguration: { maxTokens: 1024, topP: 0.9, temperature: 0.7 } } })
    this.send({
      promptStart: {
        promptName: PROMPT,
        textOutputConfiguration: TEXT,
        audioOutputConfiguration: { ...sound(24_000), voiceId: 'matthew' },
        ...(tools.length > 0 && {
          toolUseOutputConfiguration: { mediaType: 'application/json' },
          toolConfiguration: { tools, toolChoice: { auto: {} } },
        }),
      },
    })
    this.text('SYSTEM', instructions)
    for (const { role, text } of history) this.text(role, text)
  }

  text(role: 'SYSTEM' | 'USER' | 'ASSISTANT', content: string, interactive = false): void {
    const address = this.#address()
    this.send({ contentStart: { ...address, type: 'TEXT', role, interactive, textInputConfiguration: TEXT } })
    for (const piece of content.match(/[^]{1,250}/gu) ?? []) {
      this.send({ textInput: { ...address, content: piece } })
    }
    this.send({ contentEnd: address })
  }

  /** Opens the microphone, and gives what sends samples at 16 kHz in frames of 32 ms. */
  startAudio(): { readonly send: (pcm: Int16Array) => void; readonly end: () => void } {
    const address = this.#address()
    const audioInputConfiguration = sound(16_000)
    this.send({
      contentStart: { ...address, type: 'AUDIO', role: 'USER', interactive: true, audioInputConfiguration },
    })
    return {
      send: (pcm) => {
        for (let at = 0; at < pcm.length; at += 512) {
          this.send({ audioInput: { ...address, content: encodePcm(pcm.subarray(at, at + 512)) } })
        }
      },
      end: () => this.send({ contentEnd: address }),
    }
  }

  toolResult(toolUseId: string, content: string): void {
    const address = this.#address()
    const toolResultInputConfiguration = { toolUseId, type: 'TEXT' as const, textInputConfiguration: TEXT }
    this.send({
      contentStart: {
        ...address,
        type: 'TOOL',
        role: 'TOOL',
        interactive: false,
        toolResultInputConfiguration,
      },
    })
    this.send({ toolResult: { ...address, content } })
    this.send({ contentEnd: address })
  }

  end(): void {
    this.send({ promptEnd: { promptName: PROMPT } })
    this.send({ sessionEnd: {} })
  }

  #address(): { promptName: string; contentName: string } {
    return { promptName: PROMPT, contentName: `content${++this.#contents}` }
  }

  #listeners() {
    return {
      signal: this.aborter.signal,
      timeoutMs: 5000,
      onEvent: (event: ServerEvent) => {
        const [type = '', payload = {}] = Object.entries(event)[0] ?? []
        this.#journal.record('received', { type, payload: payload as WireMessage['payload'] })
      },
      onException: (error: VivaVoceError) => void this.errors.push(error),
      onMalformed: (error: VivaVoceError) => void this.errors.push(error),
      onClose: (error: VivaVoceError) => {
        this.#journal.close(error.message)
        this.#onClose(error)
      },
    }
  }
}

/** A simulator that ends with the test; `WebSocket` is there, as in a page. */
export async function startSimulator(
  options: NovaSonicSimulatorOptions = {},
): Promise<{ readonly simulator: NovaSonicSimulator; readonly url: string; readonly bridgeUrl: string }> {
  vi.stubGlobal('WebSocket', WebSocket)
  const simulator = createNovaSonicSimulator(options)
  onTestFinished(async () => {
    await simulator.close()
    vi.unstubAllGlobals()
  })
  return { simulator, ...(await simulator.listen()) }
}

/** A client that is connected, and the server's side of it. */
export async function connect(
  options: NovaSonicSimulatorOptions = {},
  { plan = {}, bridge = false }: { readonly plan?: FaultPlan; readonly bridge?: boolean } = {},
): Promise<{
  readonly simulator: NovaSonicSimulator
  readonly client: NovaClient
  readonly connection: NovaSonicConnection
}> {
  const { simulator, url, bridgeUrl } = await startSimulator(options)
  simulator.nextConnection(plan)
  const client = new NovaClient()
  await (bridge
    ? client.openBridge(bridgeUrl)
    : client.openAws({ url, credentials: simulator.mintCredentials() }))
  return { simulator, client, connection: await simulator.connection() }
}

/** The blocks of a conversation as one line each: type, role and stage, content, stop reason. */
export function blocksOf(events: readonly WireMessage[]): string[] {
  const open = new Map<unknown, { head: string; content: string }>()
  const lines: string[] = []
  for (const { type, payload } of events) {
    const { contentId, content, additionalModelFields } = payload
    if (type === 'contentStart') {
      const stage = /SPECULATIVE|FINAL/.exec(String(additionalModelFields))?.[0]
      open.set(contentId, {
        head: [payload.type, payload.role, stage].filter(Boolean).join(' '),
        content: '',
      })
    } else if (type === 'textOutput' || type === 'toolUse') {
      const block = open.get(contentId)
      if (block) block.content += ` "${String(content)}"`
    } else if (type === 'contentEnd') {
      const { head = '', content: said = '' } = open.get(contentId) ?? {}
      lines.push(`${head}${said} ${String(payload.stopReason)}`)
    }
  }
  return lines
}
