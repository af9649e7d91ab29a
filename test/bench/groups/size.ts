import { bundleSizes } from '../../../scripts/bundle-size.ts'
import type { BenchGroup, Figure } from '../figure.ts'
import { peerSizes } from '../peer-sizes.ts'

/** What the package weighs in a user's page. */
export const group: BenchGroup = {
  name: 'size',
  async run({ root, withPeers }) {
    const sizes = await bundleSizes()
    const peers = withPeers ? { peers: await peerSizes(root) } : {}
    const figures = sizes.map(({ name, specifier, imports, gzipKb, budgetKb, goalKb = budgetKb }): Figure => {
      const core = name === 'core'
      const about = core
        ? ', bundled by esbuild, minified, gzip −9; what is loaded later, if at all, is left out'
        : ': what it adds to the core'
      return {
        name: `${name}GzipKb`,
        value: gzipKb,
        unit: 'kB gzip',
        goal: goalKb,
        about: `\`${imports}\` of ${specifier}${about}`,
      }
    })
    const conversation = sizes.filter(({ name }) => name === 'core' || name === 'openai')
    return [
      ...figures,
      {
        name: 'conversationGzipKb',
        value: conversation.reduce((sum, { gzipKb }) => sum + gzipKb, 0),
        unit: 'kB gzip',
        goal: conversation.reduce((sum, { budgetKb, goalKb = budgetKb }) => sum + goalKb, 0),
        about:
          'the core and a provider, `OpenAIRealtime`; peers bundled the same way, with what they need for a ' +
          'conversation: `agents` speaks to a server of its own, wavtools to none',
        ...peers,
      },
    ]
  },
}
