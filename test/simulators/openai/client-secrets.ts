import type { IncomingMessage, ServerResponse } from 'node:http'
import { describeIssues } from './client-error.ts'
import { newSessionConfig, updateSessionConfig } from './session-config.ts'
import { clientSecretRequestSchema } from './session-schema.ts'
import type { TokenStore } from './token-store.ts'
import { unixSeconds } from './wire.ts'

const DEFAULT_MODEL = 'gpt-realtime'
const DEFAULT_SECONDS = 600

/** Answers `POST …/client_secrets`. */
export async function answerClientSecret(
  request: IncomingMessage,
  response: ServerResponse,
  tokens: TokenStore,
  apiKey: string | undefined,
): Promise<void> {
  if (apiKey !== undefined && request.headers.authorization !== `Bearer ${apiKey}`) {
    answerError(response, 401, {
      code: 'invalid_api_key',
      message: 'Incorrect API key provided.',
      param: null,
    })
    return
  }
  const body = await readJson(request)
  const checked = clientSecretRequestSchema.safeParse(body)
  if (!checked.success) {
    answerError(response, 400, describeIssues(body, checked.error.issues))
    return
  }
  const { session, expires_after: expiry } = checked.data
  const fresh = newSessionConfig(session?.model ?? DEFAULT_MODEL)
  const config = session ? updateSessionConfig(fresh, session) : fresh
  const minted = tokens.mint((expiry?.seconds ?? DEFAULT_SECONDS) * 1000, config)
  answerJson(response, 200, {
    value: minted.token,
    expires_at: unixSeconds(minted.expiresAt),
    session: config,
  })
}

function answerError(
  response: ServerResponse,
  status: number,
  error: { readonly code: string; readonly message: string; readonly param: string | null },
): void {
  answerJson(response, status, { error: { type: 'invalid_request_error', ...error } })
}

function answerJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
  response.end(JSON.stringify(body))
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const parts: Uint8Array[] = []
  for await (const part of request) parts.push(part as Uint8Array)
  const text = Buffer.concat(parts).toString()
  try {
    return text === '' ? {} : (JSON.parse(text) as unknown)
  } catch {
    return undefined
  }
}
