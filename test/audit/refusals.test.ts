// Refusals are counted by address, and a flood of them makes few entries. test/auth has them over HTTP.
import assert from 'node:assert/strict'
import type { Event } from '../../src/audit/event.ts'
import { createRefusals, networkOf } from '../../src/audit/refusals.ts'
import { createLog } from '../../src/log.ts'

const open = (record: (events: readonly Event[]) => Promise<void>) =>
  createRefusals(record, { baseUrl: 'http://log.example/fhir', log: createLog('silent') })

describe('refusals', () => {
  it('of a flood make one entry for each address, and one for the many others', async () => {
    const written: Event[] = []
    const refusals = open(async (events) => void written.push(...events))
    for (let i = 0; i < 10_000; i++)
      refusals.count({ address: `10.0.${String(i % 40)}.${String(i % 250)}`, why: 'no token' })
    await refusals.write()
    assert.ok(written.length <= 101, String(written.length))
    const times = written.map(({ outcomeDesc }) => Number(/\d+/.exec(String(outcomeDesc))![0]))
    assert.equal(
      times.reduce((sum, one) => sum + one, 0),
      10_000,
    )
    await refusals.close()
    assert.ok(written.length <= 101)
  })

  it('are not lost when the log can not be written for a while', async () => {
    const written: Event[] = []
    let isAway = true
    const refusals = open(async (events) => {
      if (isAway) throw new Error('away')
      written.push(...events)
    })
    refusals.count({ address: '10.0.0.1', why: 'no token' })
    await refusals.write()
    refusals.count({ address: '10.0.0.1', why: 'no token' })
    isAway = false
    await refusals.close()
    assert.deepEqual(
      written.map(({ outcomeDesc }) => outcomeDesc),
      ['Not let in 2 times: no token (2)'],
    )
  })

  it('are counted by address, or by network where one subscriber has many', () => {
    for (const [address, network] of [
      ['10.0.0.1', '10.0.0.1'],
      ['::ffff:10.0.0.1', '10.0.0.1'],
      ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
      ['2001:db8::1', '2001:db8:0:0::/64'],
      ['1::2:3:4:5:6:7', '1:0:2:3::/64'],
      ['::1', '0:0:0:0::/64'],
    ] as const)
      assert.equal(networkOf(address), network)
  })
})
