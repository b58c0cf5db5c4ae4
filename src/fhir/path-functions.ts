// The functions of compiled FHIRPath.
// http://hl7.org/fhirpath/N1/#functions and https://hl7.org/fhir/R4/fhirpath.html#functions
// Must not run without bounds: regular expressions that may take for ever are given a tenth of a second.
import { runInNewContext } from 'node:vm'
import { distinct } from './path-operators.ts'
import type { Expression } from './path-syntax.ts'
import {
  ANY,
  BOOLEAN,
  EMPTY,
  fromTruth,
  isBare,
  isSame,
  mayBeDates,
  oneOf,
  TRUE,
  truthOf,
  Unevaluable,
  Unsupported,
  type Compiled,
  type Compiler,
} from './path-value.ts'

type Make = (
  on: Compiled,
  parameters: readonly Expression[],
  compiler: Compiler,
  focus: readonly string[],
) => Compiled

const INTEGER: readonly string[] = ['integer']
const STRING: readonly string[] = ['string']

/** A function of the list alone. */
const ofList =
  (test: (values: readonly unknown[]) => readonly unknown[], types?: readonly string[]): Make =>
  (on, parameters) => {
    if (parameters.length > 0) throw new Unsupported('parameters')
    return { run: (input, env) => test(on.run(input, env)), types: types ?? on.types }
  }

/** A function of the one value of the list, and of one parameter. */
const ofText =
  (make: (value: string, parameter: unknown) => unknown, types: readonly string[]): Make =>
  (on, [parameter, ...others], compiler, focus) => {
    if (others.length > 0) throw new Unsupported('parameters')
    const other = parameter === undefined ? undefined : compiler.compile(parameter, focus)
    return {
      run: (input, env) => {
        const value = oneOf(on.run(input, env))
        if (typeof value !== 'string') return EMPTY
        const given = other === undefined ? undefined : oneOf(other.run(input, env))
        if (other !== undefined && given === undefined) return EMPTY
        const result = make(value, given)
        return result === undefined ? EMPTY : [result]
      },
      types,
    }
  }

/** A function of the list and of a criterion that is judged for each value. */
const byCriterion =
  (
    judge: (values: readonly unknown[], test: (value: unknown) => boolean) => readonly unknown[],
    types?: readonly string[],
  ): Make =>
  (on, [criterion], compiler) => {
    if (criterion === undefined) throw new Unsupported('no criterion')
    const { run } = compiler.compile(criterion, on.types)
    return {
      run: (input, env) =>
        judge(on.run(input, env), (value) => truthOf(run([value], env)) === true),
      types: types ?? on.types,
    }
  }

const exists: Make = (on, parameters, compiler, focus) =>
  parameters.length === 0
    ? {
        run: (input, env) => fromTruth(on.run(input, env).length > 0),
        types: BOOLEAN,
      }
    : byCriterion((values, test) => fromTruth(values.some(test)), BOOLEAN)(
        on,
        parameters,
        compiler,
        focus,
      )

const select: Make = (on, [projection], compiler) => {
  if (projection === undefined) throw new Unsupported('select()')
  const { run, types } = compiler.compile(projection, on.types)
  return {
    run: (input, env) => {
      const found: unknown[] = []
      for (const item of on.run(input, env)) found.push(...run([item], env))
      return found
    },
    types,
  }
}

const iif: Make = (on, [condition, yes, no], compiler) => {
  if (condition === undefined || yes === undefined) throw new Unsupported('iif()')
  const test = compiler.compile(condition, on.types)
  const then = compiler.compile(yes, on.types)
  const otherwise = no === undefined ? undefined : compiler.compile(no, on.types)
  return {
    run: (input, env) => {
      const values = on.run(input, env)
      return truthOf(test.run(values, env)) === true
        ? then.run(values, env)
        : (otherwise?.run(values, env) ?? EMPTY)
    },
    types: [...new Set([...then.types, ...(otherwise?.types ?? [])])],
  }
}

/** A function of two lists. */
const ofLists =
  (make: (one: readonly unknown[], other: readonly unknown[]) => readonly unknown[]): Make =>
  (on, [parameter], compiler, focus) => {
    if (parameter === undefined) throw new Unsupported('no parameter')
    const other = compiler.compile(parameter, focus)
    if (mayBeDates(on.types) && !on.types.includes(ANY)) throw new Unsupported('dates in sets')
    return {
      run: (input, env) => make(on.run(input, env), other.run(input, env)),
      types: [...new Set([...on.types, ...other.types])],
    }
  }

const isIn = (value: unknown, list: readonly unknown[]): boolean =>
  list.some((one) => isSame(one, value))

const trace: Make = (on) => on

