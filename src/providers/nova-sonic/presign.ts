import { SignatureV4 } from '@smithy/signature-v4'
import type { AwsCredentials } from './credentials.ts'
import { Sha256 } from './sha256.ts'

/** Which model is called, and where. */
export interface Endpoint {
  /** Such as `us-east-1`. */
  readonly region: string
  /** Such as `amazon.nova-2-sonic-v1:0`. */
  readonly modelId: string
  /** Base address instead of AWS's own, such as `wss://proxy.example`. */
  readonly url?: string | undefined
}

/** A URL that opens one socket, within a minute. Holds credentials: never show it. */
export interface PresignedUrl {
  readonly url: string
  /** Hex: what the signature of the first frame follows. */
  readonly signature: string
}

/** AWS's signer, for one connection. */
export function createSigner(region: string, credentials: AwsCredentials): SignatureV4 {
  const { accessKeyId, secretAccessKey, sessionToken } = credentials
  return new SignatureV4({
    service: 'bedrock',
    region,
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) },
    sha256: Sha256,
  })
}

/** Makes the URL of a conversation, as AWS's own client for browsers does. */
export async function presign(
  signer: SignatureV4,
  { region, modelId, url }: Endpoint,
  signingDate: Date,
): Promise<PresignedUrl> {
  const base = new URL(url ?? `wss://bedrock-runtime.${region}.amazonaws.com`)
  const path = `${base.pathname.replace(/\/$/, '')}/model/${encodeURIComponent(modelId)}/invoke-with-bidirectional-stream-websocket`
  const request = {
    method: 'GET',
    protocol: base.protocol,
    hostname: base.hostname,
    path,
    query: {},
    // Without the port, also where there is one: AWS's client does the same.
    headers: { host: base.hostname },
  }
  const { query = {} } = await signer.presign(request, { expiresIn: 60, signingDate })
  const fields = Object.entries(query as Record<string, string>)
  const search = fields.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&')
  return { url: `${base.origin}${path}?${search}`, signature: String(query['X-Amz-Signature']) }
}
