import { createAnnouncer } from './announcer.ts'
import { createAgentPicker } from './agent-picker.ts'
import { createAgentView } from './agent-view.ts'
import { createApprovalView } from './approval-view.ts'
import { createCaptionView } from './caption-view.ts'
import { createComposer } from './composer.ts'
import { Conversation } from './conversation.ts'
import { createDevicePicker } from './device-picker.ts'
import { byId, create } from './dom.ts'
import { adviseOn } from './error-advice.ts'
import { ErrorBanner } from './error-banner.ts'
import { createEventLogView } from './event-log-view.ts'
import { EventLog } from './event-log.ts'
import { KeptConversation } from './kept-conversation.ts'
import { createLatencyView } from './latency-view.ts'
import { createLevelView } from './level-view.ts'
import { createModelPicker } from './model-picker.ts'
import { type ModelChoice, nameOf } from './models.ts'
import { createPastOffer } from './past-offer.ts'
import { isVivaVoceError } from './sdk.ts'
import { describeService, fetchServices } from './service.ts'
import { createShortcuts } from './shortcuts.ts'
import { createStateView } from './state-view.ts'
import { createThinkingSound } from './thinking-sound.ts'
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

const approvals = createApprovalView(announce)
const kept = new KeptConversation()
const agentView = createAgentView(createComposer(send))

const models = createModelPicker({
  announce,
  onChoice({ service }) {
    const { name, detail } = describeService(service)
    byId('service', HTMLElement).replaceChildren(create('strong', '', name), detail)
  },
  async onChange(choice) {
    const changed = await conversation.changeModel(choice)
    if (changed) {
      log.add('connection', `goes on with ${nameOf(choice)}`)
      announce(`${nameOf(choice)} has taken over.`)
    }
    return changed
  },
})
const agents = createAgentPicker((agent) => {
  models.suit(agent)
  agentView.show(agent.name)
})
const pastOffer = createPastOffer(kept, (past) => {
  agents.choose(past.agentId)
  void conversation.start(past)
})

function fail(reason: unknown): void {
  const advice = adviseOn(reason)
  log.add('error', `${isVivaVoceError(reason) ? reason.code : advice.title}: ${advice.message}`)
  banner.show(advice)
}

async function loadModels(): Promise<ModelChoice> {
  models.fill(await fetchServices())
  const choice = models.choice()
  if (!choice) throw new Error('The server offers no model.')
  return choice
}

const conversation = new Conversation({
  model: () => models.choice() ?? loadModels(),
  agent: agents.choice,
  devices: devices.choice,
  views: [
    stateView,
    transcript,
    approvals,
    createCaptionView(),
    createLevelView(),
    devices,
    agents,
    agentView,
    models,
    kept,
    pastOffer,
    createThinkingSound(fail),
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
  if (sent) kept.addTyped(text)
  else takeBack()
  return sent
}

const muteButton = byId('mute', HTMLButtonElement)
const interruptButton = byId('interrupt', HTMLButtonElement)
byId('start', HTMLButtonElement).addEventListener('click', () => {
  void (conversation.live ? conversation.stop() : conversation.start())
})
muteButton.addEventListener('click', () => stateView.showMuted(conversation.toggleMute()))
interruptButton.addEventListener('click', () => conversation.interrupt())
byId('event-copy', HTMLButtonElement).addEventListener('click', () => {
  const choice = models.choice()
  const head = choice ? `${nameOf(choice)}, ${choice.service.model}, ${navigator.userAgent}` : ''
  navigator.clipboard.writeText([head, ...log.report()].join('\n')).then(
    () => announce('The report is copied.'),
    () => announce('The browser does not let the report be copied.'),
  )
})
// By way of the buttons, since those know when there is nothing to do.
createShortcuts({
  m: () => muteButton.click(),
  escape: () => interruptButton.click(),
  a: () => approvals.focus(),
})
agentView.show(agents.choice().name)
pastOffer.show()
loadModels().catch(fail)
