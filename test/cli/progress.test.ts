import assert from 'node:assert/strict'
import { clock, describeProgress, type State } from '../../src/cli/progress.ts'

const state = (done: number, part?: number, failed = 0): State => ({
  done,
  failed,
  part,
  at: 'a.ndjson',
})

describe('progress', () => {
  it('tells rate, time left and failures', () => {
    assert.equal(
      describeProgress('resources', state(0, 0), state(12_345, 0.25, 3), 10, false),
      '25 %, 12,345 resources, 1,235/s, 0:30 left, 3 failed  a.ndjson',
    )
  })

  it('counts rate and time left from where it went on', () => {
    const text = describeProgress('resources', state(1000, 0.5), state(1500, 0.75), 10, false)
    assert.equal(text, '75 %, 1,500 resources, 50/s, 0:10 left  a.ndjson')
  })

  it('says nothing of what it cannot know', () => {
    assert.equal(
      describeProgress('resources', state(0), state(10), 2, true),
      '10 resources, 5/s  a.ndjson',
    )
    assert.equal(
      describeProgress('resources', state(0, 0), state(0, 0), 0, false),
      '0 %, 0 resources, 0/s  a.ndjson',
    )
  })

  it('draws a bar that is full at the end and never longer', () => {
    for (const part of [1, 1.2])
      assert.match(describeProgress('x', state(0, 0), state(1, part), 1, true), /^\[={24}\] 100 %/)
    assert.match(describeProgress('x', state(0, 0), state(1, 0.5), 1, true), /^\[={12} {12}\] 50 %/)
  })

  it('writes times as people do', () => {
    assert.deepEqual([0, 5, 65, 3600, 3909].map(clock), [
      '0:00',
      '0:05',
      '1:05',
      '1:00:00',
      '1:05:09',
    ])
  })
})
