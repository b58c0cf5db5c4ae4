// Whether a code is in a value set, decided at once from what is at hand, without expanding it.
// https://hl7.org/fhir/R4/valueset.html#compositions
// Must not say no where a system's codes, a filter or an inner value set isn't known: that is undecided.
import { hierarchyOf } from './hierarchy.ts'
import { isInParts } from './parts.ts'
import type { CodeSystem, ComposePart, Concept, Contained, ValueSet } from './resource.ts'
import { filtered } from './value-set.ts'

/** Where value sets and code systems are found at once, by canonical URL with or without a version. */
export type Known = {
  valueSet(canonical: string): ValueSet | undefined
  codeSystem(canonical: string): CodeSystem | undefined
  /**
   * A concept of a code system that is kept in parts (see parts.ts), or of which there are fragments only.
   * @returns undefined when none of them has it, 'unknown' while nobody has looked
   */
  part(system: CodeSystem, code: string): Concept | 'unknown' | undefined
}

/** A system of undefined stands for whichever the value set has: what an element of type code means. */
type Test = (system: string | undefined, code: string) => boolean | undefined

export type Membership = {
  /** @returns undefined when that can't be decided */
  has(valueSet: string, system: string | undefined, code: string): boolean | undefined
  /**
   * The concept of a code; undefined when there is none, 'unknown' when its system's codes aren't all known.
   * @param quick whether it is enough to know that there is one: then other fragments aren't looked at, which can't say no
   */
  concept(system: string, code: string, quick?: boolean): Concept | 'unknown' | undefined
  /** When something else is known than before. */
  forget(): void
}

/** Value sets inside value sets at most. */
const DEEPEST = 20

export function createMembership(known: Known): Membership {
  const tests = new Map<string, Test>()

  const testOf = (canonical: string, within: readonly string[]): Test => {
    let test = tests.get(canonical)
    if (test === undefined) {
      const valueSet =
        within.includes(canonical) || within.length > DEEPEST
          ? undefined
          : known.valueSet(canonical)
      test = valueSet === undefined ? unknown : once(make(valueSet, [...within, canonical]))
      tests.set(canonical, test)
    }
    return test
  }

  /** Counts questions. */
  let asked = 0

  /** A test that is carried out once for a question, however many ways lead to it. */
  const once = (test: Test): Test => {
    let when = 0
    let answer: boolean | undefined
    return (system, code) => {
      if (when !== asked) answer = test(system, code)
      when = asked
      return answer
    }
  }

  const make = ({ compose, expansion }: ValueSet, within: readonly string[]): Test => {
    if (compose === undefined)
      return expansion?.contains === undefined ? unknown : listed(expansion.contains)
    const include = compose.include.map((part) => partTest(part, within))
    const exclude = (compose.exclude ?? []).map((part) => partTest(part, within))
    return (system, code) => {
      const included = any(include, system, code)
      if (included === false || exclude.length === 0) return included
      const excluded = any(exclude, system, code)
      return excluded === true ? false : excluded === undefined ? undefined : included
    }
  }

  const partTest = (part: ComposePart, within: readonly string[]): Test => {
    const tests = (part.valueSet ?? []).map((one) => testOf(one, within))
    if (part.system !== undefined) tests.push(systemTest(part.system, part))
    return (system, code) => {
      let all: boolean | undefined = tests.length > 0
      for (const test of tests) {
        const one = test(system, code)
        if (one === false) return false
        if (one === undefined) all = undefined
      }
      return all
    }
  }

  const systemTest = (url: string, { concept, filter }: ComposePart): Test => {
    const of =
      (test: (code: string) => boolean | undefined): Test =>
      (system, code) =>
        system === undefined || system === url ? test(code) : false
    if (concept !== undefined && concept.length > 0) {
      const codes = new Set(concept.map(({ code }) => code))
      return of((code) => codes.has(code))
    }
    const found = known.codeSystem(url)
    if (found !== undefined && isInParts(found))
      return of((code) => {
        const concept = known.part(found, code)
        if (concept === undefined) return false
        return concept === 'unknown' || filter !== undefined ? undefined : true
      })
    if (found?.concept === undefined || found.content === 'not-present') return of(() => undefined)
    const whole = found.content === undefined || found.content === 'complete'
    const { codes } = hierarchyOf(found)
    let selected: ReadonlySet<string> | undefined
    for (const one of filter ?? []) {
      const some = filtered(found, one)
      if (some === undefined) return of((code) => (codes.has(code) || !whole ? undefined : false))
      selected = selected === undefined ? some : selected.intersection(some)
    }
    const has = selected ?? codes
    return of((code) => has.has(code) || (whole ? false : undefined))
  }

  return {
    forget: () => {
      tests.clear()
    },
    has(valueSet, system, code) {
      asked += 1
      return testOf(valueSet, [])(system, code)
    },
    concept(system, code, quick = false) {
      const found = known.codeSystem(system)
      if (found !== undefined && isInParts(found)) return known.part(found, code)
      if (found?.concept === undefined) return 'unknown'
      const { codes } = hierarchyOf(found)
      const concept =
        codes.get(code) ?? (found.caseSensitive === false ? anyCase(codes, code) : undefined)
      if (concept !== undefined) return concept
      if (found.content === 'complete') return undefined
      return found.content === 'fragment' && !quick
        ? (known.part(found, code) ?? 'unknown')
        : 'unknown'
    },
  }
}

const unknown: Test = () => undefined

function any(
  tests: readonly Test[],
  system: string | undefined,
  code: string,
): boolean | undefined {
  let found: boolean | undefined = false
  for (const test of tests) {
    const one = test(system, code)
    if (one === true) return true
    if (one === undefined) found = undefined
  }
  return found
}

function listed(contains: readonly Contained[]): Test {
  const systems = new Map<string, Set<string>>()
  const left = [...contains]
  for (const { system = '', code, abstract, contains: more } of left) {
    if (code !== undefined && abstract !== true) {
      const codes = systems.get(system)
      if (codes === undefined) systems.set(system, new Set([code]))
      else codes.add(code)
    }
    left.push(...(more ?? []))
  }
  return (system, code) =>
    system === undefined
      ? [...systems.values()].some((codes) => codes.has(code))
      : (systems.get(system)?.has(code) ?? false)
}

function anyCase(codes: ReadonlyMap<string, Concept>, code: string): Concept | undefined {
  const wanted = code.toLowerCase()
  for (const [one, concept] of codes) if (one.toLowerCase() === wanted) return concept
  return undefined
}
