import assert from 'node:assert/strict'
import fc from 'fast-check'
import { Failure } from '../../src/errors.ts'
import { applyJsonPatch } from '../../src/fhir/json-patch.ts'
import { parseLossless, stringify } from '../../src/fhir/json.ts'
import type { Resource } from '../../src/fhir/message.ts'

const PATIENT =
  '{"resourceType":"Patient","id":"p","active":true,"name":[{"family":"A"},{"family":"B"},{"family":"C"}],' +
  '"extension":[{"url":"u","valueDecimal":1.50}]}'

const patch = (operations: unknown, text = PATIENT): string =>
  stringify(
    applyJsonPatch(
      parseLossless(text) as Resource,
      typeof operations === 'string' ? operations : stringify(operations),
    ),
  )

function failure(operations: unknown, text = PATIENT): { kind: string; said: string } {
  const resource = parseLossless(text) as Resource
  try {
    applyJsonPatch(resource, typeof operations === 'string' ? operations : stringify(operations))
  } catch (error) {
    assert.ok(error instanceof Failure, String(error))
    assert.equal(stringify(resource), text, 'the resource was changed')
    return { kind: error.kind, said: error.issues[0]?.diagnostics ?? '' }
  }
  return assert.fail('nothing was thrown')
}

const changed = (from: string, to: string): string => PATIENT.replace(from, to)

