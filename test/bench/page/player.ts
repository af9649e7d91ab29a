/** Drives an engine that plays PCM16. */
export interface Player {
  /** Makes everything that can be made before the first audio. */
  open(wireRate: number): Promise<void>
  /** Hands over audio as it comes from a socket. */
  write(itemId: string, pcm: Int16Array): void
  /** Says that an item is complete, if the engine wants to know. */
  end?(itemId: string): void
  /** Interrupts. Resolves with how much of the item that was playing was heard, ms, if the engine tells. */
  flush(): Promise<number | undefined>
}

/** A module in `players/` exports one as `adapter`. */
export type PlayerFactory = () => Player
