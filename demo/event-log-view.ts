import type { ConversationView } from './conversation.ts'
import type { EventLog } from './event-log.ts'
import { latencyOf } from './latency-view.ts'

/** Writes everything that a pipeline reports, errors excepted, into the log. */
export function createEventLogView(log: EventLog): ConversationView {
  return {
    attach(pipeline) {
      pipeline.on('stateChanged', ({ state, previous }) => log.add('state', `${previous} → ${state}`))
      pipeline.on('speechStarted', ({ by }) => log.add('speech', `started, says the ${by}`))
      pipeline.on('speechStopped', ({ by }) => log.add('speech', `stopped, says the ${by}`))
      pipeline.on('echo', ({ estimateDb, correlation }) =>
        log.add('echo', `${Math.round(estimateDb)} dB, correlation ${correlation.toFixed(2)}`),
      )
      pipeline.on('transcript', ({ id, role, text, heardText, final }) => {
        const heard =
          role === 'agent' && heardText !== text ? `, heard ${heardText.length} of ${text.length}` : ''
        log.add('transcript', `${role} ${id}${heard}${final ? ', final' : ''}: ${text}`, `${role} ${id}`)
      })
      pipeline.on('interrupted', ({ itemId, heardMs }) =>
        log.add('interruption', `${itemId} after ${Math.round(heardMs)} ms`),
      )
      pipeline.on('toolCalled', ({ callId, name, arguments: given }) =>
        log.add('tool', `${callId} calls ${name} ${given}`),
      )
      pipeline.on('toolFinished', ({ callId, name, ok, durationMs }) =>
        log.add('tool', `${callId} ${name} ${ok ? 'succeeded' : 'failed'} in ${Math.round(durationMs)} ms`),
      )
      pipeline.on('toolApproval', ({ callId, name }) =>
        log.add('tool', `${callId} ${name} waits for approval`),
      )
      pipeline.on('toolProgress', ({ callId, name, text }) => log.add('tool', `${callId} ${name}: ${text}`))
      pipeline.on('agentChanged', ({ agent, previous }) =>
        log.add('agent', `${previous.name ?? 'no name'} → ${agent.name ?? 'no name'}`),
      )
      pipeline.on('guarded', ({ itemId, text, reason }) =>
        log.add('guard', `${itemId} cut after ${text.length} letters: ${reason}`),
      )
      pipeline.on('reconnected', ({ reason, attempts, durationMs, error }) => {
        const code = error ? `, ${error.code}` : ''
        log.add('connection', `made again (${reason}${code}), try ${attempts}, ${Math.round(durationMs)} ms`)
      })
      pipeline.on('usage', ({ inputTokens, outputTokens }) =>
        log.add('connection', `${inputTokens} tokens in, ${outputTokens} out`, 'usage'),
      )
      pipeline.on('turnEnded', (metrics) => {
        const { turn, firstSoundMs, silenceMs } = latencyOf(metrics)
        const parts = [`turn ${turn}`]
        if (firstSoundMs !== undefined) parts.push(`first sound ${Math.round(firstSoundMs)} ms`)
        if (silenceMs !== undefined) parts.push(`silence ${Math.round(silenceMs)} ms`)
        log.add('turn', parts.join(', '))
      })
    },
  }
}
