import assert from 'node:assert/strict'
import { PRIMITIVES } from '../../src/validation/primitive.ts'

const test = (type: string, value: unknown): boolean => {
  const primitive = PRIMITIVES[type]
  assert.ok(primitive, type)
  return typeof value === primitive.json && primitive.test(value as never)
}

const TABLE: Record<string, { good: readonly unknown[]; bad: readonly unknown[] }> = {
  base64Binary: {
    good: ['aGVsbG8=', 'QQ==', 'QUJD', 'QUJD\nQUJD', ' QUJD '],
    bad: ['', 'a', 'aGVsbG8', '====', 'QQ=Q', 'a-_b', '@@@@', 'QUI=QUJD', '   '],
  },
  boolean: { good: [true, false], bad: ['true', 1, null] },
  canonical: { good: ['http://a/b|1.0', '#x'], bad: ['', 'a b'] },
  code: { good: ['a', 'a b', '한'], bad: ['', ' a', 'a ', 'a  b', 'a\u0001b'] },
  date: {
    good: ['2024', '2024-02', '2024-02-29', '2000-02-29', '0001-01-01', '9999-12-31'],
    bad: [
      '2023-02-29',
      '1900-02-29',
      '2023-02-30',
      '2023-04-31',
      '2023-13',
      '2023-00-10',
      '2023-01-00',
      '0000',
      '24',
      '2024-2-1',
      '2024-02-29T00:00:00Z',
      '01/02/2020',
      '2024-02-29 ',
      '',
    ],
  },
  dateTime: {
    good: [
      '2024',
      '2024-02',
      '2024-02-29',
      '2024-02-29T23:59:60Z',
      '2024-01-01T00:00:00.000000001+14:00',
      '2024-01-01T00:00:00-11:30',
    ],
    bad: [
      '2021-02-29',
      '2023-02-30T10:00:00Z',
      '2024-01-01T10:00:00',
      '2024-01-01T10:00Z',
      '2024-01-01 10:00:00Z',
      '2024-01-01T24:00:00Z',
      '2024-01-01T10:60:00Z',
      '2024-01-01T10:00:61Z',
      '2024-01-01T10:00:00+15:00',
      '2024-01-01T10:00:00+14:30',
      '2024-01-01T10:00:00z',
      '2024-01T10:00:00Z',
    ],
  },
  decimal: { good: [0, -0.5, 1e300, 12345678901234], bad: ['1', NaN, Infinity, -Infinity] },
  id: { good: ['a', 'A-1.b', 'x'.repeat(64)], bad: ['', 'x'.repeat(65), 'a_b', 'a b', 'é', 'a\n'] },
  instant: {
    good: ['2024-02-29T10:00:00Z', '2024-02-29T10:00:00.1+09:00'],
    bad: ['2024', '2024-02-29', '2023-02-29T10:00:00Z', '2020-01-32T10:00:00Z', 'now'],
  },
  integer: {
    good: [0, -2147483648, 2147483647],
    bad: [1.5, 2147483648, -2147483649, '1', NaN, Infinity],
  },
  markdown: { good: ['*a*\r\n\tb'], bad: ['', '\n', 'a\u0000'] },
  oid: {
    good: ['urn:oid:1.2.3', 'urn:oid:2.0.10'],
    bad: ['1.2.3', 'urn:oid:3.1', 'urn:oid:1.02', 'urn:oid:1'],
  },
  positiveInt: { good: [1, 2147483647], bad: [0, -1, 1.5, 2147483648] },
  string: {
    good: ['a', ' a ', 'a\tb\r\nc', '김민수', 'Әлия', '👩‍⚕️', 'a\u0301', 'x'.repeat(1024 * 1024)],
    bad: ['', ' ', '\n\t', 'a\u0001', 'a\u001f', '\ud800', 'x'.repeat(1024 * 1024 + 1), 5],
  },
  time: { good: ['00:00:00', '23:59:60', '12:30:00.25'], bad: ['24:00:00', '12:30', '12:30:00Z'] },
  unsignedInt: { good: [0, 2147483647], bad: [-1, 0.5, 2147483648] },
  uri: { good: ['a', 'http://a/ü', 'urn:x:y'], bad: ['', 'a b', 'a\n', 'a\u0007'] },
  url: { good: ['http://a'], bad: ['http://a b'] },
  uuid: {
    good: ['urn:uuid:c757873d-ec9a-4326-a141-556f43239520'],
    bad: ['c757873d-ec9a-4326-a141-556f43239520', 'urn:uuid:C757873D-EC9A-4326-A141-556F43239520'],
  },
  xhtml: {
    good: ['<div xmlns="http://www.w3.org/1999/xhtml">a</div>'],
    bad: ['a', '<div>a</div>'],
  },
}

describe('primitive', () => {
  it('knows the 20 primitives of R4, and the table tests all of them', () => {
    assert.equal(Object.keys(PRIMITIVES).length, 20)
    assert.deepEqual(Object.keys(TABLE), Object.keys(PRIMITIVES).sort())
  })
  for (const [type, { good, bad }] of Object.entries(TABLE)) {
    it(type, () => {
      for (const value of good)
        assert.equal(test(type, value), true, JSON.stringify(value).slice(0, 80))
      for (const value of bad)
        assert.equal(test(type, value), false, JSON.stringify(value).slice(0, 80))
    })
  }

  it('takes time in proportion to the length', function () {
    this.timeout(5000)
    const long = 2 ** 20
    assert.equal(test('base64Binary', `${'A'.repeat(long)}!`), false)
    assert.equal(test('base64Binary', `${'A A'.repeat(long)}!`), false)
    assert.equal(test('code', `${'a '.repeat(long / 4)} `), false)
    assert.equal(test('oid', `urn:oid:1${'.1'.repeat(long)}x`), false)
    assert.equal(test('uri', `${'a'.repeat(long)} `), false)
  })
})
