import type { ServiceConfig } from './service-config.ts'

/** Asks the dev server which service it mints tokens for. */
export async function fetchServiceConfig(): Promise<ServiceConfig> {
  const response = await ask('/demo/config.json', 'GET')
  // A static host answers with the page itself, or not at all.
  if (!response.ok || !response.headers.get('content-type')?.includes('json')) {
    throw new Error(
      'This page needs its server, which mints tokens: run "npm start" and open the address it prints.',
    )
  }
  return (await response.json()) as ServiceConfig
}

/** A short-lived token for the service, minted by the dev server. */
export async function fetchToken(): Promise<{ token: string; expiresAt: number }> {
  const response = await ask('/token/openai', 'POST')
  if (!response.ok) {
    const { error } = (await response.json().catch(() => ({}))) as { error?: string }
    throw new Error(error ?? `The token route answered ${response.status}.`)
  }
  return (await response.json()) as { token: string; expiresAt: number }
}

/** The service in words, for the page's head. */
export function describeService({ service, model }: ServiceConfig): { name: string; detail: string } {
  return service === 'openai'
    ? { name: 'OpenAI', detail: ` (${model})` }
    : { name: 'Simulator', detail: ': a local stand-in, no key, no model' }
}

/** The endpoint override as an absolute WebSocket URL. */
export function socketUrl({ url }: ServiceConfig): string | undefined {
  if (url === undefined) return undefined
  const absolute = new URL(url, location.href)
  absolute.protocol = absolute.protocol.replace('http', 'ws')
  return absolute.href
}

async function ask(path: string, method: 'GET' | 'POST'): Promise<Response> {
  return fetch(path, { method, headers: { accept: 'application/json' } }).catch((cause: unknown) => {
    throw new Error('This page’s server does not answer: start it again, then try again.', { cause })
  })
}
