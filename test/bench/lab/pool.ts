/** Does one thing after another, `width` of them at a time. */
export async function pooled<T>(
  things: readonly T[],
  width: number,
  work: (thing: T) => Promise<void>,
): Promise<void> {
  const queue = [...things]
  const worker = async (): Promise<void> => {
    for (let thing = queue.shift(); thing !== undefined; thing = queue.shift()) await work(thing)
  }
  await Promise.all(Array.from({ length: width }, worker))
}
