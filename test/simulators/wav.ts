import { writeFile } from 'node:fs/promises'

const HEADER_BYTES = 44

/** A WAV file of PCM16 mono. */
export function encodeWav(pcm: Int16Array, sampleRate: number): Uint8Array {
  const file = Buffer.alloc(HEADER_BYTES + pcm.byteLength)
  file.write('RIFF', 0, 'ascii')
  file.writeUInt32LE(file.length - 8, 4)
  file.write('WAVEfmt ', 8, 'ascii')
  file.writeUInt32LE(16, 16)
  file.writeUInt16LE(1, 20)
  file.writeUInt16LE(1, 22)
  file.writeUInt32LE(sampleRate, 24)
  file.writeUInt32LE(2 * sampleRate, 28)
  file.writeUInt16LE(2, 32)
  file.writeUInt16LE(16, 34)
  file.write('data', 36, 'ascii')
  file.writeUInt32LE(pcm.byteLength, 40)
  file.set(new Uint8Array(pcm.buffer, pcm.byteOffset, pcm.byteLength), HEADER_BYTES)
  return file
}

/** Writes PCM16 mono as a WAV file, such as Chromium takes for a microphone. */
export async function writeWav(path: string, pcm: Int16Array, sampleRate: number): Promise<void> {
  await writeFile(path, encodeWav(pcm, sampleRate))
}
