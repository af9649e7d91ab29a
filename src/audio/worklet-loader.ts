import { trouble } from './trouble.ts'

/** Where to load the worklets from, for a Content-Security-Policy that allows neither `blob:` nor `data:`. */
export interface WorkletUrls {
  /** URL of `vivavoce/worklets/capture.js`, served by your site. */
  readonly capture?: string
  /** URL of `vivavoce/worklets/playback.js`, served by your site. */
  readonly playback?: string
  /** URL of `vivavoce/worklets/remote.js`, served by your site. Only for a model that speaks over WebRTC. */
  readonly remote?: string
}

/**
 * Adds a worklet to a context: from `url` if there is one, else from a `blob:` and then a `data:` URL of
 * its source. Worklets are governed by `script-src`, not `worker-src`.
 * @throws AudioError `worklet-blocked`, which names the directive to add.
 */
export async function loadWorklet(
  context: BaseAudioContext,
  name: keyof WorkletUrls,
  source: string,
  url: string | undefined,
): Promise<void> {
  if (!('audioWorklet' in context)) throw await trouble('noWorklets')
  const causes: unknown[] = []
  const addresses =
    url === undefined
      ? [
          URL.createObjectURL(new Blob([source], { type: 'text/javascript' })),
          `data:text/javascript,${encodeURIComponent(source)}`,
        ]
      : [url]
  for (const address of addresses) {
    try {
      return await context.audioWorklet.addModule(address)
    } catch (cause) {
      causes.push(cause)
    } finally {
      URL.revokeObjectURL(address)
    }
  }
  throw await trouble('blocked', causes.length > 1 ? new AggregateError(causes) : causes[0], name)
}
