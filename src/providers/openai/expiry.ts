import type { ConversationHost } from './conversation-host.ts'
import type { ServerEvent } from './wire.ts'

const NOTICE_MS = 300_000
/** No session lives for a day: the page's clock is wrong then, and what comes of it is no date. */
const LONGEST_MS = 86_400_000

/** Tells, some time before, that the session will end when the service says so. */
export function announceExpiry(
  { session }: Extract<ServerEvent, { session?: unknown }>,
  { emit, signal }: Pick<ConversationHost, 'emit' | 'signal'>,
): void {
  const expiresAt = (session as { readonly expires_at?: number | null } | null | undefined)?.expires_at
  const lifeMs = (expiresAt ?? 0) * 1000 - Date.now()
  if (!(lifeMs > 0 && lifeMs < LONGEST_MS)) return
  const inMs = Math.min(NOTICE_MS, lifeMs / 2)
  const timer = setTimeout(() => emit('expiring', { inMs }), lifeMs - inMs)
  signal.addEventListener('abort', () => clearTimeout(timer))
}
