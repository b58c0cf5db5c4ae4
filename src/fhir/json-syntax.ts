// What JSON.parse doesn't tell: where the text stops being JSON and why, how deep it goes, which key stands twice.
// https://www.rfc-editor.org/rfc/rfc8259 and https://hl7.org/fhir/R4/json.html (names in an object are unique)
// Must not make values: that is left to JSON.parse.
import type { Stepwise } from '../turn.ts'

/** A key that an object has twice: `path` is FHIRPath-like, `name[0].family`; line and column count from 1. */
export type DuplicateKey = { readonly path: string; readonly line: number; readonly column: number }

const QUOTE = 34
const BACKSLASH = 92
const COLON = 58

/** Line and column of an offset, both from 1. */
export function placeOf(text: string, offset: number): { line: number; column: number } {
  let line = 1
  let start = 0
  for (
    let next = text.indexOf('\n');
    next !== -1 && next < offset;
    next = text.indexOf('\n', start)
  ) {
    line++
    start = next + 1
  }
  return { line, column: offset - start + 1 }
}

/** Offset of the quote that ends a string; the length of the text when none does. */
export function stringEnd(text: string, open: number): number {
  for (let end = text.indexOf('"', open + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let before = end - 1
    while (text.charCodeAt(before) === BACKSLASH) before--
    if ((end - before) % 2 === 1) return end
  }
  return text.length
}

/** What can be told of JSON text before it is parsed. */
export type Survey = {
  /** Greatest nesting of arrays and objects; counting ends one above the limit. */
  readonly depth: number
  /** Values, at least as many as there are. */
  readonly values: number
  /** Names of members, in all objects. */
  readonly keys: number
}

/** Linear in the text; syntax errors don't matter. */
export function survey(text: string, maxDepth: number): Survey {
  let depth = 0
  let deepest = 0
  let values = 1
  let keys = 0
  for (let i = 0; i < text.length; i++) {
    switch (text.charCodeAt(i)) {
      case QUOTE:
        i = stringEnd(text, i)
        break
      case COLON:
        keys++
        break
      case 44:
        values++
        break
      case 123:
      case 91:
        values++
        if (++depth > deepest) deepest = depth
        if (depth > maxDepth) return { depth: deepest, values, keys }
        break
      case 125:
      case 93:
        depth--
        break
    }
  }
  return { depth: deepest, values, keys }
}

type Level = { keys: string[]; set: Set<string> | undefined; index: number; key: string }

/** Tokens, or characters between them, after which work stops for others. */
const STEP = 8192

/**
 * The first key that occurs twice in one object, or undefined. Expects text that JSON.parse takes.
 * Keys are compared as written, or decoded when they hold an escape.
 */
export function* findDuplicateKey(text: string): Stepwise<DuplicateKey | undefined> {
  const stack: Level[] = []
  let level: Level = { keys: [], set: undefined, index: -1, key: '' }
  for (let i = 0, done = 0; i < text.length; i++) {
    if (++done % STEP === 0) yield
    switch (text.charCodeAt(i)) {
      case QUOTE: {
        const end = stringEnd(text, i)
        let next = end + 1
        while (text.charCodeAt(next) <= 32) next++
        if (text.charCodeAt(next) === COLON) {
          const written = text.slice(i + 1, end)
          const key = written.includes('\\') ? (JSON.parse(`"${written}"`) as string) : written
          level.key = key
          if (seen(level, key)) return { path: pathOf([...stack, level]), ...placeOf(text, i) }
        }
        i = next - 1
        break
      }
      case 123:
        stack.push(level)
        level = { keys: [], set: undefined, index: -1, key: '' }
        break
      case 91:
        stack.push(level)
        level = { keys: [], set: undefined, index: 0, key: '' }
        break
      case 44:
        if (level.index >= 0) level.index++
        break
      case 125:
      case 93:
        level = stack.pop() ?? level
        break
    }
  }
  return undefined
}

function seen(level: Level, key: string): boolean {
  // Objects are small: a list beats a set until it doesn't.
  if (level.set !== undefined) {
    if (level.set.has(key)) return true
    level.set.add(key)
    return false
  }
  if (level.keys.includes(key)) return true
  level.keys.push(key)
  if (level.keys.length > 24) level.set = new Set(level.keys)
  return false
}

const pathOf = (levels: readonly Level[]): string =>
  levels.reduce(
    (path, { key, index }) =>
      index >= 0 ? `${path}[${index}]` : key === '' ? path : path === '' ? key : `${path}.${key}`,
    '',
  )

const TOKEN =
  /([{}[\],:])|(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.+-])/y
