import type { IncomingMessage } from 'node:http'

/**
 * Whether a page of this very server sent the request. Browsers put `Origin` on every POST, and no page
 * can forge it: another site cannot spend the key, nor can what is no browser by accident.
 */
export function isSameOrigin({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  const site = headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin') return false
  const { origin, host } = headers
  if (origin === undefined || host === undefined || !URL.canParse(origin)) return false
  return new URL(origin).host === host
}
