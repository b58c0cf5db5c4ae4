// What is known of units, as search, operations and views ask it: quantities of one kind meet, and of one analyte.
// https://hl7.org/fhir/R4/search.html#quantity
// Must not convert where it isn't sure: the quantity then stays as it was received.
import { fail } from '../errors.ts'
import type { Canonical, Units } from '../search/unit.ts'
import { ANALYTES, analyteOf, type Analyte } from './analyte.ts'
import { canonicalUnit, checkUnit, UCUM } from './ucum.ts'
import { spelled } from './unit-spelling.ts'

export const LOINC = 'http://loinc.org'

/** From one unit to another: value × factor + offset. */
export type Conversion = {
  readonly factor: number
  readonly offset: number
  /** Where the factor comes from, for people. */
  readonly source: string
  readonly analyte?: Analyte
}

/** The UCUM code of a unit: its own, or the one that its text surely means; undefined when neither is there. */
export function ucumOf(
  system: string | undefined,
  code: string | undefined,
  text: string | undefined,
): string | undefined {
  if (system === UCUM && code !== undefined && code !== '') {
    return checkUnit(code).ok ? code : spelled(code)
  }
  return text === undefined ? undefined : spelled(text)
}

const resolved = new Map<string, Canonical | undefined>()
const KEPT = 5000

export const units: Units = {
  canonical: ({ system, code, unit }) => {
    if (system === UCUM) {
      const known = canonicalUnit(code)
      if (known !== undefined) return known
    }
    const key = `${system}\n${code}\n${unit}`
    if (resolved.has(key)) return resolved.get(key)
    const ucum = ucumOf(system, code, unit)
    const found = ucum === undefined ? undefined : canonicalUnit(ucum)
    if (resolved.size >= KEPT) resolved.clear()
    if (key.length < 200) resolved.set(key, found)
    return found
  },

  asked: (system, code, at) => {
    if (system !== undefined && system !== UCUM) return undefined
    const written = spelled(code)
    if (system === undefined) return canonicalUnit(written ?? code)
    const checked = checkUnit(code)
    if (checked.ok) return canonicalUnit(code)
    if (written !== undefined) return canonicalUnit(written)
    const { why, suggestion } = checked
    const right = suggestion === undefined ? '' : `; did you mean ${suggestion}?`
    const shown = code.length > 80 ? `${code.slice(0, 80)}…` : code
    throw fail('parameter', `"${shown}" is not a unit of UCUM: ${why}${right}`, at)
  },

  counterpart: (system, token, canonical) =>
    system === LOINC ? counterparts().get(`${token} ${canonical}`) : undefined,
}

let joined: Map<string, Canonical> | undefined

/** By LOINC code (folded, as tokens are) and canonical unit: the way to the analyte's other kind of unit. */
function counterparts(): ReadonlyMap<string, Canonical> {
  if (joined !== undefined) return joined
  joined = new Map()
  for (const { conventional, si, factor, offset, oneWay } of ANALYTES) {
    const from = canonicalUnit(conventional.unit)
    const to = canonicalUnit(si.unit)
    if (from === undefined || to === undefined || from.code === to.code) continue
    const k = (to.factor / from.factor) * factor
    const b = to.factor * offset
    const there = { code: to.code, factor: k, offset: b }
    const back = { code: from.code, factor: 1 / k, offset: -b / k }
    joined.set(`${conventional.loinc} ${from.code}`, there)
    if (oneWay !== true) joined.set(`${si.loinc} ${from.code}`, there)
    for (const { loinc } of [conventional, si]) joined.set(`${loinc} ${to.code}`, back)
  }
  return joined
}

/**
 * How to get from one UCUM code to another: by definition, or by what a LOINC code measures.
 * @returns undefined when there is no way that is sure
 */
export function conversion(from: string, to: string, loinc?: string): Conversion | undefined {
  const a = canonicalUnit(from)
  const b = canonicalUnit(to)
  if (a === undefined || b === undefined) return undefined
  if (a.code === b.code) {
    return {
      factor: clean(a.factor / b.factor),
      offset: clean((a.offset - b.offset) / b.factor),
      source: 'definition of the units (UCUM)',
    }
  }
  const between = loinc === undefined ? undefined : units.counterpart(LOINC, loinc, a.code)
  const analyte = loinc === undefined ? undefined : analyteOf(loinc)
  if (between?.code !== b.code || analyte === undefined) return undefined
  return {
    factor: clean((a.factor * between.factor) / b.factor),
    offset: clean((a.offset * between.factor + between.offset - b.offset) / b.factor),
    source: analyte.source,
    analyte,
  }
}

const clean = (number: number): number => Number(number.toPrecision(12))
