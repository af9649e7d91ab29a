import { AudioError } from '../core/errors.ts'

/** Where to load the worklets from, for a Content-Security-Policy that allows neither `blob:` nor `data:`. */
export interface WorkletUrls {
  /** URL of `vivavoce/worklets/capture.js`, served by your site. */
  readonly capture?: string
  /** URL of `vivavoce/worklets/playback.js`, served by your site. */
  readonly playback?: string
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
  if (!('audioWorklet' in context)) {
    throw new AudioError(
      'This browser has no AudioWorklet here: serve the page over HTTPS or from localhost.',
      {
        code: 'audio-unsupported',
      },
    )
  }
  if (url !== undefined) {
    try {
      return await context.audioWorklet.addModule(url)
    } catch (cause) {
      throw new AudioError(
        `The ${name} worklet did not load from workletUrls.${name}: check that the file is there, and that ` +
          `the page's Content-Security-Policy allows it in script-src.`,
        { code: 'worklet-blocked', cause },
      )
    }
  }
  const causes: unknown[] = []
  const blobUrl = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }))
  for (const candidate of [blobUrl, `data:text/javascript,${encodeURIComponent(source)}`]) {
    try {
      await context.audioWorklet.addModule(candidate)
      return
    } catch (cause) {
      causes.push(cause)
    } finally {
      URL.revokeObjectURL(blobUrl)
    }
  }
  throw new AudioError(
    `The page's Content-Security-Policy blocks the ${name} worklet: add blob: to script-src, or serve ` +
      `vivavoce/worklets/${name}.js from your site and pass its address as workletUrls.${name}.`,
    { code: 'worklet-blocked', cause: new AggregateError(causes) },
  )
}
