import type { invalidOption } from '../core/errors.ts'
import type { ImagePart } from '../providers/model.ts'

/* Loaded by a page that sends images. What a page has already it is given: bundlers would split it off. */

/** A picture file, or anything that can be drawn: an element, a bitmap, a frame of a video. */
export type ImageSource = Blob | Exclude<CanvasImageSource, SVGImageElement> | ImageData

const LONGEST_SIDE = 1024
/** A data channel takes 256 KiB at once, and base64 adds a third. */
const MAX_BYTES = 170_000
const QUALITIES = [0.85, 0.7, 0.5]

/** JPEGs that fit into one message. Rejects with an `OptionError` that names the image that is none. */
export async function encodeImages(
  sources: readonly ImageSource[],
  makeError: typeof invalidOption,
  call: string,
): Promise<ImagePart[]> {
  const room = MAX_BYTES / sources.length
  return Promise.all(
    sources.map(async (source, i) => {
      const bitmap = await createImageBitmap(source).catch(() => {
        throw makeError(call, `images[${i}]`, 'a PNG, JPEG or WebP, or a loaded element')
      })
      return encodeBitmap(bitmap, room)
    }),
  )
}

async function encodeBitmap(bitmap: ImageBitmap, room: number): Promise<ImagePart> {
  try {
    // Halving the sides quarters the bytes, so this ends soon.
    for (let side = LONGEST_SIDE; ; side /= 2) {
      for (const quality of QUALITIES) {
        const jpeg = await draw(bitmap, side, quality)
        if (jpeg.size > room && side > 64) continue
        return { mimeType: jpeg.type, data: await base64Of(jpeg) }
      }
    }
  } finally {
    bitmap.close()
  }
}

async function base64Of(blob: Blob): Promise<string> {
  const reader = new FileReader()
  const read = new Promise((resolve) => {
    reader.onload = resolve
  })
  reader.readAsDataURL(blob)
  await read
  return (reader.result as string).replace(/.*,/, '')
}

async function draw(bitmap: ImageBitmap, side: number, quality: number): Promise<Blob> {
  const scale = Math.min(1, side / Math.max(bitmap.width, bitmap.height))
  const width = Math.max(1, Math.round(bitmap.width * scale))
  const height = Math.max(1, Math.round(bitmap.height * scale))
  const canvas = new OffscreenCanvas(width, height)
  const context = canvas.getContext('2d')
  if (!context) throw new TypeError('No 2d context.')
  // JPEG knows no transparency, which would become black.
  context.fillStyle = 'white'
  context.fillRect(0, 0, width, height)
  context.drawImage(bitmap, 0, 0, width, height)
  return canvas.convertToBlob({ type: 'image/jpeg', quality })
}
