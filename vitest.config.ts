import { playwright } from '@vitest/browser-playwright'
import { defineConfig } from 'vitest/config'
import { worklets } from './scripts/worklet-plugin.ts'

const launchOptions = {
  ...(process.env.CHROMIUM_PATH ? { executablePath: process.env.CHROMIUM_PATH } : {}),
  args: [
    '--no-sandbox',
    '--use-fake-device-for-media-stream',
    '--use-fake-ui-for-media-stream',
    '--autoplay-policy=no-user-gesture-required',
  ],
}

const demo = 'test/e2e/demo-*.test.ts'
/** What holds the engine on the page against one in a Worker. */
const bothHosts = 'test/contract/engine-host-*.test.ts'
/** What holds a conversation, and does not ask where its engine is. */
const conversations = [
  'test/contract/features-*.test.ts',
  'test/contract/openai-{differential,live,rotation}.test.ts',
  'test/unit/extension-{guard-providers,openai}.test.ts',
  'test/unit/gemini-{barge-in,life,tools,turns}.test.ts',
  'test/unit/nova-{barge-in,bridge,model,rotation,tools,trouble,turns}.test.ts',
]
/** Loading takes longer than most of these files, and half of their time is spent waiting. */
const packed = { maxWorkers: 2, isolate: false }

export default defineConfig({
  plugins: [worklets()],
  test: {
    // Far more than any of them needs on a quiet machine: a slow one is no failure.
    testTimeout: 30_000,
    hookTimeout: 30_000,
    expect: { poll: { timeout: 10_000 } },
    projects: [
      {
        extends: true,
        test: {
          name: 'node',
          sequence: { groupOrder: 0 },
          include: ['test/{unit,contract}/**/*.test.ts'],
          exclude: [bothHosts],
          environment: 'node',
          ...packed,
          provide: { engineHost: 'page' },
        },
      },
      {
        extends: true,
        test: {
          name: 'worker',
          // The same conversations, with the engine in a Worker.
          sequence: { groupOrder: 0 },
          include: [...conversations, bothHosts],
          environment: 'node',
          ...packed,
          provide: { engineHost: 'worker' },
        },
      },
      {
        extends: true,
        test: {
          name: 'browser',
          // Alone, and one file at a time: audio runs in real time, and a busy machine starves it.
          sequence: { groupOrder: 2 },
          include: ['test/browser/**/*.test.ts'],
          fileParallelism: false,
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({ launchOptions, contextOptions: { permissions: ['microphone'] } }),
            instances: [{ browser: 'chromium' }],
          },
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          sequence: { groupOrder: 3 },
          include: ['test/{e2e,package}/**/*.test.ts'],
          exclude: [demo],
          environment: 'node',
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'demo',
          // Side by side: what these pages show waits for nobody's clock.
          sequence: { groupOrder: 4 },
          include: [demo],
          environment: 'node',
          maxWorkers: 2,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
})
