// Parsing in pieces gives and refuses what parsing in one go does, wherever the text is cut.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { Failure } from '../../src/errors.ts'
import { parsingBoth } from '../../src/fhir/json-pieces.ts'
import { parseBoth, stringify } from '../../src/fhir/json.ts'
import { atOnce } from '../../src/turn.ts'
import { cpuTimeOf } from '../support/time.ts'

type Said = { plain: string; exact: string; same: boolean } | readonly unknown[]

function said(run: () => { plain: unknown; exact: unknown }): Said {
  try {
    const { plain, exact } = run()
    return { plain: stringify(plain), exact: stringify(exact), same: plain === exact }
  } catch (error) {
    assert.ok(error instanceof Failure, String(error))
    return [error.status, ...error.issues]
  }
}

const inPieces = (text: string, piece: number): Said =>
  said(() => atOnce(parsingBoth(text, { small: 0, piece })))

const spaced = fc.constantFrom('', '', ' ', '\n  ', ' '.repeat(40))
const number = fc.constantFrom(
  '0',
  '1.50',
  '-0',
  '1e3',
  '12',
  '0.1',
  '12345678901234567890',
  '-7.0',
)
const string = fc.constantFrom('"a"', '"[,"', '"\\"],"', '"1.50"', '"\\u00e9한"', '""')
const key = fc.constantFrom('"a"', '"b"', '"c,"', '"d"', '"e"')
/** JSON text with arrays in arrays, digits to keep, spaces anywhere and now and then a name that stands twice. */
const { json } = fc.letrec<{ json: string; array: string; object: string }>((tie) => ({
  json: fc.oneof({ maxDepth: 5 }, number, string, tie('array'), tie('object')),
  array: fc
    .tuple(spaced, fc.array(fc.tuple(spaced, tie('json'), spaced), { maxLength: 12 }))
    .map(([space, items]) => `[${space}${items.map((item) => item.join('')).join(',')}]`),
  object: fc
    .tuple(spaced, fc.array(fc.tuple(key, spaced, tie('json')), { maxLength: 4 }))
    .map(([space, members]) => {
      const distinct = members.filter(
        ([k], i) => i > 2 || members.findIndex(([l]) => l === k) === i,
      )
      return `{${space}${distinct.map(([k, s, value]) => `${k}:${s}${value}`).join(',')}}`
    }),
}))

describe('fhir/json-pieces', () => {
  const document = fc.tuple(json, json).map(([a, b]) => `{"entry":[${a},${b}],"z":${a}}`)

  it('reads what parsing in one go reads', () => {
    fc.assert(
      fc.property(document, fc.integer({ min: 0, max: 80 }), (text, piece) => {
        assert.deepEqual(
          inPieces(text, piece),
          said(() => parseBoth(text)),
          text,
        )
      }),
      { numRuns: 600 },
    )
  })

  it('refuses what that refuses, and says the same', () => {
    const change = fc.constantFrom('', '[', ']', '{', '}', '"', ',', ',,', '\\', 'x', '0', ':', ' ')
    fc.assert(
      fc.property(document, fc.nat(), change, fc.nat({ max: 40 }), (text, n, c, piece) => {
        const at = n % (text.length + 1)
        const broken = text.slice(0, at) + c + text.slice(at + (c === '' ? 1 : 0))
        assert.deepEqual(
          inPieces(broken, piece),
          said(() => parseBoth(broken)),
          broken,
        )
        const cut = text.slice(0, at)
        assert.deepEqual(
          inPieces(cut, piece),
          said(() => parseBoth(cut)),
          cut,
        )
      }),
      { numRuns: 600 },
    )
  })

  it('takes no array that has nothing before a comma', () => {
    const spaces = ' '.repeat(50)
    for (const text of [`{"a":[${spaces},1]}`, `{"a":[1,${spaces},1]}`, `{"a":[1,${spaces}]}`])
      assert.match(JSON.stringify(inPieces(text, 20)), /expected a value/)
  })

  it('shares between the readings what is the same in both', () => {
    const { plain, exact } = atOnce(
      parsingBoth('{"a":[{"b":1},{"b":2},{"b":1.50}]}', { small: 0, piece: 5 }),
    ) as Record<'plain' | 'exact', { a: object[] }>
    assert.equal(plain.a[0], exact.a[0])
    assert.deepEqual(plain.a[2], { b: 1.5 })
    assert.equal(stringify(exact.a[2]), '{"b":1.50}')
  })

  it('stops often for others, also in text that is cut off', () => {
    const item = { code: { text: 'x' }, valueQuantity: { value: 1, unit: 'mg' } }
    const text = JSON.stringify({ a: Array.from({ length: 60_000 }, () => item) })
    for (const given of [text, text.slice(0, -3), text.replace('"x"', '"x","text":1')]) {
      let steps = 0
      const parsing = parsingBoth(given)
      const ms = cpuTimeOf(() => {
        try {
          while (parsing.next().done !== true) steps++
        } catch {
          // Refused, as the others are.
        }
      })
      assert.ok(steps > 30 && ms / steps < 20, `${String(steps)} steps in ${ms.toFixed(0)} ms`)
    }
  })
})
