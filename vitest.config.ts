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

/** What is measured in sound, which comes in real time. */
const sound =
  'test/e2e/{barge-in,conversation,firefox-conversation,frozen-page,isolated-firefox,openai-call,readme,user-input,webrtc-conversation}.test.ts'
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
/** Loading takes longer than most of the files, and much of their time is spent waiting. */
const packed = { maxWorkers: 2, isolate: false }

export default defineConfig({
  plugins: [worklets()],
  test: {
    // Far more than any of them needs on a quiet machine: a slow one is no failure.
    testTimeout: 30_000,
    hookTimeout: 30_000,
    expect: { poll: { timeout: 10_000 } },
    // Of tests that run side by side some hold calls, each of which is two codecs in real time.
    maxConcurrency: 3,
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
          sequence: { groupOrder: 1 },
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
          // Alone, like `browser`.
          sequence: { groupOrder: 2 },
          include: [sound],
          environment: 'node',
          fileParallelism: false,
          isolate: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'pages',
          // Side by side: what these show waits for nobody's clock.
          sequence: { groupOrder: 3 },
          include: ['test/{e2e,package}/**/*.test.ts'],
          exclude: [sound],
          environment: 'node',
          ...packed,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
})
