import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { mcpTools, type McpCallResult, type McpClient } from '../../src/mcp/index.ts'
import { modelNames } from '../../src/mcp/model-names.ts'
import { clientOf, listing } from './mcp-client.ts'
import { context } from './tool-rig.ts'

describe('names for the model', () => {
  // Few characters, so that names often become the same.
  const awkward = fc.string({ unit: fc.constantFrom('a', '_', '.', '/', 'é', '🙂'), maxLength: 4 })
  const long = fc.tuple(awkward, fc.integer({ min: 55, max: 130 }), awkward).map((parts) => {
    const [start, length, end] = parts
    return start + 'x'.repeat(length) + end
  })
  const serverNames = fc.uniqueArray(fc.oneof(awkward, long, fc.string()), { maxLength: 30 })
  const prefix = fc.stringMatching(/^[a-z_-]{0,32}$/)

  test('are each taken by a model, and each their own', () => {
    fc.assert(
      fc.property(serverNames, prefix, (names, prefix) => {
        const mapped = modelNames(names, prefix)
        expect(mapped).toHaveLength(names.length)
        expect(new Set(mapped).size).toBe(names.length)
        for (const name of mapped) expect(name).toMatch(/^[\w-]{1,64}$/)
      }),
    )
  })

  test('are those of the server, if they will do', () => {
    fc.assert(
      fc.property(serverNames, prefix, (names, prefix) => {
        const mapped = modelNames(names, prefix)
        const wished = names.map((name) => prefix + name)
        const fits = (_: string, index: number): boolean => /^[\w-]{1,64}$/.test(wished[index] ?? '')
        expect(mapped.filter(fits)).toEqual(wished.filter(fits))
      }),
    )
  })

  test('do not depend on the order', () => {
    fc.assert(
      fc.property(serverNames, (names) => {
        expect(modelNames(names.toReversed())).toEqual(modelNames(names).toReversed())
      }),
    )
  })

  test.each([
    [['weather.today'], ['weather_today']],
    [
      ['a.b', 'a_b'],
      [expect.stringMatching(/^a_b_\w+$/), 'a_b'],
    ],
    [
      ['a.b', 'a/b'],
      [expect.stringMatching(/^a_b_\w+$/), expect.stringMatching(/^a_b_\w+$/)],
    ],
    [[''], ['_']],
    [['x'.repeat(70)], ['x'.repeat(64)]],
  ])('%j become readable', (names, expected) => {
    expect(modelNames(names)).toEqual(expected)
  })
})

/** What the model is told of a result. */
async function told(result: McpCallResult): Promise<string | undefined> {
  const [tool] = await mcpTools(clientOf([[listing('a')]], result))
  return tool?.run('{}', context)
}

test('a tool that two pages have is one tool', async () => {
  const tools = await mcpTools(clientOf([[listing('a'), listing('b')], [listing('b')]]))
  expect(tools.map(({ name }) => name)).toEqual(['a', 'b'])
})

test('a list without end is refused', async () => {
  const client: McpClient = {
    ...clientOf([]),
    listTools: async () => ({ tools: [listing('a')], nextCursor: 'again' }),
  }
  await expect(mcpTools(client)).rejects.toMatchObject({ code: 'message-malformed' })
})

test.each([{ type: 'array' }, { type: ['object', 'null'] }, {}, 'object', null, undefined])(
  'arguments described by %j are refused, unless the tool is left out',
  async (inputSchema) => {
    const client = clientOf([[listing('a'), { name: 'odd.one', inputSchema }]])
    await expect(mcpTools(client)).rejects.toMatchObject({
      code: 'option-invalid',
      message: expect.stringContaining('"odd_one"'),
    })
    expect(await mcpTools(client, { filter: ({ name }) => name !== 'odd.one' })).toHaveLength(1)
  },
)

test.each([{ prefix: 'a.' }, { prefix: 'x'.repeat(33) }, { timeoutMs: 0 }])(
  '%j is refused',
  async (options) => {
    await expect(mcpTools(clientOf([[listing('a')]]), options)).rejects.toMatchObject({
      code: 'option-invalid',
    })
  },
)

test('a title stands in for a description', async () => {
  const tools = await mcpTools(clientOf([[{ ...listing('a'), title: 'Does a.' }, listing('b')]]))
  expect(tools.map(({ declaration }) => declaration.description)).toEqual(['Does a.', ''])
})

test.each<[string, McpCallResult, string]>([
  ['nothing', { content: [] }, '{"ok":true}'],
  ['no content at all', {}, '{"ok":true}'],
  [
    'texts',
    {
      content: [
        { type: 'text', text: 'a' },
        { type: 'text', text: 'b' },
      ],
    },
    'a\nb',
  ],
  ['structured content that is no object', { structuredContent: null, content: [] }, 'null'],
  [
    'structured content with a picture',
    {
      structuredContent: { a: 1 },
      content: [
        { type: 'text', text: '{"a":1}' },
        { type: 'image', data: 'x'.repeat(4000), mimeType: 'image/png' },
      ],
    },
    '{"a":1}\n[image, image/png, 3 kB, left out, since only text can be passed on]',
  ],
  [
    'a link',
    { content: [{ type: 'resource_link', name: 'menu', uri: 'https://a.example/menu' }] },
    '[link, menu, https://a.example/menu]',
  ],
  [
    'a text file',
    { content: [{ type: 'resource', resource: { uri: 'file:///a.txt', text: 'Hello' } }] },
    '[resource, file:///a.txt]\nHello',
  ],
  [
    'another file',
    { content: [{ type: 'resource', resource: { uri: 'file:///a.zip', blob: 'AAAA' } }] },
    '[resource, file:///a.zip, 1 kB, left out, since only text can be passed on]',
  ],
  [
    'what is not known',
    { content: [{ type: 'smell' }, 5] },
    '[smell, left out, since only text can be passed on]',
  ],
  ['an old server', { content: [], toolResult: { a: 1 } }, '{"a":1}'],
])('the model is told of %s', async (_, result, expected) => {
  expect(await told(result)).toBe(expected)
})

test.each<[McpCallResult, string]>([
  [{ isError: true, content: [{ type: 'text', text: 'No.' }] }, 'Tool "a" failed: No.'],
  [{ isError: true, content: [], structuredContent: { code: 5 } }, 'Tool "a" failed: {"code":5}'],
  [{ isError: true }, 'Tool "a" failed: the server does not say why.'],
])('the error %j is a ToolError', async (result, message) => {
  await expect(told(result)).rejects.toMatchObject({ code: 'tool-failed', toolName: 'a', message })
})

describe('a call is given its signal and time limit', () => {
  const params = { name: 'a.b', arguments: {} }
  const options = { signal: context.signal, timeout: 500 }
  const calls = async (callTool: McpClient['callTool']): Promise<void> => {
    const client = { ...clientOf([[listing('a.b')]]), callTool }
    const [tool] = await mcpTools(client, { timeoutMs: 500 })
    await tool?.run('{}', context)
  }

  test('after a schema, as in version 1 of the official client', async () => {
    const given: unknown[] = []
    await calls(async (...args) => {
      given.push(...args)
      return {}
    })
    expect(given).toEqual([params, undefined, options])
  })

  test('at once, as in version 2', async () => {
    const given: unknown[] = []
    await calls(async (params, options) => {
      given.push(params, options)
      return {}
    })
    expect(given).toEqual([params, options])
  })
})
