// The syntax of FHIRPath, as far as invariants use it: text → tree.
// http://hl7.org/fhirpath/N1/#grammar
// Must not guess: what it doesn't know (dates and quantities as literals, for example) gives undefined, and the
// engine in fhirpath.ts is asked instead.

export type Expression =
  | { readonly kind: 'literal'; readonly value: string | number | boolean }
  | { readonly kind: 'empty' }
  | { readonly kind: 'this' }
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'member'; readonly of: Expression | undefined; readonly name: string }
  | { readonly kind: 'index'; readonly of: Expression; readonly at: Expression }
  | {
      readonly kind: 'call'
      readonly of: Expression | undefined
      readonly name: string
      readonly parameters: readonly Expression[]
    }
  | {
      readonly kind: 'operator'
      readonly op: string
      readonly left: Expression
      readonly right: Expression
    }
  | {
      readonly kind: 'type'
      readonly op: 'is' | 'as'
      readonly of: Expression
      readonly type: string
    }

const TOKEN =
  /\s*(?:(\/\/[^\n]*|\/\*[^]*?\*\/)|('(?:[^'\\]|\\.)*')|(`(?:[^`\\]|\\.)*`)|(\d+(?:\.\d+)?)|(%?[A-Za-z_][A-Za-z0-9_]*|%`[^`]*`|%'[^']*')|(\$this)|(<=|>=|!=|!~|[=~<>|&+\-*/(){}[\].,]))/y

/** Loosest first; each is left-associative. */
const LEVELS: readonly (readonly string[])[] = [
  ['implies'],
  ['or', 'xor'],
  ['and'],
  ['in', 'contains'],
  ['=', '!=', '~', '!~'],
  ['<', '>', '<=', '>='],
  ['|'],
  ['is', 'as'],
  ['+', '-', '&'],
  ['*', '/', 'div', 'mod'],
]

/** Parts inside parts at most. */
const DEEPEST = 200

class Unknown extends Error {}

/** @returns undefined for what isn't FHIRPath, or more of it than this knows */
export function parsePath(text: string): Expression | undefined {
  let tokens: readonly string[]
  try {
    tokens = tokensOf(text)
    return parse(tokens)
  } catch (error) {
    if (error instanceof Unknown) return undefined
    throw error
  }
}

function tokensOf(text: string): readonly string[] {
  const tokens: string[] = []
  const end = text.trimEnd().length
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < end) {
    const found = TOKEN.exec(text)
    if (found === null) throw new Unknown()
    const [, comment, ...parts] = found
    if (comment === undefined) tokens.push(parts.find((part) => part !== undefined) ?? '')
  }
  return tokens
}

function parse(tokens: readonly string[]): Expression {
  let at = 0
  let depth = 0

  const expect = (token: string): void => {
    if (tokens[at] !== token) throw new Unknown()
    at += 1
  }

  const binary = (level: number): Expression => {
    const ops = LEVELS[level]
    if (ops === undefined) return unary()
    let left = binary(level + 1)
    for (let op = tokens[at]; op !== undefined && ops.includes(op); op = tokens[at]) {
      at += 1
      if (op === 'is' || op === 'as') left = { kind: 'type', op, of: left, type: typeName() }
      else left = { kind: 'operator', op, left, right: binary(level + 1) }
    }
    return left
  }

  const typeName = (): string => {
    const name = tokens[at] ?? ''
    if (!/^[A-Za-z]\w*$/.test(name)) throw new Unknown()
    at += 1
    if (tokens[at] !== '.') return name
    at += 1
    return `${name}.${typeName()}`
  }

  const unary = (): Expression => {
    if (tokens[at] === '-' || tokens[at] === '+') throw new Unknown()
    let left = term()
    for (;;) {
      if (tokens[at] === '.') {
        at += 1
        left = invocation(left)
      } else if (tokens[at] === '[') {
        at += 1
        const index = whole()
        expect(']')
        left = { kind: 'index', of: left, at: index }
      } else return left
    }
  }

  const invocation = (of: Expression | undefined): Expression => {
    const token = tokens[at] ?? ''
    if (token === '$this') {
      at += 1
      return { kind: 'this' }
    }
    const name = token.startsWith('`') ? token.slice(1, -1) : token
    if (!/^[A-Za-z_]\w*$/.test(name)) throw new Unknown()
    at += 1
    if (tokens[at] !== '(') return { kind: 'member', of, name }
    at += 1
    const parameters: Expression[] = []
    while (tokens[at] !== ')') {
      if (parameters.length > 0) expect(',')
      parameters.push(whole())
    }
    at += 1
    return { kind: 'call', of, name, parameters }
  }

  const term = (): Expression => {
    const token = tokens[at] ?? ''
    if (token === '(') {
      at += 1
      const inner = whole()
      expect(')')
      return inner
    }
    if (token === '{') {
      at += 1
      expect('}')
      return { kind: 'empty' }
    }
    if (token.startsWith("'")) {
      at += 1
      return { kind: 'literal', value: unescaped(token.slice(1, -1)) }
    }
    if (/^\d/.test(token)) {
      at += 1
      // A number with a unit is a quantity.
      if (/^(year|month|week|day|hour|minute|second|millisecond)s?$|^'/.test(tokens[at] ?? ''))
        throw new Unknown()
      return { kind: 'literal', value: Number(token) }
    }
    if (token === 'true' || token === 'false') {
      at += 1
      return { kind: 'literal', value: token === 'true' }
    }
    if (token.startsWith('%')) {
      at += 1
      return { kind: 'variable', name: token.slice(1).replace(/^[`']|[`']$/g, '') }
    }
    return invocation(undefined)
  }

  const whole = (): Expression => {
    depth += 1
    if (depth > DEEPEST) throw new Unknown()
    const expression = binary(0)
    depth -= 1
    return expression
  }

  const expression = whole()
  if (at < tokens.length) throw new Unknown()
  return expression
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', f: '\f' }

const unescaped = (text: string): string =>
  text.replace(/\\(?:u([0-9a-fA-F]{4})|(.))/g, (_, hex: string | undefined, other: string) =>
    hex === undefined ? (ESCAPES[other] ?? other) : String.fromCharCode(Number.parseInt(hex, 16)),
  )
