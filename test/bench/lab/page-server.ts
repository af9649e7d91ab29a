import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { PageBundle } from './page-bundle.ts'

const PAGE = '<!doctype html><title>bench</title><body><script type="module" src="/harness.js"></script>'

/** Serves the pages of the bench. */
export interface PageServer {
  readonly url: string
  close(): void
}

/** Starts serving `bundle`, and a page that loads its harness. */
export async function servePages(bundle: PageBundle): Promise<PageServer> {
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname
    const body = path === '/' ? PAGE : bundle.get(path)
    response.writeHead(body === undefined ? 404 : 200, {
      'content-type': path === '/' ? 'text/html; charset=utf-8' : 'text/javascript; charset=utf-8',
      // An isolated page has a clock of 5 µs instead of 100.
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-embedder-policy': 'require-corp',
    })
    response.end(body)
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