describe('fhir/json-patch', function () {
  this.timeout(60_000)

  it('applies every operation', () => {
    const cases: [operation: object, expected: string][] = [
      [{ op: 'add', path: '/birthDate', value: '1970' }, changed('}]}', '}],"birthDate":"1970"}')],
      [
        { op: 'add', path: '/name/-', value: { family: 'D' } },
        changed('"C"}', '"C"},{"family":"D"}'),
      ],
      [
        { op: 'add', path: '/name/1', value: { text: 'x' } },
        changed('{"family":"B"}', '{"text":"x"},{"family":"B"}'),
      ],
      [{ op: 'add', path: '/active', value: false }, changed('true', 'false')],
      [{ op: 'remove', path: '/name/0' }, changed('{"family":"A"},', '')],
      [{ op: 'remove', path: '/active' }, changed('"active":true,', '')],
      [{ op: 'replace', path: '/name/2/family', value: 'X' }, changed('"C"', '"X"')],
      [
        { op: 'move', from: '/name/0', path: '/name/2' },
        changed(
          '{"family":"A"},{"family":"B"},{"family":"C"}',
          '{"family":"B"},{"family":"C"},{"family":"A"}',
        ),
      ],
      [
        { op: 'move', from: '/name/0', path: '/name/1/contained' },
        changed(
          '{"family":"A"},{"family":"B"},{"family":"C"}',
          '{"family":"B"},{"family":"C","contained":{"family":"A"}}',
        ),
      ],
      [
        { op: 'copy', from: '/name/0/family', path: '/name/1/text' },
        changed('"B"', '"B","text":"A"'),
      ],
      [{ op: 'test', path: '/name/0', value: { family: 'A' } }, PATIENT],
    ]
    for (const [operation, expected] of cases) assert.equal(patch([operation]), expected)
  })

  it('keeps the digits of the resource and of the patch', () => {
    assert.equal(
      patch(
        '[{"op":"add","path":"/extension/-","value":{"url":"v","valueDecimal":2.500}},{"op":"copy","from":"/extension/0","path":"/extension/-"}]',
      ),
      changed('1.50}]', '1.50},{"url":"v","valueDecimal":2.500},{"url":"u","valueDecimal":1.50}]'),
    )
    assert.equal(
      patch('[{"op":"replace","path":"/extension/0/valueDecimal","value":1e3}]'),
      changed('1.50', '1e3'),
    )
  })

  it('tests numbers by value, exactly', () => {
    const path = '/extension/0/valueDecimal'
    for (const same of ['1.5', '1.50', '15e-1', '0.15E+1']) {
      assert.equal(patch(`[{"op":"test","path":"${path}","value":${same}}]`), PATIENT)
    }
    for (const other of ['1.51', '"1.50"', '-1.5', 'null', '{"rawJSON":"1.50"}']) {
      assert.equal(failure(`[{"op":"test","path":"${path}","value":${other}}]`).kind, 'invalid')
    }
    const big = changed('1.50', '12345678901234567890')
    assert.equal(
      failure(`[{"op":"test","path":"${path}","value":12345678901234567891}]`, big).kind,
      'invalid',
    )
    assert.equal(patch(`[{"op":"test","path":"${path}","value":1234567890123456789e1}]`, big), big)
  })

  it('takes an object that looks like a raw number for what it is', () => {
    assert.equal(
      patch('[{"op":"add","path":"/x","value":{"rawJSON":"1"}}]'),
      changed('}]}', '}],"x":{"rawJSON":"1"}}'),
    )
  })

  it('replaces the whole resource, if type and id stay', () => {
    const value = { resourceType: 'Patient', id: 'p' }
    assert.equal(patch([{ op: 'replace', path: '', value }]), stringify(value))
    assert.equal(patch([{ op: 'add', path: '', value }]), stringify(value))
  })

  it('names the operation and the pointer where a patch does not fit', () => {
    const cases: [operation: object, said: RegExp][] = [
      [
        { op: 'remove', path: '/birthDate' },
        /Operation 1 .*\(remove\) finds nothing at "\/birthDate"/,
      ],
      [{ op: 'replace', path: '/birthDate', value: 1 }, /nothing at "\/birthDate"/],
      [{ op: 'remove', path: '/name/3' }, /nothing at "\/name\/3"/],
      [{ op: 'remove', path: '/name/-' }, /nothing at/],
      [{ op: 'replace', path: '/name/01', value: {} }, /nothing at/],
      [{ op: 'add', path: '/name/4', value: {} }, /can add nothing at "\/name\/4"/],
      [{ op: 'add', path: '/name/x', value: {} }, /can add nothing/],
      [{ op: 'add', path: '/a/b', value: 1 }, /can add nothing/],
      [{ op: 'add', path: '/active/b', value: 1 }, /can add nothing/],
      [{ op: 'copy', from: '/name/0/family/length', path: '/x' }, /nothing at/],
      [{ op: 'copy', from: '/name/length', path: '/x' }, /nothing at/],
      [{ op: 'copy', from: '/toString', path: '/x' }, /nothing at/],
      [{ op: 'copy', from: '/extension/0/valueDecimal/description', path: '/x' }, /nothing at/],
      [{ op: 'move', from: '/name', path: '/name/0/family' }, /into itself/],
      [{ op: 'move', from: '/name/0', path: '/name/3' }, /can add nothing/],
      [{ op: 'test', path: '/active', value: false }, /finds another value at "\/active"/],
      [{ op: 'test', path: '/birthDate', value: null }, /nothing at/],
      [{ op: 'replace', path: '/id', value: 'q' }, /must not change id/],
      [{ op: 'remove', path: '/id' }, /must not change id/],
      [{ op: 'replace', path: '/resourceType', value: 'Person' }, /must not change resourceType/],
      [{ op: 'replace', path: '', value: [] }, /no resource/],
      [{ op: 'remove', path: '' }, /no resource/],
    ]
    for (const [operation, said] of cases) {
      const found = failure([{ op: 'test', path: '/active', value: true }, operation])
      assert.equal(found.kind, 'invalid', stringify(operation))
      assert.match(found.said, said)
    }
  })

  it('refuses what is no patch', () => {
    for (const text of [
      '{}',
      '[1]',
      '[{}]',
      '[{"op":"set","path":"/a","value":1}]',
      '[{"op":"add","path":"a","value":1}]',
      '[{"op":"add","path":"/a~2","value":1}]',
      '[{"op":"add","path":1,"value":1}]',
      '[{"op":"add","path":"/a"}]',
      '[{"op":"remove"}]',
      '[{"op":"copy","path":"/a"}]',
      '[{"op":"move","path":"/a","from":"b"}]',
      '[{"op":"add","path":"/a","value":{"__proto__":{"x":1}}}]',
      '[',
    ]) {
      assert.equal(failure(text).kind, 'malformed', text)
    }
  })

  it('cannot reach the machinery of objects', () => {
    for (const path of [
      '/__proto__/polluted',
      '/__proto__',
      '/constructor/prototype/polluted',
      '/name/0/constructor',
      '/prototype',
    ]) {
      assert.equal(failure([{ op: 'add', path, value: { polluted: 1 } }]).kind, 'invalid')
      assert.equal(failure([{ op: 'copy', from: path, path: '/x' }]).kind, 'invalid')
    }
    assert.equal(({} as Record<string, unknown>)['polluted'], undefined)
  })

  it('bounds operations, copies and depth', () => {
    const operations = (count: number) =>
      Array.from({ length: count }, () => ({ op: 'test', path: '/active', value: true }))
    assert.equal(patch(operations(1000)), PATIENT)
    assert.equal(failure(operations(1001)).kind, 'too-large')

    const doubling = [
      { op: 'add', path: '/a', value: ['x'.repeat(100)] },
      ...Array.from({ length: 60 }, () => ({ op: 'copy', from: '/a', path: '/a/-' })),
    ]
    assert.equal(failure(doubling).kind, 'too-large')
    const numbers = Array(1000)
      .fill(`1.${'0'.repeat(100)}`)
      .join(',')
    const digits = `[{"op":"add","path":"/a","value":[[${numbers}]]},${Array(500)
      .fill('{"op":"copy","from":"/a/0","path":"/a/-"}')
      .join(',')}]`
    assert.equal(failure(digits).kind, 'too-large')

    const deep = Array.from({ length: 250 }, (_, i) => ({
      op: 'add',
      path: '/a'.repeat(i + 1),
      value: {},
    }))
    assert.match(failure(deep).said, /nest deeper than 200/)
    const sinking = Array.from({ length: 900 }, () => [
      { op: 'add', path: '/b', value: {} },
      { op: 'move', from: '/active', path: '/b/a' },
      { op: 'move', from: '/b', path: '/active' },
    ]).flat()
    assert.match(failure(sinking.slice(0, 1000)).said, /nest deeper than 200/)
  })

  it('agrees with the RFC on random patches: what is added is found, and removed again', () => {
    const key = fc.constantFrom('a', 'b', 'c~d', 'e/f', '0', '-', '')
    const value = fc.jsonValue({ maxDepth: 2 }).filter((v) => !stringify(v).includes('__proto__'))
    fc.assert(
      fc.property(fc.array(key, { minLength: 1, maxLength: 4 }), value, (keys, leaf) => {
        const pointer = keys.map((k) => `/${k.replaceAll('~', '~0').replaceAll('/', '~1')}`)
        const add = keys.map((_, i) => ({
          op: 'add',
          path: `/x${pointer.slice(0, i + 1).join('')}`,
          value: i === keys.length - 1 ? leaf : {},
        }))
        const path = `/x${pointer.join('')}`
        const test = { op: 'test', path, value: leaf }
        const start = [{ op: 'add', path: '/x', value: {} }, ...add, test]
        assert.ok(patch(start))
        assert.equal(patch([...start, { op: 'remove', path: '/x' }]), PATIENT)
        assert.equal(failure([...start, { op: 'remove', path }, test]).kind, 'invalid')
      }),
    )
  })
})