const hasValue: Make = (on) => ({
  run: (input, env) => {
    const values = on.run(input, env)
    const [value] = values
    return fromTruth(values.length === 1 && (typeof value !== 'object' || value === null))
  },
  types: BOOLEAN,
})

const children = (values: readonly unknown[]): readonly unknown[] => {
  const found: unknown[] = []
  for (const value of values) {
    if (typeof value !== 'object' || value === null || isBare(value)) continue
    for (const [name, child] of Object.entries(value)) {
      if (name === 'resourceType' || name.startsWith('_')) continue
      if (Array.isArray(child)) found.push(...(child as unknown[]))
      else found.push(child)
    }
  }
  return found
}

const descendants = (values: readonly unknown[]): readonly unknown[] => {
  const found: unknown[] = []
  for (let level = children(values); level.length > 0; level = children(level)) {
    for (const one of level) found.push(one)
  }
  return found
}

/** A function of what lies below: its values have the types of the elements there, at one level or at all. */
const below =
  (take: (values: readonly unknown[]) => readonly unknown[], deep: boolean): Make =>
  (on, parameters, { definitions }) => {
    if (parameters.length > 0) throw new Unsupported('parameters')
    const types = new Set<string>()
    const left = [...on.types]
    for (const type of left) {
      if (type === ANY || type === 'Resource') throw new Unsupported('children of any type')
      for (const { type: child } of definitions.properties(type).values()) {
        if (types.has(child.name)) continue
        types.add(child.name)
        // What a contained resource has of a name is found only where that name is the element's in JSON, too.
        if (deep && child.name !== 'Resource') left.push(child.name)
      }
    }
    types.delete('Resource')
    return { run: (input, env) => take(on.run(input, env)), types: [...types] }
  }

const resolve: Make = (on) => ({
  run: (input, env) => {
    const found: unknown[] = []
    for (const item of on.run(input, env)) {
      const reference =
        typeof item === 'string' ? item : (item as { reference?: unknown } | null)?.reference
      const target = typeof reference === 'string' ? env.resolve(reference) : undefined
      if (target !== undefined) found.push(target)
    }
    return found
  },
  types: ['Resource'],
})

const extension: Make = (on, [parameter], compiler, focus) => {
  if (parameter === undefined) throw new Unsupported('extension()')
  if (on.types.some((one) => compiler.definitions.types.get(one)?.kind === 'primitive'))
    throw new Unsupported('extension() of a primitive')
  const url = compiler.compile(parameter, focus)
  return {
    run: (input, env) => {
      const [wanted] = url.run(input, env)
      return on
        .run(input, env)
        .flatMap((item) =>
          ((item as { extension?: { url?: unknown }[] } | null)?.extension ?? []).filter(
            (one) => one.url === wanted,
          ),
        )
    },
    types: ['Extension'],
  }
}

const matches: Make = (on, parameters, compiler, focus) => {
  const [pattern] = parameters
  if (pattern?.kind !== 'literal' || typeof pattern.value !== 'string' || parameters.length > 1)
    throw new Unsupported('matches()')
  const test = patternTest(pattern.value)
  return ofText((value) => test(value), BOOLEAN)(on, [], compiler, focus)
}

const replaceMatches: Make = (on, [pattern, substitute, ...others], compiler, focus) => {
  if (pattern?.kind !== 'literal' || substitute?.kind !== 'literal' || others.length > 0)
    throw new Unsupported('replaceMatches()')
  const source = String(pattern.value)
  if (RISKY.test(source)) throw new Unsupported('a risky pattern')
  const expression = new RegExp(source, 'gs')
  const by = String(substitute.value)
  return ofText((value) => value.replace(expression, by), STRING)(on, [], compiler, focus)
}

