// Parses the part of FHIRPath that search parameters use into plain steps, one list for each branch of a union.
// https://hl7.org/fhir/R4/searchparameter-registry.html and http://hl7.org/fhirpath/N1/
// Must not evaluate anything. What lies beyond this part gives undefined, and a real FHIRPath engine is asked instead.

export type Step =
  /** A type's name at the beginning, or an element. */
  | { readonly kind: 'member'; readonly name: string }
  /** `%resource` or `%context` at the beginning. */
  | { readonly kind: 'variable'; readonly name: string }
  /** `ofType(T)`, `as(T)`, `as T`. */
  | { readonly kind: 'type'; readonly type: string }
  /** `where(a.b = 'text')`, also written `extension('url')`. */
  | { readonly kind: 'where'; readonly names: readonly string[]; readonly equals: string }
  /** `where(resolve() is T)`. */
  | { readonly kind: 'resolve'; readonly type: string }
  | { readonly kind: 'index'; readonly index: number }
  /** `X.exists() and X != false`: true where the element is there and isn't false, false otherwise. */
  | { readonly kind: 'truth' }

/** Steps from the root to the values. */
export type Branch = readonly Step[]

const TOKEN = /\s*(?:([A-Za-z_]\w*)|'((?:[^'\\]|\\.)*)'|(\d+)|(%\w+)|(!=|[().|=[\]]))/y

type Token = {
  readonly kind: 'name' | 'text' | 'number' | 'variable' | 'sign'
  readonly text: string
}

function tokenise(text: string): readonly Token[] | undefined {
  const tokens: Token[] = []
  const end = text.trimEnd().length
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < end) {
    const found = TOKEN.exec(text)
    if (!found) return undefined
    const [, name, quoted, number, variable, sign] = found
    if (name !== undefined) tokens.push({ kind: 'name', text: name })
    else if (quoted !== undefined) {
      tokens.push({ kind: 'text', text: quoted.replace(/\\(.)/g, '$1') })
    } else if (number !== undefined) tokens.push({ kind: 'number', text: number })
    else if (variable !== undefined) tokens.push({ kind: 'variable', text: variable })
    else tokens.push({ kind: 'sign', text: sign ?? '' })
  }
  return tokens
}

class Unsupported extends Error {}

/** The branches of an expression; undefined when it uses more than the steps above. */
export function parseExpression(text: string): readonly Branch[] | undefined {
  const tokens = tokenise(text)
  if (!tokens) return undefined
  let at = 0
  const peek = (sign: string): boolean => tokens[at]?.text === sign && tokens[at]?.kind !== 'text'
  const take = (kind?: Token['kind']): string => {
    const token = tokens[at++]
    if (!token || (kind !== undefined && token.kind !== kind)) throw new Unsupported()
    return token.text
  }
  const accept = (sign: string): boolean => {
    if (!peek(sign)) return false
    at++
    return true
  }
  const expect = (sign: string): void => {
    if (!accept(sign)) throw new Unsupported()
  }

  const union = (): readonly Branch[] => {
    const branches = [...conjunction()]
    while (accept('|')) branches.push(...conjunction())
    return branches
  }

  const conjunction = (): readonly Branch[] => {
    const start = at
    const left = typed()
    if (!peek('exists')) return left
    // The only use of `and` in R4: X.exists() and X != false.
    at = start
    const subject = path()
    expect('exists')
    expect('(')
    expect(')')
    expect('and')
    const again = typed()
    expect('!=')
    expect('false')
    const [one] = subject
    if (subject.length !== 1 || again.length !== 1 || !one) throw new Unsupported()
    if (JSON.stringify(one) !== JSON.stringify(again[0])) throw new Unsupported()
    return [[...one, { kind: 'truth' }]]
  }

  const typed = (): readonly Branch[] => {
    const branches = path()
    if (!accept('as')) return branches
    const type = take('name')
    return branches.map((branch) => [...branch, { kind: 'type', type }])
  }

  // Stops before `.exists`, which only conjunction() understands.
  const path = (): readonly Branch[] => {
    let branches: readonly Branch[]
    if (accept('(')) {
      branches = union()
      expect(')')
    } else {
      const token = tokens[at]
      if (token?.kind === 'variable') branches = [[{ kind: 'variable', name: take() }]]
      else branches = [invocation(take('name'))]
    }
    for (;;) {
      if (accept('[')) {
        const index = Number(take('number'))
        expect(']')
        branches = branches.map((branch) => [...branch, { kind: 'index', index }])
      } else if (accept('.')) {
        if (peek('exists')) return branches
        const steps = invocation(take('name'))
        branches = branches.map((branch) => [...branch, ...steps])
      } else return branches
    }
  }

  const invocation = (name: string): readonly Step[] => {
    if (!accept('(')) return [{ kind: 'member', name }]
    let steps: readonly Step[]
    if (name === 'ofType' || name === 'as') steps = [{ kind: 'type', type: take('name') }]
    else if (name === 'where') steps = [condition()]
    else if (name === 'extension') {
      const url: Step = { kind: 'where', names: ['url'], equals: take('text') }
      steps = [{ kind: 'member', name }, url]
    } else throw new Unsupported()
    expect(')')
    return steps
  }

  const condition = (): Step => {
    if (accept('resolve')) {
      expect('(')
      expect(')')
      expect('is')
      return { kind: 'resolve', type: take('name') }
    }
    const names = [take('name')]
    while (accept('.')) names.push(take('name'))
    expect('=')
    return { kind: 'where', names, equals: take('text') }
  }

  try {
    const branches = union()
    return at === tokens.length ? branches : undefined
  } catch (error) {
    if (error instanceof Unsupported) return undefined
    throw error
  }
}
