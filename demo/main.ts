import { createAnnouncer } from './announcer.ts'
import { createComposer } from './composer.ts'
import { Conversation } from './conversation.ts'
import { createDevicePicker } from './device-picker.ts'
import { byId, create } from './dom.ts'
import { adviseOn } from './error-advice.ts'
import { ErrorBanner } from './error-banner.ts'
import { createEventLogView } from './event-log-view.ts'
import { EventLog } from './event-log.ts'
import { createLatencyView } from './latency-view.ts'
import { createLevelView } from './level-view.ts'
import { isVivaVoceError } from './sdk.ts'
import type { ServiceConfig } from './service-config.ts'
import { describeService, fetchServiceConfig } from './service.ts'
import { createShortcuts } from './shortcuts.ts'
import { createStateView } from './state-view.ts'
import { createTranscriptView } from './transcript-view.ts'

const announce = createAnnouncer(byId('announcer', HTMLElement))
const log = new EventLog()
const stateView = createStateView(announce)
const transcript = createTranscriptView(announce)
const devices = createDevicePicker({
  onMicrophone: (deviceId) => void conversation.setMicrophone(deviceId),
  onSpeaker: (deviceId) => void conversation.setSpeaker(deviceId),
})
const banner = new ErrorBanner({
  canRetry: () => !conversation.live,
  onRetry: () => void conversation.start(),
  onTypeInstead: () => {
    devices.chooseNoMicrophone()
    void conversation.start()
  },
})

let config: ServiceConfig | undefined

function fail(reason: unknown): void {
  const advice = adviseOn(reason)
  log.add('error', `${isVivaVoceError(reason) ? reason.code : advice.title}: ${advice.message}`)
  banner.show(advice)
}

async function loadConfig(): Promise<ServiceConfig> {
  config = await fetchServiceConfig()
  const { name, detail } = describeService(config)
  byId('service', HTMLElement).replaceChildren(create('strong', '', name), detail)
  return config
}

const conversation = new Conversation({
  config: () => config ?? loadConfig(),
  devices: devices.choice,
  views: [
    stateView,
    transcript,
    createLevelView(),
    devices,
    createLatencyView(),
    createEventLogView(log),
    {
      attach(pipeline) {
        banner.hide()
        pipeline.on('error', fail)
      },
    },
  ],
  onFailure: fail,
})

async function send(text: string): Promise<boolean> {
  if (!(await conversation.start())) return false
  const takeBack = transcript.addTyped(text)
  const sent = await conversation.send(text)
  if (!sent) takeBack()
  return sent
}

const muteButton = byId('mute', HTMLButtonElement)
const interruptButton = byId('interrupt', HTMLButtonElement)
byId('start', HTMLButtonElement).addEventListener('click', () => {
  void (conversation.live ? conversation.stop() : conversation.start())
})
muteButton.addEventListener('click', () => stateView.showMuted(conversation.toggleMute()))
interruptButton.addEventListener('click', () => conversation.interrupt())
createComposer(send)
// By way of the buttons, since those know when there is nothing to do.
createShortcuts({ m: () => muteButton.click(), escape: () => interruptButton.click() })
loadConfig().catch(fail)