const SPACE = /[ \t\n\r]*/y

/**
 * Where text that JSON.parse refused stops being JSON, and what was expected there.
 * `offset` counts UTF-16 units from 0; at the end of the text it is the text's length.
 */
export function* syntaxProblem(text: string): Stepwise<{ offset: number; expected: string }> {
  const stack: ('{' | '[')[] = []
  // What may come next: v value, e value or ], k key, K key or }, c colon, s separator or end.
  let state = 'v'
  let at = 0
  for (let done = 1; ; done++) {
    if (done % STEP === 0) yield
    if (state === 's' && stack.length === 0) state = 'end'
    SPACE.lastIndex = at
    SPACE.exec(text)
    const start = SPACE.lastIndex
    if (start >= text.length) {
      return {
        offset: text.length,
        expected: `the text ends, expected ${expectation(state, stack)}`,
      }
    }
    const problem = { offset: start, expected: `expected ${expectation(state, stack)}` }
    const string = text[start] === '"'
    let mark: string | undefined
    if (string) {
      if (!'veKk'.includes(state)) return problem
      const end = readString(text, start)
      if (typeof end !== 'number') return end
      at = end
    } else {
      TOKEN.lastIndex = start
      const token = TOKEN.exec(text)
      if (token === null) return problem
      mark = token[1]
      at = TOKEN.lastIndex
    }
    if ((state === 'v' || state === 'e') && (mark === '{' || mark === '[')) {
      stack.push(mark)
      state = mark === '{' ? 'K' : 'e'
    } else if ((state === 'v' || state === 'e') && mark === undefined) {
      state = 's'
    } else if ((state === 'k' || state === 'K') && string) {
      state = 'c'
    } else if (state === 'c' && mark === ':') {
      state = 'v'
    } else if (state === 's' && mark === ',') {
      state = stack.at(-1) === '{' ? 'k' : 'v'
    } else if (
      (mark === '}' && stack.at(-1) === '{' && (state === 's' || state === 'K')) ||
      (mark === ']' && stack.at(-1) === '[' && (state === 's' || state === 'e'))
    ) {
      stack.pop()
      state = 's'
    } else {
      return problem
    }
  }
}

function expectation(state: string, stack: readonly string[]): string {
  switch (state) {
    case 'k':
      return 'a property name in double quotes'
    case 'K':
      return 'a property name in double quotes or "}"'
    case 'c':
      return '":"'
    case 's':
      return stack.at(-1) === '{' ? '"," or "}"' : '"," or "]"'
    case 'e':
      return 'a value or "]"'
    case 'end':
      return 'nothing more'
    default:
      return 'a value'
  }
}

/** Offset after the closing quote, or what is wrong in between. */
function readString(text: string, start: number): number | { offset: number; expected: string } {
  for (let i = start + 1; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c === QUOTE) return i + 1
    if (c < 32) return { offset: i, expected: 'a control character in a string must be escaped' }
    if (c === BACKSLASH) {
      if (!/^\\(?:["\\/bfnrt]|u[\da-fA-F]{4})/.test(text.slice(i, i + 6))) {
        return {
          offset: i,
          expected: 'expected one of the escapes \\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX',
        }
      }
      i++
    }
  }
  return { offset: text.length, expected: 'the text ends inside a string' }
}
