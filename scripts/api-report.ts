import { mkdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import {
  Extractor,
  ExtractorConfig,
  ExtractorLogLevel,
  type ExtractorMessage,
  ExtractorMessageCategory,
} from '@microsoft/api-extractor'
import { entryPoints } from './entry-points.ts'

const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '')
const TEMP = `${root}/node_modules/.cache/api-extractor`
const EXPORT =
  /^\/\/ @public( \(undocumented\))?\nexport (?:abstract )?(?:class|const|function|interface|type) (\w+)/gm

/**
 * Compares the public API with the reports in `etc/`, or with `update` rewrites them.
 * @returns What is wrong, one line each.
 */
export function checkApi({ update }: { readonly update: boolean }): string[] {
  mkdirSync(`${root}/etc`, { recursive: true })
  const known = new Set<string>()
  return entryPoints().flatMap(({ specifier, types }) => {
    const name = specifier.replaceAll('/', '-')
    const problems = report(name, types, { update, known })
    const text = readFileSync(`${TEMP}/${name}.api.md`, 'utf8')
    for (const [, undocumented, symbol = ''] of text.matchAll(EXPORT)) {
      known.add(symbol)
      if (undocumented) problems.push(`${specifier}: ${symbol} has no documentation`)
    }
    return problems
  })
}

interface Context {
  readonly update: boolean
  /** What the entry points before this one export. */
  readonly known: ReadonlySet<string>
}

function report(name: string, types: string, { update, known }: Context): string[] {
  const problems: string[] = []
  const { apiReportChanged } = Extractor.invoke(configure(name, types), {
    localBuild: update,
    messageCallback(message) {
      message.handled = true
      if (isProblem(message, known)) problems.push(message.formatMessageWithLocation(root))
    },
  })
  if (apiReportChanged && !update) {
    problems.push(`The API differs from etc/${name}.api.md. To accept it: npm run check -- --update`)
  }
  return problems
}

function isProblem(
  { category, messageId, text, logLevel }: ExtractorMessage,
  known: ReadonlySet<string>,
): boolean {
  if (category === ExtractorMessageCategory.Console) return false
  // A provider's types may come from the core.
  if (messageId === 'ae-forgotten-export') return !known.has(/"(.*)"/.exec(text)?.[1] ?? '')
  return logLevel !== ExtractorLogLevel.None
}

function configure(name: string, types: string): ExtractorConfig {
  return ExtractorConfig.prepare({
    configObjectFullPath: `${root}/api-extractor.json`,
    packageJsonFullPath: `${root}/package.json`,
    configObject: {
      projectFolder: root,
      mainEntryPointFilePath: `${root}/${types}`,
      newlineKind: 'lf',
      compiler: { tsconfigFilePath: `${root}/src/tsconfig.json`, skipLibCheck: true },
      apiReport: {
        enabled: true,
        reportFileName: `${name}.api.md`,
        reportFolder: `${root}/etc`,
        reportTempFolder: TEMP,
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: {
        extractorMessageReporting: {
          default: { logLevel: ExtractorLogLevel.Warning },
          // Nothing is in alpha or beta: what is exported is public.
          'ae-missing-release-tag': { logLevel: ExtractorLogLevel.None },
          // Members may speak for themselves; what is exported may not (see EXPORT).
          'ae-undocumented': { logLevel: ExtractorLogLevel.None },
        },
        tsdocMessageReporting: {
          default: { logLevel: ExtractorLogLevel.Warning },
          'tsdoc-param-tag-missing-hyphen': { logLevel: ExtractorLogLevel.None },
        },
      },
    },
  })
}
