// Messages in their encoding with bars: what is written is read again, and nothing that comes breaks the reader.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { acknowledge } from '../../src/gateway/ack.ts'
import { charsetOf } from '../../src/gateway/charset.ts'
import { escapeEr7, NoEr7, parseEr7, readerOf, unescapeEr7 } from '../../src/gateway/er7.ts'
import { readFrames, framed } from '../../src/gateway/frame.ts'
import { readHeader } from '../../src/gateway/header.ts'
import { numberOf, rangeOf } from '../../src/gateway/number.ts'
import { Refused } from '../../src/gateway/refused.ts'
import { readDtm } from '../../src/gateway/time.ts'

const USUAL = { field: '|', component: '^', repetition: '~', escape: '\\', subcomponent: '&' }
const utf8 = charsetOf('UNICODE UTF-8')!.decode

/** Any five different characters that a message may declare. */
const separators = fc
  .shuffledSubarray([...'|^~\\&#$%*+=@!;:<>?'], { minLength: 5, maxLength: 5 })
  .map(([field, component, repetition, escape, subcomponent]) => ({
    field: field!,
    component: component!,
    repetition: repetition!,
    escape: escape!,
    subcomponent: subcomponent!,
  }))
const text = fc.string({ unit: 'grapheme', maxLength: 20 })
const anything = fc.string({
  unit: fc.constantFrom(...'|^~\\&\r\nMSHPID19.XbrTEF \x0b\x1cé가'),
  maxLength: 80,
})

describe('gateway/er7', () => {
  it('reads what it wrote, whatever the text and the separators', () => {
    fc.assert(
      fc.property(text, separators, (written, by) => {
        assert.equal(unescapeEr7(escapeEr7(written, by), by, utf8), written)
      }),
    )
  })

  it('finds each part of a field where it was put', () => {
    const parts = fc.array(
      fc.array(fc.array(text, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 }),
      { minLength: 1, maxLength: 3 },
    )
    fc.assert(
      fc.property(parts, separators, (field, by) => {
        const written = field
          .map((repetition) =>
            repetition
              .map((component) => component.map((one) => escapeEr7(one, by)).join(by.subcomponent))
              .join(by.component),
          )
          .join(by.repetition)
        const encoding = by.component + by.repetition + by.escape + by.subcomponent
        const { segments } = parseEr7(`MSH${by.field}${encoding}\rPID${by.field}${written}\r`)
        const reader = readerOf({ separators: by }, utf8)
        const read = reader.repetitions(segments[1]!, 1)
        const there = field.filter((_, i) => written.split(by.repetition)[i] !== '')
        assert.equal(read.length, there.length)
        there.forEach((repetition, r) =>
          repetition.forEach((component, c) =>
            component.forEach((one, s) => assert.equal(read[r]!(c + 1, s + 1), one.trim())),
          ),
        )
      }),
    )
  })

  it('throws nothing but that a text is no message', () => {
    fc.assert(
      fc.property(anything, fc.boolean(), (rest, hasHeader) => {
        try {
          const er7 = parseEr7((hasHeader ? 'MSH|^~\\&|' : '') + rest)
          const reader = readerOf(er7, utf8)
          for (const segment of er7.segments) {
            reader.text(segment, 3, 2, 2)
            reader.whole(segment, 5)
          }
        } catch (error) {
          assert.ok(error instanceof NoEr7)
        }
      }),
    )
  })

  it('decodes each escape sequence, and leaves what is none', () => {
    for (const [sent, meant] of [
      ['a\\F\\b\\S\\c\\T\\d\\R\\e\\E\\f', 'a|b^c&d~e\\f'],
      ['line\\.br\\line', 'line\nline'],
      ['\\H\\high\\N\\', 'high'],
      ['\\XC3A9\\', 'é'],
      ['\\XFF\\', '\\XFF\\'],
      ['5 \\ 3', '5 \\ 3'],
      ['\\Q\\F\\', '\\Q|'],
      ['a\\', 'a\\'],
    ] as const)
      assert.equal(unescapeEr7(sent, USUAL, utf8), meant)
  })

  it('finds the frames of a stream wherever it is cut', () => {
    const messages = fc.array(
      fc
        .uint8Array({ minLength: 1, maxLength: 30 })
        .map((bytes) => bytes.map((b) => (b === 0x0b || b === 0x1c ? 32 : b))),
      { maxLength: 4 },
    )
    fc.assert(
      fc.property(messages, fc.array(fc.nat(40), { maxLength: 20 }), (sent, cuts) => {
        const stream = Buffer.concat(sent.map(framed))
        const frames = readFrames(1000)
        const found: Buffer[] = []
        let at = 0
        for (const cut of [...cuts, stream.length]) {
          for (const frame of frames.take(stream.subarray(at, at + cut)))
            if (frame.kind === 'message') found.push(frame.bytes)
          at += cut
        }
        assert.deepEqual(
          found,
          sent.map((bytes) => Buffer.from(bytes)),
        )
        assert.equal(frames.isOpen(), false)
      }),
    )
  })

  it('acknowledges anything in a form that is a message itself', () => {
    fc.assert(
      fc.property(anything, text, (rest, said) => {
        let header
        try {
          header = readHeader(Buffer.from(`MSH|^~\\&|${rest}`))
        } catch (error) {
          assert.ok(error instanceof Refused)
        }
        const refused = new Refused('content', [
          { condition: 103, place: 'OBX[2]-6.1', text: said },
        ])
        const { code, bytes } = acknowledge(header, refused)
        assert.match(code, /^[AC]E$/)
        if (bytes === undefined) return
        const { segments } = parseEr7(bytes.toString())
        assert.deepEqual(
          segments.map(({ name }) => name),
          ['MSH', 'MSA', 'ERR'],
        )
      }),
    )
  })

  it('reads times with their zones, numbers with their signs, and ranges', () => {
    for (const [sent, meant] of [
      ['20261124', '2026-11-24'],
      ['202611', '2026-11'],
      ['2026112410', '2026-11-24T10:00:00+09:00'],
      ['20261124102015.1234+0530', '2026-11-24T10:20:15.123+05:30'],
      ['20260230', undefined],
      ['20261124256000', undefined],
      ['24.11.2026', undefined],
    ] as const)
      assert.equal(readDtm(sent, 'Asia/Seoul')?.text, meant)
    for (const [sent, meant] of [
      ['007.50', { digits: '7.50' }],
      ['.5', { digits: '0.5' }],
      ['≤ 3', { digits: '3', comparator: '<=' }],
      ['-1', { digits: '-1' }],
      ['1,5', undefined],
      ['1e5', undefined],
      ['', undefined],
    ] as const)
      assert.deepEqual(numberOf(sent), meant)
    assert.deepEqual(rangeOf('3.9 - 7.8'), { low: '3.9', high: '7.8', text: '3.9 - 7.8' })
    assert.deepEqual(rangeOf('-2--1'), { low: '-2', high: '-1', text: '-2--1' })
    assert.deepEqual(rangeOf('negative'), { text: 'negative' })
  })
})
