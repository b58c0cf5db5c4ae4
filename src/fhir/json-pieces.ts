// Large JSON text to values, piece by piece: long arrays are cut between their items, and every piece is parsed by itself.
// https://www.rfc-editor.org/rfc/rfc8259
// Must give the same values and refuse the same texts as parseBoth of json.ts, which does it in one go.
import { randomUUID } from 'node:crypto'
import type { Stepwise } from '../turn.ts'
import { stringEnd } from './json-syntax.ts'
import {
  duplicateFailure,
  inspect,
  isLossy,
  isSuspicious,
  keepFitDigits,
  parseBoth,
  requireTop,
  syntaxFailure,
  tooDeep,
  tooManyValues,
} from './json.ts'
import { MAX_DEPTH, MAX_ELEMENTS } from './limits.ts'

/** Characters of a piece, at least: half a millisecond of work, four where digits have to be kept. */
const PIECE = 64 * 1024

/** Text up to this is parsed in one go: some 3 milliseconds, 15 where digits have to be kept. */
const SMALL = 256 * 1024

/** What the first items of an array became, until the rest of it is read. The text from `from` to `to` was parsed. */
type Hole = {
  readonly from: number
  to: number
  readonly plain: unknown[]
  /** The same as `plain` as long as no number would lose digits. */
  exact: unknown[]
}

type Level = {
  /** Where the text that isn't parsed yet begins; -1 in an object, which isn't cut. */
  start: number
  hole: Hole | undefined
}

/** Stands for a hole in the text around it; nobody can have sent it. */
const KEY = randomUUID()

/**
 * Both readings of a text from outside, as {@link parseBoth}; they share what is the same in both.
 * @param sizes in characters: of text that is parsed in one go, and of a piece
 * @throws Failure `malformed` and `too-large` as that
 */
export function* parsingBoth(
  source: string,
  sizes: { readonly small: number; readonly piece: number } = { small: SMALL, piece: PIECE },
): Stepwise<{ readonly plain: unknown; readonly exact: unknown }> {
  if (source.length <= sizes.small) return parseBoth(source)
  const text = source.charCodeAt(0) === 0xfeff ? source.slice(1) : source
  try {
    return yield* readPieces(text, sizes.piece)
  } catch (error) {
    if (error instanceof SyntaxError) throw yield* syntaxFailure(text)
    throw error
  }
}

function* readPieces(text: string, size: number): Stepwise<{ plain: unknown; exact: unknown }> {
  const levels: Level[] = []
  /** In the order of the text, none inside another. */
  const holes: Hole[] = []
  let level: Level | undefined
  let values = 1
  let keys = 0
  let counted = 0
  let suspicious = false
  let stopped = 0

  const read = (from: number, to: number, before: string, behind: string): Piece => {
    let first = holes.length
    while (first > 0 && holes[first - 1]!.from >= from) first--
    const inside = holes.splice(first)
    const piece = parsePiece(before + withMarks(text, from, to, inside) + behind, inside)
    counted += piece.keys
    suspicious ||= piece.suspicious
    return piece
  }

  for (let i = 0; i < text.length; i++) {
    switch (text.charCodeAt(i)) {
      case 34:
        i = stringEnd(text, i)
        break
      case 58:
        keys++
        break
      case 44: {
        values++
        if (level === undefined || level.start < 0 || i - level.start < size) break
        const { plain, exact } = read(level.start, i, '[', ']') as Piece<unknown[]>
        // `[ ,` is no JSON, but `[ ]` is.
        if (plain.length === 0) throw new SyntaxError()
        level.hole = grown(level.hole, level.start, i + 1, plain, exact)
        if (holes.at(-1) !== level.hole) holes.push(level.hole)
        level.start = i + 1
        yield
        break
      }
      case 123:
      case 91:
        values++
        if (levels.length >= MAX_DEPTH) throw tooDeep()
        level = { start: text.charCodeAt(i) === 91 ? i + 1 : -1, hole: undefined }
        levels.push(level)
        break
      case 125:
      case 93:
        levels.pop()
        level = levels.at(-1)
        break
    }
    if (values > MAX_ELEMENTS) throw tooManyValues()
    if (i - stopped > size) {
      stopped = i
      yield
    }
  }
  const { plain, exact } = read(0, text.length, '', '')
  // As many keys as there are names in the text: none of them stood twice.
  if (counted !== keys) throw yield* duplicateFailure(text)
  requireTop(plain, 'object')
  if (suspicious) inspect(plain)
  return { plain, exact }
}

/** Adds items to what an array has. */
function grown(
  hole: Hole | undefined,
  from: number,
  to: number,
  plain: unknown[],
  exact: unknown[],
): Hole {
  if (hole === undefined) return { from, to, plain, exact }
  if (hole.exact === hole.plain && exact !== plain) hole.exact = [...hole.plain]
  if (hole.exact !== hole.plain) for (const item of exact) hole.exact.push(item)
  for (const item of plain) hole.plain.push(item)
  hole.to = to
  return hole
}

/** The text of a piece, with a mark for each hole, which ends with a comma. */
function withMarks(text: string, from: number, to: number, holes: readonly Hole[]): string {
  let marked = ''
  let at = from
  for (const [i, hole] of holes.entries()) {
    marked += `${text.slice(at, hole.from)}{"${KEY}":${i}},`
    at = hole.to
  }
  return marked + text.slice(at, to)
}

type Piece<T = unknown> = {
  readonly plain: T
  readonly exact: T
  readonly keys: number
  readonly suspicious: boolean
}

/** @throws SyntaxError, and Failure for a number that can't be kept */
function parsePiece(text: string, holes: readonly Hole[]): Piece {
  const count = { keys: 0 }
  const lossy = isLossy(text)
  const differs = lossy || holes.some((hole) => hole.plain !== hole.exact)
  if (differs) for (const hole of holes) if (hole.exact === hole.plain) hole.exact = [...hole.plain]
  const plain = filled(JSON.parse(text), holes, 'plain', count)
  const again = (): unknown => (lossy ? JSON.parse(text, keepFitDigits) : JSON.parse(text))
  const exact = differs ? filled(again(), holes, 'exact') : plain
  return { plain, exact, keys: count.keys, suspicious: isSuspicious(text) }
}

/** The value with the items of holes in place of their marks; counts its keys, without those of holes. */
function filled(
  value: unknown,
  holes: readonly Hole[],
  reading: 'plain' | 'exact',
  count = { keys: 0 },
): unknown {
  if (typeof value !== 'object' || value === null || JSON.isRawJSON(value)) return value
  if (!Array.isArray(value)) {
    const object = value as Record<string, unknown>
    for (const key in object) {
      count.keys++
      const item = object[key]
      if (typeof item === 'object' && item !== null) {
        const full = filled(item, holes, reading, count)
        if (full !== item) object[key] = full
      }
    }
    return value
  }
  const mark = holes.length === 0 ? undefined : markIn(value)
  const items = value as unknown[]
  for (let i = mark === undefined ? 0 : 1; i < items.length; i++) {
    const item = items[i]
    if (typeof item === 'object' && item !== null) items[i] = filled(item, holes, reading, count)
  }
  if (mark === undefined) return value
  const all = holes[mark]![reading]
  for (let i = 1; i < items.length; i++) all.push(items[i])
  return all
}

const markIn = ([first]: readonly unknown[]): number | undefined =>
  (first as Record<string, number> | null | undefined)?.[KEY]