/** A repetition of what has a repetition or a choice in it may try without end. */
const RISKY = /[*+}]\)?[*+{]|\([^)]*[*+|}][^)]*\)\??[*+{]/

/** Milliseconds for a regular expression, and the length from which a risky one may need it. */
const PATIENCE = 100
const SHORT = 24

function patternTest(pattern: string): (text: string) => boolean {
  let expression: RegExp
  try {
    expression = new RegExp(pattern, 's')
  } catch {
    throw new Unsupported('a pattern')
  }
  if (!RISKY.test(pattern)) return (text) => expression.test(text)
  return (text) => {
    if (text.length < SHORT) return expression.test(text)
    try {
      return runInNewContext(
        'expression.test(text)',
        { expression, text },
        { timeout: PATIENCE },
      ) as boolean
    } catch {
      throw new Unevaluable()
    }
  }
}

const toInteger = (value: unknown): number | undefined =>
  typeof value === 'number'
    ? Number.isInteger(value)
      ? value
      : undefined
    : typeof value === 'boolean'
      ? Number(value)
      : typeof value === 'string' && /^[+-]?\d+$/.test(value)
        ? Number(value)
        : undefined

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : undefined

const oneToOne =
  (make: (value: unknown) => unknown, types: readonly string[]): Make =>
  (on, parameters) => {
    if (parameters.length > 0) throw new Unsupported('parameters')
    return {
      run: (input, env) => {
        const value = oneOf(on.run(input, env))
        const result = value === undefined ? undefined : make(value)
        return result === undefined ? EMPTY : [result]
      },
      types,
    }
  }

const substring: Make = (on, [start, length, ...others], compiler, focus) => {
  if (start === undefined || others.length > 0) throw new Unsupported('substring()')
  const from = compiler.compile(start, focus)
  const count = length === undefined ? undefined : compiler.compile(length, focus)
  return {
    run: (input, env) => {
      const value = oneOf(on.run(input, env))
      const at = oneOf(from.run(input, env))
      if (typeof value !== 'string' || typeof at !== 'number') return EMPTY
      if (at < 0 || at >= value.length) return EMPTY
      const most = count === undefined ? undefined : oneOf(count.run(input, env))
      return [typeof most === 'number' ? value.slice(at, at + most) : value.slice(at)]
    },
    types: STRING,
  }
}

const part =
  (take: (values: readonly unknown[], count: number) => readonly unknown[]): Make =>
  (on, [parameter], compiler, focus) => {
    if (parameter === undefined) throw new Unsupported('no count')
    const count = compiler.compile(parameter, focus)
    return {
      run: (input, env) => {
        const [many] = count.run(input, env)
        return typeof many === 'number' ? take(on.run(input, env), many) : EMPTY
      },
      types: on.types,
    }
  }

const isWhole = (value: unknown): boolean => value === true

export const FUNCTIONS: Readonly<Record<string, Make>> = {
  exists,
  empty: ofList((values) => fromTruth(values.length === 0), BOOLEAN),
  not: ofList((values) => {
    const truth = truthOf(values)
    return fromTruth(truth === undefined ? undefined : !truth)
  }, BOOLEAN),
  count: ofList((values) => [values.length], INTEGER),
  first: ofList((values) => values.slice(0, 1)),
  last: ofList((values) => values.slice(-1)),
  tail: ofList((values) => values.slice(1)),
  single: ofList((values) => {
    if (values.length > 1) throw new Unevaluable()
    return values
  }),
  skip: part((values, count) => values.slice(Math.max(0, count))),
  take: part((values, count) => values.slice(0, Math.max(0, count))),
  all: byCriterion((values, test) => fromTruth(values.every(test)), BOOLEAN),
  where: byCriterion((values, test) => values.filter(test)),
  select,
  iif,
  allTrue: ofList((values) => fromTruth(values.every(isWhole)), BOOLEAN),
  allFalse: ofList((values) => fromTruth(values.every((value) => value === false)), BOOLEAN),
  anyTrue: ofList((values) => fromTruth(values.some(isWhole)), BOOLEAN),
  anyFalse: ofList((values) => fromTruth(values.includes(false)), BOOLEAN),
  isDistinct: ofList((values) => fromTruth(distinct(values).length === values.length), BOOLEAN),
  distinct: ofList(distinct),
  union: ofLists((one, other) => distinct([...one, ...other])),
  combine: ofLists((one, other) => [...one, ...other]),
  intersect: ofLists((one, other) => distinct(one.filter((value) => isIn(value, other)))),
  exclude: ofLists((one, other) => one.filter((value) => !isIn(value, other))),
  subsetOf: (...given) => ({
    ...ofLists((one, other) => fromTruth(one.every((value) => isIn(value, other))))(...given),
    types: BOOLEAN,
  }),
  trace,
  hasValue,
  children: below(children, false),
  descendants: below(descendants, true),
  resolve,
  extension,
  matches,
  replaceMatches,
  startsWith: ofText((value, other) => value.startsWith(String(other)), BOOLEAN),
  endsWith: ofText((value, other) => value.endsWith(String(other)), BOOLEAN),
  contains: ofText((value, other) => value.includes(String(other)), BOOLEAN),
  indexOf: ofText((value, other) => value.indexOf(String(other)), INTEGER),
  length: ofText((value) => value.length, INTEGER),
  lower: ofText((value) => value.toLowerCase(), STRING),
  upper: ofText((value) => value.toUpperCase(), STRING),
  trim: ofText((value) => value.trim(), STRING),
  substring,
  toString: oneToOne(textOf, STRING),
  toInteger: oneToOne(toInteger, INTEGER),
  htmlChecks: () => ({ run: () => TRUE, types: BOOLEAN }),
}
