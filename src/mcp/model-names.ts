const longestName = 64

/**
 * Names that a model takes for names that an MCP server gives: each its own, of 1 to 64 letters, digits,
 * `_` and `-`.
 *
 * A name that will do is kept. In any other, what is not allowed becomes `_` and what is too long is cut;
 * if that makes it the same as another one, a hash of the whole name is added. The order makes no difference.
 * @param serverNames different from each other.
 * @param prefix goes before all of them; of allowed characters.
 */
export function modelNames(serverNames: readonly string[], prefix = ''): string[] {
  const wished = serverNames.map((name) => prefix + name)
  const plain = wished.map((name) => name.replace(/[^\w-]/g, '_').slice(0, longestName) || '_')
  const timesUsed = new Map<string, number>()
  for (const name of plain) timesUsed.set(name, (timesUsed.get(name) ?? 0) + 1)
  const isKept = (index: number): boolean =>
    plain[index] === wished[index] || timesUsed.get(plain[index] ?? '') === 1
  const taken = new Set(plain.filter((_, index) => isKept(index)))
  return plain.map((name, index) => {
    if (isKept(index)) return name
    let suffixed: string
    let salt = ''
    do {
      const suffix = `_${hash((wished[index] ?? '') + salt)}`
      suffixed = name.slice(0, longestName - suffix.length) + suffix
      salt += ' '
    } while (taken.has(suffixed))
    taken.add(suffixed)
    return suffixed
  })
}

/** FNV-1a of 32 bits, as at most 7 letters and digits. */
function hash(text: string): string {
  let bits = 0x811c9dc5
  for (let index = 0; index < text.length; index++) {
    bits = Math.imul(bits ^ text.charCodeAt(index), 0x01000193)
  }
  return (bits >>> 0).toString(36)
}
