/** A worklet bundled to one self-contained, minified script (see `scripts/worklet-plugin.ts`). */
declare module '*?worklet' {
  const source: string
  export default source
}
