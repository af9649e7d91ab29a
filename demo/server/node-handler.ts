import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'

/** A handler in the style of `fetch`. */
export type FetchHandler = (request: Request) => Promise<Response>

/** Answers a request of Node's with a handler in the style of `fetch`. */
export async function answerWith(
  handler: FetchHandler,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method = 'GET', headers, url = '/' } = request
  const hasBody = method !== 'GET' && method !== 'HEAD'
  const answer = await handler(
    new Request(new URL(url, `http://${headers.host}`), {
      method,
      headers: { 'content-type': headers['content-type'] ?? '' },
      ...(hasBody && { body: Readable.toWeb(request) as ReadableStream<Uint8Array>, duplex: 'half' }),
    }),
  )
  response.writeHead(answer.status, Object.fromEntries(answer.headers))
  response.end(Buffer.from(await answer.arrayBuffer()))
}
