import { invalidOption, OptionError } from '../core/errors.ts'
import type { ImagePart } from '../providers/model.ts'

/** How a camera or a screen is shown. */
export interface VideoFramesOptions {
  /** At most so many frames a second, up to 1: models look at no more. Default 1. */
  readonly framesPerSecond?: number
  /** Longest side of a frame, pixels, 16 to 1024. Default 768. */
  readonly maxSide?: number
  /** Stops it too. */
  readonly signal?: AbortSignal
}

/**
 * Gives frames of a camera or of a screen, as JPEGs that are small enough for one message. A frame that is
 * not encoded when the next is due takes its place. The stream stays yours: its tracks are never stopped.
 *
 * ```ts
 * const camera = await navigator.mediaDevices.getUserMedia({ video: true })
 * const stop = videoFrames(camera, (frame) => model.sendVideoFrame(frame))
 * ```
 *
 * @returns Stops it.
 * @throws OptionError for an option that is wrong, or a stream without video.
 */
export function videoFrames(
  stream: MediaStream,
  onFrame: (frame: ImagePart) => void,
  { framesPerSecond = 1, maxSide = 768, signal }: VideoFramesOptions = {},
): () => void {
  check('stream', stream.getVideoTracks().length > 0, 'must have a video track')
  check('framesPerSecond', framesPerSecond > 0 && framesPerSecond <= 1, 'must be above 0, and 1 at most')
  check('maxSide', maxSide >= 16 && maxSide <= 1024, 'must be 16 to 1024')
  const video = document.createElement('video')
  video.muted = true
  video.srcObject = stream
  // A page that may not play yet shows nothing until it may: the next frame tries again.
  const play = (): void => void video.play().catch(() => {})
  play()
  let isBusy = false
  const take = async (): Promise<void> => {
    const { videoWidth, videoHeight } = video
    if (video.paused) play()
    if (isBusy || stopped.aborted || videoWidth === 0 || !stream.active) return
    isBusy = true
    try {
      const scale = Math.min(1, maxSide / Math.max(videoWidth, videoHeight))
      const bitmap = await createImageBitmap(video, {
        resizeWidth: Math.max(1, Math.round(videoWidth * scale)),
        resizeHeight: Math.max(1, Math.round(videoHeight * scale)),
      })
      const { encodeImages } = await import('./image.ts')
      const [frame] = await encodeImages([bitmap], invalidOption, 'videoFrames()')
      bitmap.close()
      if (frame && !stopped.aborted) onFrame(frame)
    } catch {
      // A frame that the device could not give, as while it changes its size: the next one is due soon.
    } finally {
      isBusy = false
    }
  }
  const life = new AbortController()
  const stopped = signal ? AbortSignal.any([signal, life.signal]) : life.signal
  video.addEventListener('loadeddata', () => void take(), { once: true, signal: stopped })
  const timer = setInterval(() => void take(), 1000 / framesPerSecond)
  const end = (): void => {
    clearInterval(timer)
    video.srcObject = null
  }
  if (stopped.aborted) end()
  stopped.addEventListener('abort', end)
  return () => life.abort()
}

function check(option: string, isRight: boolean, what: string): void {
  if (!isRight) throw new OptionError(`videoFrames: ${option} ${what}.`, { code: 'option-invalid', option })
}
