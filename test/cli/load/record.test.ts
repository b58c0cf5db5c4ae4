import assert from 'node:assert/strict'
import fc from 'fast-check'
import { recordsOf } from '../../../src/cli/load/record.ts'

async function* chunks(text: string | Buffer, size: number): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text)
  for (let i = 0; i < bytes.length; i += size) yield bytes.subarray(i, i + size)
}

const read = async (text: string | Buffer, lines?: true, size = 7) =>
  Array.fromAsync(recordsOf(chunks(text, size), lines))

describe('records of a load', () => {
  it('takes the lines of NDJSON, whatever the chunks, with their numbers', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1 }),
        fc.integer({ min: 1, max: 50 }),
        fc.constantFrom('\n', '\r\n'),
        async (names, size, end) => {
          const lines = names.map((name) => JSON.stringify({ resourceType: 'Patient', name }))
          const records = await read(lines.join(end), true, size)
          assert.deepEqual(
            records.map((r) => [r.line, r.text?.trimEnd()]),
            lines.map((line, i) => [i + 1, line]),
          )
        },
      ),
    )
  })

  it('leaves empty lines out and counts them', async () => {
    assert.deepEqual(await read('\n{"a":1}\n \r\n{"b":2}\n'), [
      { line: 2, text: '{"a":1}\n' },
      { line: 4, text: '{"b":2}\n' },
    ])
  })

  it('takes a document of several lines whole', async () => {
    const text = JSON.stringify({ resourceType: 'Patient', id: 'p' }, null, 2)
    assert.deepEqual(await read(text), [{ line: 1, text }])
  })

  it('does not end a line at U+2028, and reads no byte order mark', async () => {
    assert.deepEqual(await read('\ufeff{"a":"x\u2028y"}\n{"b":1}'), [
      { line: 1, text: '{"a":"x\u2028y"}\n' },
      { line: 2, text: '{"b":1}' },
    ])
  })

  it('says where bytes are not UTF-8, and goes on', async () => {
    const bytes = Buffer.concat([
      Buffer.from('{"a":1}\n{"b":"'),
      Buffer.from([0xff]),
      Buffer.from('"}\n{"c":3}'),
    ])
    assert.deepEqual(await read(bytes), [
      { line: 1, text: '{"a":1}\n' },
      { line: 2, text: undefined },
      { line: 3, text: '{"c":3}' },
    ])
  })

  it('has none in nothing', async () => {
    assert.deepEqual(await read(''), [])
    assert.deepEqual(await read('\n\n'), [])
  })
})
