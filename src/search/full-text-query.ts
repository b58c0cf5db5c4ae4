// What `_text` and `_content` ask: words that must all occur, "phrases", begin*, AND, OR, NOT and brackets.
// https://hl7.org/fhir/R4/search.html#text shows `(bone OR liver) and metastases` and leaves the rest to the server.
// Must take time in proportion to the length of the value.
import { fail } from '../errors.ts'
import type { Failure } from '../errors.ts'
import { shown } from './emit.ts'
import type { IndexPath } from './entry.ts'
import type { Condition, WordsQuery } from './plan.ts'
import { isHangul, pairOf, wordsOf } from './words.ts'

/** Brackets in brackets. */
const DEEPEST = 20

// A comma is an alternative in any value of a search. A backslash before it makes it a mere separator.
const TOKEN = /"((?:[^"\\]|\\.)*)"(\*?)|\\.|-(?=["(])|[(),]|(?:[^\s"(),\\]|\\(?=[^,]))+|"/g

type Token =
  | { readonly kind: '(' | ')' | 'or' | 'and' | 'not' }
  | { readonly kind: 'words'; readonly of: WordsQuery }

/**
 * The condition of a value, on the words at the paths.
 * @throws Failure `parameter` for one that asks for nothing, or whose quotes and brackets don't pair
 */
export function fullTextCondition(
  value: string,
  paths: readonly IndexPath[],
  at: string,
): Condition {
  const wrong = (says: string): Failure => fail('parameter', `${shown(value)} ${says}`, at)
  const tokens = tokensOf(value, wrong)
  let next = 0
  let depth = 0

  const either = (): Condition => {
    const of = [all()]
    while (tokens[next]?.kind === 'or') {
      next++
      of.push(all())
    }
    return joined('any', of)
  }
  const all = (): Condition => {
    const of = [one()]
    for (;;) {
      const kind = tokens[next]?.kind
      if (kind === undefined || kind === ')' || kind === 'or') return joined('all', of)
      if (kind === 'and') next++
      of.push(one())
    }
  }
  const one = (): Condition => {
    let isNot = false
    for (; tokens[next]?.kind === 'not'; next++) isNot = !isNot
    const found = plain()
    return isNot ? { kind: 'not', of: found } : found
  }
  const plain = (): Condition => {
    const token = tokens[next++]
    if (token?.kind === 'words') return { kind: 'words', paths, of: token.of }
    if (token?.kind !== '(') throw wrong('needs a word or a phrase beside each AND, OR and NOT')
    if (++depth > DEEPEST) throw wrong(`has more than ${DEEPEST} brackets in each other`)
    const inner = either()
    if (tokens[next++]?.kind !== ')') throw wrong('has a bracket that is not closed')
    depth--
    return inner
  }

  if (!tokens.some(({ kind }) => kind === 'words')) throw wrong('has no letter or digit to find')
  const found = either()
  if (next < tokens.length) throw wrong('closes a bracket that is not open')
  return found
}

function tokensOf(value: string, wrong: (says: string) => Failure): readonly Token[] {
  const tokens: Token[] = []
  for (const { 0: text, 1: phrase, 2: star, index } of value.matchAll(TOKEN)) {
    if (phrase !== undefined) {
      const of = phraseOf(wordsOf(phrase), star === '*')
      if (of !== undefined) tokens.push({ kind: 'words', of })
    } else if (text === '"') throw wrong('has a quotation mark that is not closed')
    else if (text === '(' || text === ')') tokens.push({ kind: text })
    else if (text === ',' || text === 'OR' || text === 'or') tokens.push({ kind: 'or' })
    else if (text === 'AND' || text === 'and') tokens.push({ kind: 'and' })
    else if (text === 'NOT' || isMinus(value, index, text)) tokens.push({ kind: 'not' })
    else tokens.push(...termOf(text))
  }
  return tokens
}

/** A minus right before a phrase or a bracket; by itself it is a dash. */
const isMinus = (value: string, index: number, text: string): boolean =>
  text === '-' && /^["(]/.test(value.charAt(index + 1))

/** A term as it stands between spaces; none for one without a letter or digit. */
function termOf(text: string): Token[] {
  const words = wordsOf(text)
  const last = words.at(-1)
  if (last === undefined) return []
  // 혈압 is to be found in 혈압이 and 혈압을; what is in quotation marks stands as it is.
  const of = phraseOf(words, text.endsWith('*') || isHangul(last))
  const asked: Token[] = of === undefined ? [] : [{ kind: 'words', of }]
  return text.startsWith('-') ? [{ kind: 'not' }, ...asked] : asked
}

function phraseOf(words: readonly string[], isBeginning: boolean): WordsQuery | undefined {
  const op = isBeginning ? 'starts' : 'is'
  const [first, ...rest] = words
  if (first === undefined) return undefined
  if (rest.length === 0) return { op, word: first }
  const of = rest.map((word, i): WordsQuery => ({
    op: i === rest.length - 1 ? op : 'is',
    word: pairOf(words[i] ?? '', word),
  }))
  return of.length === 1 && of[0] ? of[0] : { op: 'all', of }
}

// What stores can look up at once stays in one query; a NOT is tested on what that finds.
function joined(op: 'all' | 'any', of: readonly Condition[]): Condition {
  const [only] = of
  if (of.length === 1 && only !== undefined) return only
  const queries: WordsQuery[] = []
  const others: Condition[] = []
  let paths: readonly IndexPath[] = []
  for (const one of of) {
    if (one.kind !== 'words') others.push(one)
    else {
      queries.push(one.of)
      paths = one.paths
    }
  }
  const [query] = queries
  if (query === undefined) return { kind: op === 'all' ? 'and' : 'or', of: others }
  const words: Condition = {
    kind: 'words',
    paths,
    of: queries.length === 1 ? query : { op, of: queries },
  }
  return others.length === 0 ? words : { kind: op === 'all' ? 'and' : 'or', of: [words, ...others] }
}
