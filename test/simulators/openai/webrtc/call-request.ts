import type { IncomingMessage } from 'node:http'
import { describeIssues, invalidValue, type ClientError } from '../client-error.ts'
import { newSessionConfig, updateSessionConfig, type SessionConfig } from '../session-config.ts'
import { clientSecretRequestSchema } from '../session-schema.ts'
import type { TokenStore } from '../token-store.ts'

/** Of a token that was minted for no model in particular: a WebSocket would name it. */
const DEFAULT_MODEL = 'gpt-realtime-2.1'

/** Who may make a call. */
export interface CallAccess {
  readonly tokens: TokenStore
  /** The only key that is taken; any if it is left out. */
  readonly apiKey: string | undefined
}

/** A call that is not answered. */
export interface CallRefusal extends ClientError {
  readonly type: 'refused'
  readonly status: number
}

/** What a client asks for when it calls. */
export type CallRequest =
  | { readonly type: 'call'; readonly offer: string; readonly config: SessionConfig }
  | CallRefusal

/** Reads `POST …/calls`: an offer with a short-lived token, or a form with an offer, a session and a key. */
export async function readCall(request: IncomingMessage, access: CallAccess): Promise<CallRequest> {
  const config = sessionFor(request, access)
  if ('status' in config) return config
  const contentType = request.headers['content-type'] ?? ''
  const body = await readBody(request)
  if (contentType.startsWith('application/sdp')) return withOffer(body.toString(), config)
  if (contentType.startsWith('multipart/form-data')) return readForm(body, contentType, config)
  const message = `Unsupported content type: '${contentType}'. Send application/sdp or multipart/form-data.`
  return refuse(400, 'unsupported_content_type', message)
}

/** Whether a request carries a key or a token that opens sessions; if not, what is wrong. */
export function checkAccess(request: IncomingMessage, access: CallAccess): CallRefusal | undefined {
  const config = sessionFor(request, access)
  return 'status' in config ? config : undefined
}

/** A refusal in the service's words. */
export function refuse(status: number, code: string, message: string): CallRefusal {
  return { type: 'refused', status, code, message, param: null }
}

function sessionFor(request: IncomingMessage, { tokens, apiKey }: CallAccess): SessionConfig | CallRefusal {
  const token = request.headers.authorization?.match(/^Bearer (.+)$/)?.[1]
  if (token === undefined) {
    return refuse(401, 'missing_api_key', 'Missing bearer or basic authentication in header')
  }
  const asked = new URL(request.url ?? '', 'http://localhost').searchParams.get('model')
  if (apiKey === undefined ? token.startsWith('sk-') : token === apiKey) {
    return newSessionConfig(asked ?? DEFAULT_MODEL)
  }
  const config = tokens.redeem(token, asked ?? undefined)
  if (!config) return refuse(401, 'invalid_api_key', 'Incorrect API key provided, or it has expired.')
  return config.model ? config : { ...config, model: DEFAULT_MODEL }
}

async function readForm(body: Buffer, contentType: string, config: SessionConfig): Promise<CallRequest> {
  let form: FormData
  try {
    form = await new Response(Uint8Array.from(body), { headers: { 'content-type': contentType } }).formData()
  } catch {
    return refuse(400, 'invalid_form', 'The body is not a multipart form.')
  }
  const offer = await textOf(form.get('sdp'))
  if (offer === undefined) {
    return {
      ...refuse(400, 'missing_required_parameter', "Missing required parameter: 'sdp'."),
      param: 'sdp',
    }
  }
  const json = await textOf(form.get('session'))
  if (json === undefined) return withOffer(offer, config)
  const value = { session: parse(json) }
  const checked = clientSecretRequestSchema.safeParse(value)
  if (!checked.success || !checked.data.session) {
    const issues = checked.error?.issues ?? []
    return { ...refuse(400, '', ''), ...describeIssues(value, issues) }
  }
  const { session } = checked.data
  return withOffer(offer, updateSessionConfig({ ...config, model: session.model ?? config.model }, session))
}

function withOffer(offer: string, config: SessionConfig): CallRequest {
  const lacks = !offer.startsWith('v=0')
    ? 'it is not a session description'
    : ['m=audio', 'm=application'].find((line) => !offer.includes(`\n${line} `))
  if (lacks === undefined) return { type: 'call', offer, config }
  const { code, message } = invalidValue(`Invalid SDP offer: ${lacks} is missing.`)
  return refuse(400, code, message)
}

async function textOf(part: FormDataEntryValue | null): Promise<string | undefined> {
  if (part === null) return undefined
  return typeof part === 'string' ? part : await part.text()
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for await (const part of request) parts.push(part as Uint8Array)
  return Buffer.concat(parts)
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}
