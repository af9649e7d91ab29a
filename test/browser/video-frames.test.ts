import { afterEach, describe, expect, it, vi } from 'vitest'
import { videoFrames } from '../../src/pipeline/video-frames.ts'
import type { ImagePart } from '../../src/providers/model.ts'

const undo: (() => void)[] = []

afterEach(() => {
  for (const stop of undo.splice(0)) stop()
  vi.restoreAllMocks()
})

/** A screen of one colour, which goes on being drawn. */
function screen(width: number, height: number, colour: string): MediaStream {
  const canvas = document.createElement('canvas')
  Object.assign(canvas, { width, height })
  const context = canvas.getContext('2d')
  const draw = (): void => {
    if (context) context.fillStyle = colour
    context?.fillRect(0, 0, width, height)
  }
  draw()
  const timer = setInterval(draw, 50)
  const stream = canvas.captureStream(20)
  undo.push(() => {
    clearInterval(timer)
    for (const track of stream.getTracks()) track.stop()
  })
  return stream
}

async function decode({ mimeType, data }: ImagePart): Promise<ImageBitmap> {
  const response = await fetch(`data:${mimeType};base64,${data}`)
  return createImageBitmap(await response.blob())
}

describe('videoFrames', () => {
  it('gives JPEGs of what is shown, no larger than was asked for', async () => {
    const frames: ImagePart[] = []
    undo.push(
      videoFrames(screen(1600, 800, 'rgb(200, 0, 0)'), (frame) => frames.push(frame), { maxSide: 256 }),
    )
    await expect.poll(() => frames.length).toBeGreaterThan(0)
    const [frame = { mimeType: '', data: '' }] = frames
    expect(frame.mimeType).toBe('image/jpeg')
    const bitmap = await decode(frame)
    expect([bitmap.width, bitmap.height]).toEqual([256, 128])
    const context = new OffscreenCanvas(1, 1).getContext('2d')
    context?.drawImage(bitmap, 0, 0, 1, 1)
    const [red = 0, green = 0] = context?.getImageData(0, 0, 1, 1).data ?? []
    expect(red).toBeGreaterThan(170)
    expect(green).toBeLessThan(40)
  })

  it('gives another at most once a second, none once it is stopped, and leaves the tracks alone', async () => {
    const intervals = vi.spyOn(globalThis, 'setInterval')
    const stream = screen(64, 64, 'blue')
    let count = 0
    const stop = videoFrames(stream, () => count++)
    undo.push(stop)
    expect(intervals.mock.lastCall?.[1]).toBe(1000)
    undo.push(videoFrames(stream, () => {}, { framesPerSecond: 0.5 }))
    expect(intervals.mock.lastCall?.[1]).toBe(2000)
    await expect.poll(() => count).toBeGreaterThan(1)
    stop()
    const before = count
    await new Promise((resolve) => setTimeout(resolve, 1300))
    expect(count).toBe(before)
    expect(stream.getVideoTracks()[0]?.readyState).toBe('live')
  })

  it('says which option is wrong', () => {
    expect(() => videoFrames(new MediaStream(), () => {})).toThrow('video track')
    const stream = screen(8, 8, 'red')
    expect(() => videoFrames(stream, () => {}, { framesPerSecond: 5 })).toThrow('framesPerSecond')
    expect(() => videoFrames(stream, () => {}, { maxSide: 5000 })).toThrow('maxSide')
  })
})
