import type { ConversationView, DeviceChoice } from './conversation.ts'
import { byId } from './dom.ts'
import { listMicrophones, listSpeakers } from './sdk.ts'

const NO_MICROPHONE = 'none'
const DEFAULT_DEVICE = 'default'

export interface DevicePicker extends ConversationView {
  readonly choice: () => DeviceChoice
  /** Goes on without a microphone, as after a refusal. */
  chooseNoMicrophone(): void
}

export interface DevicePickerOptions {
  readonly onMicrophone: (deviceId: string) => void
  readonly onSpeaker: (deviceId: string) => void
}

/** Microphone and speaker, which may be changed while speaking. */
export function createDevicePicker({ onMicrophone, onSpeaker }: DevicePickerOptions): DevicePicker {
  const microphone = byId('microphone', HTMLSelectElement)
  const speaker = byId('speaker', HTMLSelectElement)
  const speakerHint = byId('speaker-hint', HTMLElement)
  const hint = byId('device-hint', HTMLElement)
  const canRoute = 'AudioContext' in globalThis && 'setSinkId' in AudioContext.prototype
  let live = false

  const refresh = async (): Promise<void> => {
    // Where there is no access to devices, such as without HTTPS, starting says so.
    const [microphones, speakers] = await Promise.all([
      listMicrophones().catch(() => []),
      canRoute ? listSpeakers().catch(() => []) : [],
    ])
    fill(microphone, [...deviceOptions(microphones), new Option('None: I only type', NO_MICROPHONE)])
    fill(speaker, deviceOptions(speakers))
    forbidSwitchToNone()
    const named = microphones.some(({ label }) => label !== '')
    hint.textContent = named ? '' : 'Devices get their names once the microphone is allowed.'
  }
  // A conversation keeps its microphone, or its lack of one, to the end.
  const forbidSwitchToNone = (): void => {
    const none = microphone.value === NO_MICROPHONE
    microphone.disabled = live && none
    for (const option of microphone.options) option.disabled = live && !none && option.value === NO_MICROPHONE
  }

  speaker.disabled = !canRoute
  speakerHint.hidden = canRoute
  speakerHint.textContent = 'This browser has no choice of speaker for web pages: the system’s is used.'
  microphone.addEventListener('change', () => onMicrophone(microphone.value))
  speaker.addEventListener('change', () => onSpeaker(speaker.value))
  navigator.mediaDevices?.addEventListener('devicechange', () => void refresh())
  void refresh()

  return {
    choice: () => ({
      microphone: microphone.value === NO_MICROPHONE ? false : microphone.value,
      speaker: speaker.value,
    }),
    chooseNoMicrophone() {
      microphone.value = NO_MICROPHONE
    },
    attach(pipeline) {
      pipeline.on('stateChanged', ({ state }) => {
        live = state !== 'idle' && state !== 'closed'
        forbidSwitchToNone()
        // The permission, and with it the names, come with the first start.
        if (state === 'listening' && hint.textContent !== '') void refresh()
      })
    },
  }
}

function deviceOptions(devices: readonly MediaDeviceInfo[]): HTMLOptionElement[] {
  const named = devices.filter(({ deviceId, label }) => label !== '' && deviceId !== DEFAULT_DEVICE)
  return [
    new Option('System default', DEFAULT_DEVICE),
    ...named.map(({ deviceId, label }) => new Option(label, deviceId)),
  ]
}

function fill(select: HTMLSelectElement, options: readonly HTMLOptionElement[]): void {
  const { value } = select
  select.replaceChildren(...options)
  // An unplugged device falls back to the default.
  select.value = options.some((option) => option.value === value) ? value : DEFAULT_DEVICE
}
