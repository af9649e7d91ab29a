import type { DemoConfig, ServiceConfig } from './service-config.ts'

/** Asks the dev server which services it can reach. */
export async function fetchServices(): Promise<readonly ServiceConfig[]> {
  const response = await ask('/demo/config.json', { method: 'GET', headers: { accept: 'application/json' } })
  // A static host answers with the page itself, or not at all.
  if (!response.ok || !response.headers.get('content-type')?.includes('json')) {
    throw new Error(
      'This page needs its server, which mints tokens: run "npm start" and open the address it prints.',
    )
  }
  return ((await response.json()) as DemoConfig).services
}

/** Asks the page's server for something that takes a key: a token, or the answer to an offer. */
export async function askServer(path: string, body = '', signal?: AbortSignal): Promise<Response> {
  const response = await ask(path, { method: 'POST', body, ...(signal && { signal }) })
  if (!response.ok) {
    const { error } = (await response.json().catch(() => ({}))) as { error?: string }
    throw new Error(error ?? `The server answered ${response.status} to ${path}.`)
  }
  return response
}

/** The service in words, for the page's head. */
export function describeService({ id, simulated, model }: ServiceConfig): { name: string; detail: string } {
  if (simulated) return { name: 'Simulator', detail: ': a local stand-in, no key, no model' }
  const owner = { openai: 'OpenAI', 'openai-live': 'OpenAI', gemini: 'Google', 'nova-sonic': 'Amazon' }[id]
  return { name: owner, detail: ` (${model})` }
}

async function ask(path: string, init: RequestInit): Promise<Response> {
  return fetch(path, init).catch((cause: unknown) => {
    throw new Error('This page’s server does not answer: start it again, then try again.', { cause })
  })
}
