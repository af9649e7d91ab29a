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
  start: ['connecting connect', 'connecting', 'open', 'waiting', 'reconnecting'],
  opened: ['idle', 'open confirm', 'open', 'waiting', 'open resume'],
  dropped: [
    'idle',
    'idle disconnect release reject',
    'waiting disconnect wait',
    'waiting',
    'waiting disconnect wait',
  ],
  failed: [
    'idle',
    'idle disconnect release reject',
    'idle disconnect release announceLoss',
    'waiting',
    'idle disconnect release announceLoss',
  ],
  retry: ['idle', 'connecting', 'open', 'reconnecting connect', 'reconnecting'],
  rotate: ['idle', 'connecting', 'reconnecting disconnect connect', 'waiting', 'reconnecting'],
  stop: [
    'idle',
    'idle disconnect release reject',
    'idle disconnect release',
    'idle release',
    'idle disconnect release',
  ],
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
    for (const state of states) {
      const connection: Connection = { state, attempt: 2 }
      for (const input of inputs.filter((input) => input !== 'start')) {
        expect(stepConnection(connection, input, 1)).toEqual({ ...connection, to: state, effects: [] })
      }
    }
  })

  it('closes each connection once, releases each conversation once, and answers each start once', () => {
    const event = fc.record({ input: fc.constantFrom(...inputs), age: fc.nat(2) })
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), (walk) => {
        let connection: Connection = { state: 'idle', attempt: 0 }
        let starts = 0
        const count = {
          connect: 0,
          disconnect: 0,
          wait: 0,
          resume: 0,
          release: 0,
          confirm: 0,
          reject: 0,
          announceLoss: 0,
        }
        for (const { input, age } of walk) {
          if (input === 'start' && connection.state === 'idle') starts++
          const step = stepConnection(connection, input, Math.max(0, connection.attempt - age))
          connection = { state: step.state, attempt: step.attempt }
          for (const effect of step.effects) count[effect]++
          const { state } = connection
          const connected = state === 'connecting' || state === 'open' || state === 'reconnecting'
          expect(count.connect - count.disconnect).toBe(connected ? 1 : 0)
          expect(starts - count.release).toBe(state === 'idle' ? 0 : 1)
          expect(starts - count.confirm - count.reject).toBe(state === 'connecting' ? 1 : 0)
        }
      }),
    )
  })
})
