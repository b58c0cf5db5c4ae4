// FHIRPath, by the engine of this name; no other file imports it.
// https://hl7.org/fhir/R4/fhirpath.html
// The engine takes 100 ms and 30 MB to load, so it is loaded when the first expression is compiled. Must not reach
// the network (resolve() and memberOf() are refused), write to the console (trace()) or run without bounds.

import { createRequire } from 'node:module'
import type * as Engine from 'fhirpath'
import { Failure, fail } from '../errors.ts'
import type { Resource } from './message.ts'
import type { CompiledPath } from './path-compile.ts'
import { Unevaluable } from './path-value.ts'

/** Variables of an expression: `{ x: 1 }` is `%x`. `%resource` and `%rootResource` are set unless given. */
export type Environment = Readonly<Record<string, unknown>>

/** Takes a resource with plain numbers (`parseJson`); gives plain values. */
export type Evaluate = (resource: unknown, environment?: Environment) => unknown[]

/**
 * The way from a resource to one of its elements. `name` is the element's: for a choice `deceased` or, after
 * children(), `deceasedBoolean`; `index` where it repeats.
 */
export type Steps = readonly { readonly name: string; readonly index: number | undefined }[]

type Loaded = { engine: typeof Engine; model: Engine.Model }
let loaded: Loaded | undefined

function load(): Loaded {
  if (loaded === undefined) {
    const require = createRequire(import.meta.url)
    loaded = {
      engine: require('fhirpath') as typeof Engine,
      model: require('fhirpath/fhir-context/r4') as Engine.Model,
    }
  }
  return loaded
}

/** Load the engine now, where the time that the first expression takes must be its own. */
export const loadEngine = (): void => void load()

const CACHED = 1000
const MAX_LENGTH = 10_000
/** Bounds on a client's expression: characters, and steps of the engine with the values that they give. */
const MAX_SELECTION_LENGTH = 1000
const MAX_STEPS = 50_000
/** Values on either side of a `|`. */
const MAX_UNITED = 300

const evaluators = new Map<string, Evaluate>()
const bounded = new Map<string, (resource: unknown) => unknown[]>()
const invariants = new Map<string, CompiledPath>()
const selections = new Map<string, (resource: Resource) => (Steps | undefined)[]>()

/**
 * An expression of a definition that is trusted: of a profile or a search parameter.
 * @example compileFhirPath('Patient.name.given')(patient) // ['Min-jun']
 * @throws Failure `malformed` where it doesn't parse; what it returns throws `invalid` where it can't be evaluated
 */
export function compileFhirPath(expression: string): Evaluate {
  return kept(evaluators, expression, () => {
    const run = compile(expression, {})
    return (resource, environment = {}) =>
      run(resource, { resource, rootResource: resource, ...environment })
  })
}

/**
 * An expression of a client, as what it selects in a resource: the places of elements, undefined for each value
 * that is computed. Functions that rewrite text or collect it are refused, the engine's steps are bounded.
 * @throws Failure as {@link compileFhirPath}
 */
export function compileSelection(
  expression: string,
): (resource: Resource) => (Steps | undefined)[] {
  if (expression.length > MAX_SELECTION_LENGTH) {
    throw fail(
      'malformed',
      `A FHIRPath expression may have ${MAX_SELECTION_LENGTH} characters here`,
    )
  }
  return kept(selections, expression, () => {
    let left = 0
    // The operator of union(), which the table of functions can't refuse, compares each with each.
    const most = expression.includes('|') ? MAX_UNITED : MAX_STEPS
    const run = compile(expression, {
      resolveInternalTypes: false,
      userInvocationTable: REFUSED,
      debugger: (_context, _focus, result: unknown) => {
        const length = Array.isArray(result) ? result.length : 0
        left -= 1 + length
        if (left < 0 || length > most)
          throw fail('too-costly', 'The FHIRPath expression takes too many steps')
      },
    })
    return (resource) => {
      left = MAX_STEPS
      return run(resource, { resource, rootResource: resource }).map((node) =>
        stepsOf(node, resource),
      )
    }
  })
}

/** Steps and values of a bounded expression on one resource: some milliseconds. */
const MOST_BOUNDED = 20_000

/**
 * An expression of a search parameter that anybody may have added, as the values that it selects: bounded in its steps,
 * which are the same everywhere, and without what compileSelection refuses.
 * @throws Failure as {@link compileFhirPath}; what it returns throws also `too-costly`
 */
export function compileBounded(expression: string): (resource: unknown) => unknown[] {
  return kept(bounded, expression, () => {
    let left = 0
    const most = expression.includes('|') ? MAX_UNITED : MOST_BOUNDED
    const run = compile(expression, {
      userInvocationTable: REFUSED,
      debugger: (_context, _focus, result: unknown) => {
        const length = Array.isArray(result) ? result.length : 0
        left -= 1 + length
        if (left < 0 || length > most)
          throw fail('too-costly', 'The FHIRPath expression takes too many steps')
      },
    })
    return (resource) => {
      left = MOST_BOUNDED
      return run(resource, { resource, rootResource: resource })
    }
  })
}

