// The language of `_filter` as a tree: comparisons, `and`, `or`, `not`, brackets.
// https://hl7.org/fhir/R4/search_filter.html
// Must not know what a parameter or an operator means; each error says at which character it is.
import { fail } from '../errors.ts'
import { parseName } from './parse.ts'
import type { NameStep } from './parse.ts'

/** One step of a path; `where` is what stands in brackets behind it. */
export type FilterStep = NameStep & { readonly where?: FilterNode }

export type FilterNode =
  | { readonly kind: 'and' | 'or'; readonly of: readonly FilterNode[] }
  | { readonly kind: 'not'; readonly of: FilterNode }
  | {
      readonly kind: 'compare'
      readonly steps: readonly FilterStep[]
      readonly op: string
      readonly value: string
      /** Character of the text that it begins with, from 1. */
      readonly place: number
    }

/** Brackets within brackets at most. */
const DEEPEST = 20
/** Comparisons of a filter at most: each is a search of its own. */
const MOST = 200

const SPACE = /\s*/y
const PATH = /[A-Za-z_][\w:.-]*/y
const WORD = /[A-Za-z]+/y
const QUOTED = /"(?:[^"\\]|\\.)*"/y

/**
 * Operators bind from left to right, `and` no closer than `or`.
 * @throws Failure `parameter` that says where and what would be right
 */
export function parseFilter(text: string, name: string): FilterNode {
  let at = 0
  let comparisons = 0

  const refuse = (right: string, place = at): Error =>
    fail('parameter', `At character ${place + 1} of the filter: ${right}`, name)
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at
    const found = pattern.exec(text)?.[0]
    if (found !== undefined) at += found.length
    return found
  }
  const skip = (): void => void match(SPACE)
  const accept = (sign: string): boolean => {
    if (text[at] !== sign) return false
    at++
    return true
  }
  const expect = (sign: string): void => {
    skip()
    if (!accept(sign)) throw refuse(`expected "${sign}"`)
  }
  /** A word, when it is one of these; otherwise nothing was read. */
  const word = (...words: string[]): string | undefined => {
    const start = at
    const found = match(WORD)
    const isEnd = at >= text.length || /[\s(]/.test(text[at] ?? '')
    if (found !== undefined && isEnd && words.includes(found)) return found
    at = start
    return undefined
  }

  const filter = (depth: number): FilterNode => {
    if (depth > DEEPEST) throw refuse(`brackets go ${DEEPEST} deep at most`)
    let left = term(depth)
    for (;;) {
      skip()
      const joint = word('and', 'or') as 'and' | 'or' | undefined
      if (joint === undefined) return left
      const right = term(depth)
      left =
        left.kind === joint
          ? { kind: joint, of: [...left.of, right] }
          : { kind: joint, of: [left, right] }
    }
  }

  const term = (depth: number): FilterNode => {
    skip()
    if (accept('(')) {
      const inner = filter(depth + 1)
      expect(')')
      // In brackets it is one thing, whatever stands beside it.
      return inner.kind === 'compare' || inner.kind === 'not' ? inner : { kind: 'and', of: [inner] }
    }
    const start = at
    if (word('not') !== undefined) {
      skip()
      if (accept('(')) {
        const inner = filter(depth + 1)
        expect(')')
        return { kind: 'not', of: inner }
      }
      at = start
    }
    return comparison(depth)
  }

  const comparison = (depth: number): FilterNode => {
    const place = at + 1
    if (++comparisons > MOST) throw refuse(`a filter has ${MOST} comparisons at most`)
    const steps: FilterStep[] = []
    for (;;) {
      const path = match(PATH)
      if (path === undefined) throw refuse('expected the name of a parameter')
      if (text[at] !== '[') {
        steps.push(...parseName(path))
        break
      }
      at++
      const where = filter(depth + 1)
      expect(']')
      if (!accept('.')) throw refuse('expected "." and a parameter behind "]"')
      const parsed = parseName(path)
      steps.push(...parsed.slice(0, -1), { ...(parsed.at(-1) ?? { code: '' }), where })
    }
    skip()
    const op = match(WORD)
    if (op === undefined) throw refuse('expected an operator such as eq, co or ge')
    skip()
    return { kind: 'compare', steps, op, value: value(), place }
  }

  const value = (): string => {
    const start = at
    if (text[at] === '"') {
      const quoted = match(QUOTED)
      if (quoted === undefined) throw refuse('the quote has no end')
      try {
        return JSON.parse(quoted) as string
      } catch {
        throw refuse('that is no string of JSON', start)
      }
    }
    // Brackets may stand in a value (mm[Hg]) as long as they are closed there.
    let open = 0
    for (; at < text.length; at++) {
      const sign = text[at] ?? ''
      if (/\s/.test(sign)) break
      if (sign === '(' || sign === '[') open++
      else if (sign === ')' || sign === ']') {
        if (open === 0) break
        open--
      }
    }
    if (at === start) throw refuse('expected a value')
    return text.slice(start, at)
  }

  const tree = filter(0)
  skip()
  if (at < text.length) throw refuse('expected "and", "or" or the end')
  return tree
}
