import assert from 'node:assert/strict'
import fc from 'fast-check'
import { Failure } from '../../src/errors.ts'
import {
  decimalText,
  numberFrom,
  numberProblem,
  parseBoth,
  parseIncoming,
  parseJson,
  parseLossless,
  stringify,
  stringifyPretty,
} from '../../src/fhir/json.ts'
import * as syntax from '../../src/fhir/json-syntax.ts'
import { atOnce } from '../../src/turn.ts'
import { cpuTimeOf } from '../support/time.ts'

const findDuplicateKey = (text: string) => atOnce(syntax.findDuplicateKey(text))
const syntaxProblem = (text: string) => atOnce(syntax.syntaxProblem(text))

/** The message of the Failure that `run` throws. */
function diagnostics(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    assert.ok(error instanceof Failure, String(error))
    assert.equal(error.kind, 'malformed')
    return error.issues[0]?.diagnostics ?? ''
  }
  return assert.fail('nothing was thrown')
}

/** Every form of number that JSON allows. */
const number = fc
  .tuple(
    fc.constantFrom('', '-'),
    fc.oneof(
      fc.constant('0'),
      fc.bigInt({ min: 1n, max: 10n ** 25n }).map(String),
      fc.integer({ min: 1, max: 999 }).map(String),
    ),
    fc.oneof(fc.constant(''), fc.stringMatching(/^\.\d{1,20}$/), fc.stringMatching(/^\.0{0,9}\d$/)),
    fc.oneof({ weight: 3, arbitrary: fc.constant('') }, fc.stringMatching(/^[eE][+-]?\d{1,3}$/)),
  )
  .map((parts) => parts.join(''))

const space = fc.constantFrom('', '', ' ', '\n  ', '\t', '\r\n')

/** JSON text of any shape, with whitespace between the tokens. */
const { json } = fc.letrec<{ json: string; value: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    number,
    fc.string().map((text) => JSON.stringify(text)),
    fc.constantFrom('true', 'false', 'null', '"10:00:10.500"', '"a: 1.50,"'),
    fc
      .array(fc.tuple(space, tie('value'), space))
      .map((a) => `[${a.map((p) => p.join('')).join(',')}]`),
    tie('json'),
  ),
  json: fc
    .uniqueArray(fc.tuple(fc.stringMatching(/^[a-z]{1,5}$/), space, space, tie('value'), space), {
      selector: ([key]) => key,
    })
    .map((a) => `{${a.map(([k, s1, s2, v, s3]) => `${s1}"${k}"${s2}:${s2}${v}${s3}`).join(',')}}`),
}))

const tokens = (text: string): string[] => text.match(/"(?:[^"\\]|\\.)*"|[-+.\w]+|[{}[\],:]/g) ?? []

