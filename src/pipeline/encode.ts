import type { ImagePart } from '../providers/model.ts'
import { encodeImages, type ImageSource } from './image.ts'
import type { Session } from './session.ts'

/** Pictures as a model takes them. Rejects with an `OptionError` if it takes none, or one of them is none. */
export async function encode(
  { model, kit }: Pick<Session, 'model' | 'kit'>,
  images: readonly ImageSource[],
  call: string,
): Promise<ImagePart[]> {
  if (!model.capabilities.imageInput) {
    throw kit.unsupported(model, `images of ${call}`, 'see images', 'leave them out')
  }
  return encodeImages(images, kit.invalidOption, call)
}
