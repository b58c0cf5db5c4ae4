// Metrics as numbers, their sum over processes, and their text.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import {
  counter,
  exposition,
  gauge,
  histogram,
  measured,
  merge,
  observe,
} from '../../src/metrics/series.ts'

describe('series', () => {
  it('writes what Prometheus reads', () => {
    const requests = counter('requests_total', 'Requests')
    requests.of({ type: 'Patient', status: '200' }).value += 3
    requests.of({ type: 'a"b\\c\nd', status: '200' }).value++
    const size = histogram('size', 'Sizes', [1, 2.5])
    for (const value of [0.5, 1, 2, 3]) observe(size.of({}), value)
    const text = exposition([requests.family(), size.family(), gauge('none', 'Unused').family()])
    assert.equal(
      text,
      [
        '# HELP requests_total Requests',
        '# TYPE requests_total counter',
        'requests_total{type="Patient",status="200"} 3',
        'requests_total{type="a\\"b\\\\c\\nd",status="200"} 1',
        '# HELP size Sizes',
        '# TYPE size histogram',
        'size_bucket{le="1"} 2',
        'size_bucket{le="2.5"} 3',
        'size_bucket{le="+Inf"} 4',
        'size_sum 6.5',
        'size_count 4',
        '',
      ].join('\n'),
    )
  })

  it('gives one cell for one label set', () => {
    const one = counter('c', 'c')
    assert.equal(one.of({ a: 'x' }), one.of({ a: 'x' }))
    assert.notEqual(one.of({ a: 'x' }), one.of({ a: 'y' }))
  })

  it('counts the same whether one process sees everything or several a part', () => {
    const bounds = [1, 10, 100]
    const seen = fc.record({ type: fc.constantFrom('Patient', 'Group'), value: fc.nat(200) })
    fc.assert(
      fc.property(fc.array(fc.array(seen), { minLength: 1, maxLength: 4 }), (parts) => {
        const count = (all: readonly { type: string; value: number }[]) => {
          const sizes = histogram('h', 'h', bounds)
          const total = counter('c', 'c')
          for (const { type, value } of all) {
            observe(sizes.of({ type }), value)
            total.of({ type }).value += value
          }
          return [sizes.family(), total.family()]
        }
        const sorted = (text: string) => text.split('\n').sort()
        assert.deepEqual(
          sorted(exposition(merge(parts.map(count)))),
          sorted(exposition(merge([count(parts.flat())]))),
        )
      }),
    )
  })

  it('takes the largest of what can not be added, also after a way as JSON', () => {
    const late = (value: number) => [measured('late', 'Lateness', value, { over: 'max' })]
    const sent = JSON.parse(JSON.stringify(late(7)))
    assert.match(exposition(merge([late(3), sent, late(5)])), /^late 7$/m)
    assert.match(exposition(merge([[measured('m', 'm', 3)], [measured('m', 'm', 5)]])), /^m 8$/m)
  })
})
