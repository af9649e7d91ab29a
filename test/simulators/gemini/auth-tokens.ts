import type { IncomingMessage, ServerResponse } from 'node:http'
import { isRecord } from '../is-record.ts'
import { urlOf } from './handshake.ts'
import { checkAuthToken } from './message-table.ts'
import type { TokenStore } from './token-store.ts'

const LIMIT_MS = 20 * 3_600_000

/** Answers `POST /v1alpha/auth_tokens`. */
export async function answerAuthToken(
  request: IncomingMessage,
  response: ServerResponse,
  tokens: TokenStore,
  apiKey: string | undefined,
): Promise<void> {
  const key = urlOf(request).searchParams.get('key') ?? request.headers['x-goog-api-key']
  if (key === undefined || (apiKey !== undefined && key !== apiKey)) {
    answer(response, 400, error('INVALID_ARGUMENT', 'API key not valid. Please pass a valid API key.'))
    return
  }
  const body = await readJson(request)
  const { message, problems: found } = checkAuthToken(isRecord(body) ? body : { '(no object)': true })
  const newSessionExpireMs = untilMs(message.newSessionExpireTime, 60_000)
  const expireMs = untilMs(message.expireTime, 1_800_000)
  const timely = newSessionExpireMs < LIMIT_MS && expireMs < LIMIT_MS
  const problems = timely ? found : [...found, 'Times must be less than 20 hours in the future.']
  if (problems.length > 0) {
    answer(response, 400, error('INVALID_ARGUMENT', problems.join(' ')))
    return
  }
  const { uses, bidiGenerateContentSetup: setup, fieldMask } = message
  const { token } = tokens.mint({
    uses: Number(uses ?? 1),
    newSessionExpireMs,
    expireMs,
    ...(isRecord(setup) ? { setup } : {}),
    ...(typeof fieldMask === 'string' ? { fieldMask } : {}),
  })
  answer(response, 200, { name: token })
}

function untilMs(time: unknown, otherwise: number): number {
  return typeof time === 'string' ? Date.parse(time) - Date.now() : otherwise
}

function error(status: string, message: string): unknown {
  return { error: { code: 400, message, status } }
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
  response.end(JSON.stringify(body))
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const parts: Uint8Array[] = []
  for await (const part of request) parts.push(part as Uint8Array)
  try {
    return JSON.parse(Buffer.concat(parts).toString() || '{}') as unknown
  } catch {
    return undefined
  }
}