/** Steps of the engine that an invariant of a profile may take, and values in one of them. */
const MAX_INVARIANT_STEPS = 200_000

/**
 * An invariant that path-compile.ts can't compile, about a value of a type. Must not take for ever: the steps are
 * bounded, and what rewrites or matches text isn't evaluated.
 * @throws Unevaluable in evaluating, also for an expression that doesn't parse
 */
export function compileInvariant(expression: string, type: string): CompiledPath {
  const key = `${type} ${expression}`
  return kept(invariants, key, () => {
    let left = 0
    let run: ReturnType<typeof compile> | undefined
    try {
      run = compile(
        { base: type, expression },
        {
          resolveInternalTypes: false,
          userInvocationTable: UNBOUNDED,
          debugger: (_context, _focus, result: unknown) => {
            left -= 1 + (Array.isArray(result) ? result.length : 0)
            if (left < 0) throw fail('too-costly', 'The FHIRPath expression takes too many steps')
          },
        },
      )
    } catch (error) {
      if (!(error instanceof Failure)) throw error
    }
    return (value, { resource, rootResource, extension }) => {
      left = MAX_INVARIANT_STEPS
      if (run === undefined) throw new Unevaluable()
      try {
        return run(value, { resource, rootResource, extension })
      } catch (error) {
        throw error instanceof Failure ? new Unevaluable() : error
      }
    }
  })
}

// Regular expressions can take for ever on a text of thirty characters, and text or lists that double with each call
// fill the memory in one step; sets compare each with each. None of these is needed to find an element.
const REFUSED: Engine.UserInvocationTable = Object.fromEntries(
  [
    ...['matches', 'matchesFull', 'replaceMatches', 'replace', 'join', 'split', 'toChars'],
    ...[
      'encode',
      'decode',
      'escape',
      'unescape',
      'aggregate',
      'combine',
      'repeat',
      'defineVariable',
    ],
    ...['distinct', 'isDistinct', 'union', 'intersect', 'exclude', 'subsetOf', 'supersetOf'],
  ].map((name) => [
    name,
    {
      fn: () => {
        throw fail('invalid', `${name}() is not allowed in the FHIRPath expression of a request`)
      },
      arity: { 0: [], 1: ['Any'], 2: ['Any', 'Any'] },
      nullable: true,
    },
  ]),
)

/** What may never end, whatever the steps. */
const UNBOUNDED: Engine.UserInvocationTable = Object.fromEntries(
  Object.entries(REFUSED).filter(([name]) => /match|repeat|aggregate|defineVariable/i.test(name)),
)

function compile(
  expression: string | { readonly base: string; readonly expression: string },
  options: Engine.Options,
): (resource: unknown, environment: Environment) => unknown[] {
  const text = typeof expression === 'string' ? expression : expression.expression
  if (text.length > MAX_LENGTH) throw fail('malformed', 'The FHIRPath expression is too long')
  const { engine, model } = load()
  let compiled: (resource: unknown, environment: Environment) => unknown[]
  try {
    compiled = engine.compile(expression, model, {
      async: false,
      preciseMath: true,
      traceFn: () => {},
      ...options,
    })
  } catch (error) {
    const [, line, column] = /^line: (\d+); column: (\d+)/.exec((error as Error).message) ?? []
    const place = line === undefined ? '' : ` at line ${line}, column ${Number(column) + 1}`
    throw fail('malformed', `The FHIRPath expression does not parse${place}`)
  }
  return (resource, environment) => {
    try {
      return compiled(resource, environment)
    } catch (error) {
      if (error instanceof Failure) throw error
      throw fail('invalid', 'The FHIRPath expression cannot be evaluated')
    }
  }
}

function stepsOf(node: unknown, resource: Resource): Steps | undefined {
  const steps: Steps[number][] = []
  let at = node as Engine.ResourceNode | null | undefined
  while (at?.parentResNode) {
    if (typeof at.propName !== 'string') return undefined
    steps.unshift({ name: at.propName, index: at.index ?? undefined })
    at = at.parentResNode
  }
  return at?.data === resource ? steps : undefined
}

function kept<T>(cache: Map<string, T>, key: string, make: () => T): T {
  let value = cache.get(key)
  if (value === undefined) {
    value = make()
    // The oldest goes: definitions have a few hundred expressions, patches any number.
    if (cache.size >= CACHED) cache.delete(cache.keys().next().value as string)
    cache.set(key, value)
  }
  return value
}
