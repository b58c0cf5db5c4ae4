import assert from 'node:assert/strict'
import fc from 'fast-check'
import { intervalOf, parseInstant } from '../../src/search/date.ts'
import { FOREVER } from '../../src/search/entry.ts'
import { createZone } from '../../src/search/zone.ts'
import { entriesAt, finds } from './room.ts'

const iso = (text: string, zone = 'UTC'): string | undefined => {
  const found = intervalOf(text, createZone(zone))
  return found && `${new Date(found.low).toISOString()} ${new Date(found.high).toISOString()}`
}

describe('search/date', () => {
  describe('intervals', () => {
    const cases: readonly (readonly [text: string, expected: string])[] = [
      ['2013', '2013-01-01T00:00:00.000Z 2014-01-01T00:00:00.000Z'],
      ['2013-12', '2013-12-01T00:00:00.000Z 2014-01-01T00:00:00.000Z'],
      ['2012-02-29', '2012-02-29T00:00:00.000Z 2012-03-01T00:00:00.000Z'],
      ['2013-01-14T10:00', '2013-01-14T10:00:00.000Z 2013-01-14T10:01:00.000Z'],
      ['2013-01-14T10:00:07Z', '2013-01-14T10:00:07.000Z 2013-01-14T10:00:08.000Z'],
      ['2013-01-14T10:00:00+09:00', '2013-01-14T01:00:00.000Z 2013-01-14T01:00:01.000Z'],
      ['2013-01-14T10:00:00 09:00', '2013-01-14T01:00:00.000Z 2013-01-14T01:00:01.000Z'],
      ['2013-01-14T23:30:00-05:30', '2013-01-15T05:00:00.000Z 2013-01-15T05:00:01.000Z'],
      ['2013-01-14T10:00:00.123Z', '2013-01-14T10:00:00.123Z 2013-01-14T10:00:00.124Z'],
      ['2013-01-14T10:00:00.1239999Z', '2013-01-14T10:00:00.123Z 2013-01-14T10:00:00.124Z'],
      ['2013-01-14T10:00:00.5Z', '2013-01-14T10:00:00.500Z 2013-01-14T10:00:00.501Z'],
      ['2016-12-31T23:59:60Z', '2017-01-01T00:00:00.000Z 2017-01-01T00:00:01.000Z'],
      ['0001', '0001-01-01T00:00:00.000Z 0002-01-01T00:00:00.000Z'],
      ['0099-12-31', '0099-12-31T00:00:00.000Z 0100-01-01T00:00:00.000Z'],
      ['9999', '9999-01-01T00:00:00.000Z +010000-01-01T00:00:00.000Z'],
    ]
    for (const [text, expected] of cases) {
      it(text, () => assert.equal(iso(text), expected))
    }

    for (const text of [
      '',
      '13',
      '0000',
      '2013-00',
      '2013-13',
      '2013-02-29',
      '2013-04-31',
      '2013-1-1',
      '2013-01-14T24:00:00Z',
      '2013-01-14T10:60',
      '2013-01-14T10:00:61Z',
      '2013-01-14T10Z',
      '2013-01-14T10:00:00+25:00',
      '2013-01-14 10:00:00',
      '2013-01-14T10:00:00Z ',
    ]) {
      it(`refuses "${text}"`, () => assert.equal(iso(text), undefined))
    }

    it('reads what has no zone in the configured one', () => {
      const day = '2024-01-15T19:00:00.000Z 2024-01-16T19:00:00.000Z'
      assert.equal(iso('2024-01-16', '+05:00'), day)
      assert.equal(
        iso('2024-01-16', 'Asia/Seoul'),
        '2024-01-15T15:00:00.000Z 2024-01-16T15:00:00.000Z',
      )
      assert.equal(
        iso('2024-01-16T10:00:00Z', 'Asia/Seoul'),
        '2024-01-16T10:00:00.000Z 2024-01-16T10:00:01.000Z',
      )
    })

    it('knows that Almaty changed its offset on 2024-03-01, so that a year has an hour more', () => {
      const year = parseInstant('2024', 'Asia/Almaty')
      assert.ok(year)
      assert.equal(year.high - year.low, (366 * 24 + 1) * 3_600_000)
      assert.equal(new Date(year.low).toISOString(), '2023-12-31T18:00:00.000Z')
    })

    it('refuses a zone that does not exist', () => {
      assert.throws(() => createZone('Asia/Atlantis'), RangeError)
    })

    it('agrees with Date on every instant, and covers it with each coarser precision', () => {
      const instants = fc.date({
        min: new Date('0001-01-01T00:00:00Z'),
        max: new Date('9999-12-30T00:00:00Z'),
        noInvalidDate: true,
      })
      fc.assert(
        fc.property(instants, fc.integer({ min: -14 * 60, max: 14 * 60 }), (date, minutes) => {
          const time = date.getTime()
          assert.equal(intervalOf(date.toISOString(), (wall) => wall)?.low, time)
          for (const length of [4, 7, 10, 16]) {
            const covering = intervalOf(date.toISOString().slice(0, length), (wall) => wall)
            assert.ok(covering && covering.low <= time && time < covering.high)
          }
          const size = Math.abs(minutes)
          const offset =
            (minutes < 0 ? '-' : '+') +
            `${String(Math.floor(size / 60)).padStart(2, '0')}:${String(size % 60).padStart(2, '0')}`
          const shifted = date.toISOString().replace('Z', offset)
          assert.equal(intervalOf(shifted, () => NaN)?.low, time - minutes * 60_000)
        }),
      )
    })
  })

  // https://hl7.org/fhir/R4/search.html#date: the table, for a day, and for periods open at one end.
  describe('prefixes', () => {
    const at = (effective: Record<string, unknown>): Record<string, unknown> => ({
      resourceType: 'Observation',
      ...effective,
    })
    const instant = at({ effectiveDateTime: '2013-01-14T10:00:00Z' })
    const day = at({ effectiveDateTime: '2013-01-14' })
    const month = at({ effectiveDateTime: '2013-01' })
    const until = at({ effectivePeriod: { end: '2013-01-14' } })
    const since = at({ effectivePeriod: { start: '2013-01-14' } })
    const span = at({ effectivePeriod: { start: '2013-01-10', end: '2013-01-20' } })
    const timing = at({
      effectiveTiming: { event: ['2013-01-12', '2013-01-10T08:00:00Z', '2013-01-20T08:00:00Z'] },
    })
    const cases: readonly (readonly [
      name: string,
      resource: Record<string, unknown>,
      found: string,
      notFound: string,
    ])[] = [
      [
        'an instant',
        instant,
        '2013-01-14 2013-01 2013 2013-01-14T10:00 2013-01-14T10:00:00Z 2013-01-14T13:00:00+03:00 ne2013-01-15 gt2013-01-13 ge2013-01-14 lt2013-01-15 le2013-01-14 sa2013-01-13 eb2013-01-15 ap2013-01-14 ap2013-05',
        '2013-01-15 2012 2013-01-14T10:01 2013-01-14T10:00:01Z ne2013-01-14 gt2013-01-14 lt2013-01-14 ge2013-01-15 le2013-01-13 sa2013-01-14 eb2013-01-14 ap1950',
      ],
      [
        'a day',
        day,
        '2013-01-14 2013-01 2013 ne2013-01-14T00:00 gt2013-01-13 lt2013-01-14T12:00 gt2013-01-14T12:00 ge2013-01-14 le2013-01-14 sa2013-01-13 eb2013-01-15 ap2013-01-14',
        '2013-01-14T00:00 ne2013-01-14 gt2013-01-14 lt2013-01-14 sa2013-01-14 eb2013-01-14',
      ],
      [
        'a month',
        month,
        '2013-01 2013 ne2013-01-14 gt2013-01-14 lt2013-01-14 ge2013-01 le2013-01 ap2013-01-14',
        '2013-01-14 gt2013-01 lt2013-01 sa2013-01-14 eb2013-01-14',
      ],
      [
        'a period without start',
        until,
        'lt2013-01-14 lt1900 le1900 le2013-01-14 gt2013-01-13 ge2013-01-14T00:00 ne2013-01-14 eb2013-01-15 ap1950',
        '2013-01-14 2013 gt2013-01-14 ge2013-01-15 sa1900 eb2013-01-14 sa2013-01-13',
      ],
      [
        'a period without end',
        since,
        'gt2013-01-14 gt2200 ge2200 lt2013-01-15 le2013-01-14T12:00 sa2013-01-13 ap2025',
        '2013-01-14 lt2013-01-14 eb2200 sa2013-01-14 le2013-01-13',
      ],
      [
        'a period',
        span,
        '2013-01 gt2013-01-15 lt2013-01-15 ge2013-01-19 le2013-01-11 sa2013-01-09 eb2013-01-21 ap2013-01-15 ne2013-01-10',
        // ge is "gt or eq": a period that merely ends with the day is neither after it nor within it.
        '2013-01-15 gt2013-01-20 ge2013-01-20 lt2013-01-10 le2013-01-10 sa2013-01-10 eb2013-01-20',
      ],
      [
        'the outer limits of a Timing',
        timing,
        '2013-01 gt2013-01-19 lt2013-01-11 sa2013-01-09 eb2013-01-21',
        '2013-01-12 gt2013-01-20 lt2013-01-10',
      ],
    ]
    for (const [name, resource, found, notFound] of cases) {
      it(`finds ${name}`, () => {
        for (const value of found.split(' ')) {
          assert.ok(finds(resource, `date=${value}`), `date=${value} should find it`)
        }
        for (const value of notFound.split(' ')) {
          assert.ok(!finds(resource, `date=${value}`), `date=${value} should not find it`)
        }
      })
    }
  })

  // https://hl7.org/fhir/R4/search.html#prefix: the rows of the table, with what the text says of each.
  describe('the examples of the specification', () => {
    const cases: readonly (readonly [query: string, value: unknown, found: boolean])[] = [
      ['eq2013-01-14', '2013-01-14T00:00:00Z', true],
      ['eq2013-01-14', '2013-01-14T10:00:00Z', true],
      ['eq2013-01-14', '2013-01-15T00:00:00Z', false],
      ['ne2013-01-14', '2013-01-15T00:00:00Z', true],
      ['ne2013-01-14', '2013-01-14T00:00:00Z', false],
      ['ne2013-01-14', '2013-01-14T10:00:00Z', false],
      ['lt2013-01-14T10:00', '2013-01-14', true],
      ['gt2013-01-14T10:00', '2013-01-14', true],
      ['ge2013-03-14', { start: '2013-01-21' }, true],
      ['le2013-03-14', { start: '2013-01-21' }, true],
      ['sa2013-03-14', { start: '2013-03-15' }, true],
      ['sa2013-03-14', { start: '2013-01-21' }, false],
      ['sa2013-03-14', { end: '2013-01-21' }, false],
      ['eb2013-03-14', { start: '2013-03-15' }, false],
      ['eb2013-03-14', { start: '2013-01-21' }, false],
      ['eb2013-03-14', { end: '2013-01-21' }, true],
      ['ap2013-03-14', '2013-03-14', true],
      ['ap2013-03-14', '2013-03-15', true],
      ['ap2013-03-14', '2013-01-21', true],
      ['ap2013-03-14', '2015-06-15', false],
      // "includes 1-Feb 2013, even though that is on a day that is not specified by the period"
      [
        'sa2013-01-30',
        { repeat: { boundsPeriod: { start: '2013-01-31', end: '2013-03-24' } } },
        true,
      ],
      [
        'gt2013-02-01',
        { repeat: { boundsPeriod: { start: '2013-01-31', end: '2013-03-24' } } },
        true,
      ],
      [
        'lt2013-02-01',
        { repeat: { boundsPeriod: { start: '2013-01-31', end: '2013-03-24' } } },
        true,
      ],
      [
        'eb2013-03-25',
        { repeat: { boundsPeriod: { start: '2013-01-31', end: '2013-03-24' } } },
        true,
      ],
      ['gt2100', { repeat: { boundsPeriod: { start: '2013-01-31' } } }, true],
      ['lt1900', { repeat: { boundsPeriod: { end: '2013-01-31' } } }, true],
      // A Timing without limits says nothing of when.
      ['gt1900', { repeat: { frequency: 1, period: 1, periodUnit: 'd' } }, false],
    ]
    for (const [query, value, found] of cases)
      it(`${query} ${found ? 'finds' : 'does not find'} ${JSON.stringify(value)}`, () => {
        const element =
          typeof value === 'string'
            ? 'effectiveDateTime'
            : Object.hasOwn(value as object, 'repeat')
              ? 'effectiveTiming'
              : 'effectivePeriod'
        const resource = { resourceType: 'Observation', [element]: value }
        assert.equal(finds(resource, `date=${query}`), found)
      })
  })

  it('keeps periods open at either end, straightens inverted ones, and skips what is no date', () => {
    const period = (effectivePeriod: unknown) =>
      entriesAt({ resourceType: 'Observation', effectivePeriod }, 'Observation.effective')
    const [start, end] = [Date.UTC(2013, 0, 1), Date.UTC(2014, 0, 1)]
    assert.deepEqual(period({ start: '2013' }), [
      { kind: 'date', group: 0, low: start, high: FOREVER },
    ])
    assert.deepEqual(period({ end: '2013' }), [
      { kind: 'date', group: 0, low: -FOREVER, high: end },
    ])
    assert.deepEqual(period({ start: '2020', end: '2013' }), [
      { kind: 'date', group: 0, low: start, high: Date.UTC(2021, 0, 1) },
    ])
    assert.deepEqual(period({}), [])
    assert.deepEqual(period('2013'), [])
  })
})