describe('fhir/json', function () {
  this.timeout(60_000)

  it('keeps the digits of every number', () => {
    for (const digits of [
      '1.50',
      '1e3',
      '0.10',
      '12345678901234567890',
      '-0.0',
      '-0',
      '1E-22',
      '0.00000012',
      '1.0',
      '1e999',
      '9007199254740993',
      '0.1234567890123456789',
    ]) {
      for (const text of [
        `{"a":${digits}}`,
        `{"a":[1,${digits}]}`,
        `{"a" : ${digits} }`,
        `{"a":[${digits}\n]}`,
      ]) {
        assert.deepEqual(tokens(stringify(parseLossless(text))), tokens(text))
      }
    }
  })

  it('leaves plain numbers plain', () => {
    assert.deepEqual(parseLossless('{"a":[70,98.6,-1,0,0.000001]}'), {
      a: [70, 98.6, -1, 0, 0.000001],
    })
  })

  it('does not read a text twice because of a UUID in it', () => {
    const { plain, exact } = parseBoth('{"a":"urn:uuid:2866e611-c994-4612-8e26-d08be5db439c"}')
    assert.equal(exact, plain)
    const other = parseBoth('{"a":"urn:uuid:2866e611-c994-4612-8e26-d08be5db439c","b":2e1}')
    assert.notEqual(other.exact, other.plain)
  })

  it('writes what it read, whatever the numbers and the whitespace', () => {
    fc.assert(
      fc.property(json, (text) => {
        assert.deepEqual(tokens(stringify(parseLossless(text))), tokens(text))
        assert.deepEqual(tokens(stringifyPretty(parseLossless(text))), tokens(text))
        assert.deepEqual(parseJson(text), JSON.parse(text))
      }),
      { numRuns: 2000 },
    )
  })

  it('reads a byte order mark', () => {
    assert.deepEqual(parseJson('\ufeff{"a":1}'), { a: 1 })
  })

  it('says line, column and what was expected', () => {
    const cases: [text: string, said: RegExp][] = [
      ['', /line 1, column 1: the text ends, expected a value/],
      ['{', /column 2: the text ends, expected a property name in double quotes or "}"/],
      ['{"a":1,}', /column 8: expected a property name in double quotes$/],
      ['{"a" 1}', /column 6: expected ":"/],
      ['{\n  "a": tru\n}', /line 2, column 8: expected a value/],
      ['{"a":1 "b":2}', /column 8: expected "," or "}"/],
      ['{"a":[1 2]}', /column 9: expected "," or "]"/],
      ['{"a":[1}', /column 8: expected "," or "]"/],
      ['{"a":[,]}', /column 7: expected a value or "]"/],
      ['{"a":01}', /column 6: expected a value/],
      ['{"a":1.}', /column 6: expected a value/],
      ['{"a":NaN}', /column 6: expected a value/],
      ['{"a":1} x', /column 9: expected nothing more/],
      ['{"a":"x\ny"}', /column 8: a control character in a string must be escaped/],
      ['{"a":"\\x"}', /column 7: expected one of the escapes/],
      ['{"a":"x', /the text ends inside a string/],
      ["{'a':1}", /column 2: expected a property name/],
    ]
    for (const [text, said] of cases)
      assert.match(
        diagnostics(() => parseLossless(text)),
        said,
        text,
      )
  })

  it('finds a place in whatever JSON.parse refuses, and none past the end', () => {
    fc.assert(
      fc.property(
        json,
        fc.nat(),
        fc.constantFrom('', '{', '}', '"', ',', '\\', 'x', '0', '\n'),
        (text, n, c) => {
          const at = n % (text.length + 1)
          const broken = text.slice(0, at) + c + text.slice(at + (c === '' ? 1 : 0))
          let valid = true
          try {
            JSON.parse(broken)
          } catch {
            valid = false
          }
          const { offset, expected } = syntaxProblem(broken)
          assert.ok(offset <= broken.length)
          // Of valid text the scanner says only that it ended where something more could not come.
          assert.equal(valid, expected === 'the text ends, expected nothing more', broken)
        },
      ),
      { numRuns: 1000 },
    )
  })

  it('never repeats the input', () => {
    assert.doesNotMatch(
      diagnostics(() => parseJson('{"name":"Kim" secret}')),
      /secret|Kim/,
    )
  })

  it('refuses what is not an object', () => {
    for (const text of ['[]', '1', 'null', '"a"']) {
      assert.match(
        diagnostics(() => parseJson(text)),
        /must be an object/,
      )
    }
    assert.deepEqual(parseLossless('[1.0]', 'array'), [JSON.rawJSON('1.0')])
    assert.match(
      diagnostics(() => parseJson('{}', 'array')),
      /must be an array/,
    )
  })

  it('bounds the depth', () => {
    const nested = (levels: number): string =>
      `{"a":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`
    assert.ok(parseIncoming(nested(200)))
    assert.ok(parseLossless(nested(203)), 'what was taken may stand in a Bundle')
    for (const read of [parseIncoming, parseBoth])
      assert.match(
        diagnostics(() => read(nested(201))),
        /200 levels/,
      )
    assert.match(
      diagnostics(() => parseJson('{"a":'.repeat(1_000_000))),
      /200 levels/,
    )
    assert.ok(
      parseJson(`{"a":${JSON.stringify('[\\"'.repeat(1000))}}`),
      'brackets in strings are no levels',
    )
  })

  it('refuses __proto__ as a key, however it is written', () => {
    for (const key of ['__proto__', '\\u005f_proto__', '__\\u0070roto__']) {
      assert.match(
        diagnostics(() => parseLossless(`{"a":[{"${key}":{"b":1.0}}]}`)),
        /__proto__/,
      )
    }
    assert.ok(parseJson('{"a":"__proto__"}'))
  })

  it('refuses NUL and half surrogate pairs, and takes whole ones', () => {
    assert.match(
      diagnostics(() => parseJson('{"a":["\\u0000"]}')),
      /NUL/,
    )
    assert.match(
      diagnostics(() => parseJson('{"a":"\\ud83d"}')),
      /surrogate/,
    )
    assert.match(
      diagnostics(() => parseJson('{"\\ude00":1}')),
      /surrogate/,
    )
    assert.deepEqual(parseJson('{"a":"\\ud83d\\ude00"}'), { a: '😀' })
    assert.deepEqual(parseJson('{"a":"\\\\ud83d"}'), { a: '\\ud83d' })
  })

  it('answers on long text in time', () => {
    const long = `{"a":"${'x'.repeat(5_000_000)}","b":[${'1 '.repeat(100)}`
    const ms = cpuTimeOf(() =>
      assert.match(
        diagnostics(() => parseLossless(long)),
        /expected "," or "]"/,
      ),
    )
    assert.ok(ms < 10_000, `${ms} ms`)
    for (const pattern of ['1', ' ', '\\', '0.0', ',', ':0', '"', '1.0']) {
      const ms = cpuTimeOf(
        () => void diagnostics(() => parseLossless(`{"a":${pattern.repeat(1_000_000)}`)),
      )
      assert.ok(ms < 10_000, pattern)
    }
  })

  it('gives the digits of numbers', () => {
    assert.equal(decimalText(98.6), '98.6')
    assert.equal(decimalText(JSON.rawJSON('1.50')), '1.50')
    for (const other of ['1.50', null, undefined, NaN, { rawJSON: '1.50' }]) {
      assert.equal(decimalText(other), undefined)
    }
    assert.equal(numberFrom('98.6'), 98.6)
    assert.equal(stringify(numberFrom('98.60')), '98.60')
  })

  it('finds a key that stands twice in one object', () => {
    const text = '{"id":"a",\n"name":[{"family":"K"},{"family":"A","given":["x"],"family":"B"}]}'
    assert.deepEqual(findDuplicateKey(text), { path: 'name[1].family', line: 2, column: 52 })
    assert.deepEqual(findDuplicateKey('{"a":1,"\\u0061" :2}'), { path: 'a', line: 1, column: 8 })
    assert.equal(findDuplicateKey('{"a":{"a":[{"a":1},{"a":"a\\":"}]}}'), undefined)
    const many = Array.from({ length: 60 }, (_, i) => `"k${i}":${i}`).join(',')
    assert.equal(findDuplicateKey(`{${many}}`), undefined)
    assert.equal(findDuplicateKey(`{${many},"k7":0}`)?.path, 'k7')
  })

  it('finds duplicates exactly where there are some', () => {
    fc.assert(
      fc.property(json, (text) => {
        assert.equal(findDuplicateKey(text), undefined)
        assert.equal(findDuplicateKey(`{"zzzzzz":${text},"a":${text},"zzzzzz":1}`)?.path, 'zzzzzz')
      }),
    )
  })

  it('takes from outside what has each key once, and nothing else', () => {
    const small = json.filter((text) => !/[eE][+-]?\d{3}/.test(text))
    fc.assert(
      fc.property(small, (text) => {
        assert.ok(parseIncoming(`{"zzzzzz":${text},"a":[${text}]}`))
        assert.ok(parseBoth(`{"zzzzzz":${text},"a":[${text}]}`))
        for (const read of [parseIncoming, parseBoth])
          assert.match(
            diagnostics(() => read(`{"a":[{"zzzzzz":${text},"a":1,"z\\u007azzzz":${text}}]}`)),
            /second time/,
          )
      }),
    )
  })

  it('refuses numbers that no index could hold, wherever they come from', () => {
    const fits = ['0', '-0', '0.000', '0e5', '1e308', '-1.7e308', '5e-324', `1${'0'.repeat(127)}`]
    for (const digits of fits) {
      assert.equal(numberProblem(digits), undefined, digits)
      assert.ok(parseIncoming(`{"n":${digits}}`))
    }
    const misfits = ['1e309', '-1e400', '1e-400', '0e999', '0.1e-323', `1${'0'.repeat(128)}`]
    for (const digits of misfits) {
      assert.ok(numberProblem(digits), digits)
      for (const read of [parseIncoming, parseBoth])
        assert.match(
          diagnostics(() => read(`{"n":[${digits}]}`)),
          /A number m/,
          digits,
        )
    }
  })

  it('bounds the number of values', () => {
    assert.throws(
      () => parseIncoming(`{"a":[${'0,'.repeat(2_000_000)}0]}`),
      (error) => error instanceof Failure && error.kind === 'too-large',
    )
  })
})
