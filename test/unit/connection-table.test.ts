import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  connectionTable,
  stepConnection,
  type Connection,
  type ConnectionInput,
  type ConnectionState,
} from '../../src/engine/connection-table.ts'

const states = Object.keys(connectionTable) as ConnectionState[]
const inputs = Object.keys(connectionTable.idle) as ConnectionInput[]

const expected: Record<ConnectionInput, readonly string[]> = {
  //        idle                  connecting                 open
  start: ['connecting connect', 'connecting', 'open'],
  opened: ['idle', 'open confirm', 'open'],
  failed: ['idle', 'idle release reject', 'open'],
  dropped: ['idle', 'idle release reject', 'idle release announceLoss'],
  stop: ['idle', 'idle release reject', 'idle release'],
}

describe('connectionTable', () => {
  it.each(inputs.flatMap((input) => states.map((state, i) => ({ state, input, i }))))(
    '$state × $input',
    ({ state, input, i }) => {
      const { to, effects } = connectionTable[state][input]
      expect([to, ...effects].join(' ')).toBe(expected[input][i])
    },
  )
})

describe('stepConnection', () => {
  it('lets a superseded attempt neither open nor end a connection', () => {
    const connecting: Connection = { state: 'connecting', attempt: 2 }
    for (const input of ['opened', 'failed', 'dropped', 'stop'] as const) {
      expect(stepConnection(connecting, input, 1)).toEqual({ to: 'connecting', effects: [], attempt: 2 })
    }
  })

  it('releases exactly what it connected, and answers each start exactly once', () => {
    const event = fc.record({ input: fc.constantFrom(...inputs), age: fc.nat(2) })
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), (walk) => {
        let connection: Connection = { state: 'idle', attempt: 0 }
        let attempts = 0
        const count = { connect: 0, release: 0, confirm: 0, reject: 0, announceLoss: 0 }
        for (const { input, age } of walk) {
          const attempt = input === 'start' ? ++attempts : Math.max(0, connection.attempt - age)
          const step = stepConnection(connection, input, attempt)
          connection = { state: step.to, attempt: step.attempt }
          for (const effect of step.effects) count[effect]++
          expect(count.connect - count.release).toBe(connection.state === 'idle' ? 0 : 1)
          expect(count.connect - count.confirm - count.reject).toBe(connection.state === 'connecting' ? 1 : 0)
        }
      }),
    )
  })
})
