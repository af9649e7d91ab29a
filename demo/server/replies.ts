import {
  lastQuestion,
  outputText,
  textOf as textOfContent,
} from '../../test/simulators/gemini/conversation.ts'
import * as gemini from '../../test/simulators/gemini/reply.ts'
import * as nova from '../../test/simulators/nova-sonic/reply.ts'
import { textOf } from '../../test/simulators/openai/conversation.ts'
import * as openai from '../../test/simulators/openai/reply.ts'
import { cue, wordingOf } from './parts.ts'

/** Answers of OpenAI's simulator in the parts of the page's agents. */
export function replyOfOpenAI(turn: openai.Turn): openai.Reply {
  const { items, instructions, responseInstructions } = turn
  const wording = wordingOf(responseInstructions ?? '')
  if (wording !== undefined) return { items: [{ type: 'message', text: wording }] }
  const users = [...items.keys()].filter((index) => {
    const wire = items[index]?.wire
    return wire?.type === 'message' && wire.role === 'user'
  })
  const asked = users.at(-1) ?? -1
  const question = items[asked]
  const outputs = items
    .slice(asked + 1)
    .flatMap(({ wire }) => (wire.type === 'function_call_output' ? [wire.output] : []))
  const text = question?.pcm ? undefined : question && textOf(question.wire)
  const given = cue({ instructions, text, turn: users.length - 1, outputs })
  if (!given || !question || question.wire.type !== 'message') return openai.defaultReply(turn)
  if ('say' in given) return { items: [{ type: 'message', text: given.say }] }
  const wire = { ...question.wire, content: [{ type: 'input_text', text: given.hear }] } as const
  return openai.defaultReply({ ...turn, items: items.with(asked, { wire }) })
}

/** Answers of Gemini's simulator in the parts of the page's agents. */
export function replyOfGemini(turn: gemini.Turn): gemini.Reply {
  const { contents, setup } = turn
  const asked = lastQuestion(contents)
  const question = contents[asked]
  const outputs = contents
    .slice(asked + 1)
    .flatMap(({ parts = [] }) =>
      parts.flatMap(({ functionResponse }) =>
        functionResponse ? [outputText(functionResponse.response)] : [],
      ),
    )
  const given = cue({
    instructions: textOfContent(setup.systemInstruction ?? {}),
    text: question && !question.pcm ? textOfContent(question) : undefined,
    turn: contents.slice(0, Math.max(0, asked)).filter(({ role }) => role !== 'model').length,
    outputs,
  })
  if (!given || !question) return gemini.defaultReply(turn)
  if ('say' in given) return { items: [{ type: 'speech', text: given.say }] }
  const heard = { role: 'user', parts: [{ text: given.hear }] } as const
  return gemini.defaultReply({ ...turn, contents: contents.with(asked, heard) })
}

/** Answers of Nova's simulator in the parts of the page's agents. */
export function replyOfNova(turn: nova.Turn): nova.Reply {
  const { conversation, instructions, text, utterance, outputs } = turn
  const users = conversation.filter((item) => item.type === 'message' && item.role === 'USER').length
  const given = cue({ instructions, text: utterance ? undefined : text, turn: users - 1, outputs })
  if (!given) return nova.defaultReply(turn)
  if ('say' in given) return [{ type: 'message', text: given.say }]
  return nova.defaultReply({ ...turn, text: given.hear, utterance: undefined })
}
