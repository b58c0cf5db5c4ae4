// What a device measured, by whatever code it has for it → LOINC, and whether the unit that it sent fits that.
// The codes are data: profiles/ieum/CodeSystem-kit-analyte.json, and the pairs of terminology/analyte.ts.
// Must not convert a value, nor take one kind of quantity for another: D-dimer FEU is none of DDU.
import { readFileSync } from 'node:fs'
import { analyteOf } from '../terminology/analyte.ts'
import { canonicalUnit, checkUnit } from '../terminology/ucum.ts'
import { conversion } from '../terminology/units.ts'
import { spelled } from '../terminology/unit-spelling.ts'
import { LOINC } from './coding-system.ts'
import type { Code } from './run.ts'

export const KIT_CODES = 'http://ieum.example/fhir/CodeSystem/kit-analyte'

export type Measured = {
  readonly loinc: string
  /** In English, for what has no other text. */
  readonly name: string
  /** UCUM; undefined for what has no number, or where none is known. */
  readonly unit: string | undefined
  /** Whether it is measured in a sample, rather than at the body. */
  readonly inSample: boolean
  /** Whether a number needs no unit at all. */
  readonly isPure: boolean
}

type Property = {
  readonly code: string
  readonly valueString?: string
  readonly valueCoding?: { readonly code: string }
}
type KitAnalytes = {
  readonly concept: readonly {
    readonly code: string
    readonly display: string
    readonly property: readonly Property[]
  }[]
}

type Known = {
  readonly byCode: ReadonlyMap<string, Measured>
  readonly byLoinc: ReadonlyMap<string, Measured>
}

let known: Known | undefined

/** Read when the first result comes. */
function load(): Known {
  if (known !== undefined) return known
  const byCode = new Map<string, Measured>()
  const byLoinc = new Map<string, Measured>()
  const { concept } = read('CodeSystem-kit-analyte') as KitAnalytes
  for (const { code, display, property } of concept) {
    const of = (name: string) => property.find((one) => one.code === name)
    const measured = measuredOf({
      loinc: of('loinc')?.valueCoding?.code ?? '',
      name: display,
      unit: of('unit')?.valueString,
      inSample: of('sample') !== undefined,
    })
    byCode.set(folded(code), measured)
    byLoinc.set(measured.loinc, measured)
  }
  for (const { code } of (read('CodeSystem-loinc-names') as KitAnalytes).concept) {
    if (byLoinc.has(code)) continue
    const pair = analyteOf(code)
    const form = [pair?.si, pair?.conventional].find((one) => one?.loinc === code)
    const name = pair?.name ?? ''
    byLoinc.set(code, measuredOf({ loinc: code, name, unit: form?.unit, inSample: true }))
  }
  return (known = { byCode, byLoinc })
}

const measuredOf = (one: Omit<Measured, 'isPure'>): Measured => ({
  ...one,
  // `{INR}`, `[pH]`: what a number of it is, rather than a unit.
  isPure: one.unit !== undefined && /^(\{[^}]*\}|\[pH\])$/.test(one.unit),
})

const read = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../profiles/ieum/${name}.json`, import.meta.url), 'utf8'))

/** `HS_TNI`, `hs-tni` and `hsTnI` are one. */
const folded = (code: string): string => code.toLowerCase().replace(/[^a-z0-9]/g, '')

/** What codes say that was measured; undefined where none of them is known. */
export function measuredBy(
  codes: readonly Code[],
): (Measured & { readonly isLocal: boolean }) | undefined {
  const { byCode, byLoinc } = load()
  for (const { system, code } of codes) {
    const found = system === LOINC ? (byLoinc.get(code) ?? byPair(code)) : undefined
    if (found !== undefined) return { ...found, isLocal: false }
  }
  for (const { system, code } of codes) {
    if (system === LOINC) continue
    const found = byCode.get(folded(code))
    if (found !== undefined) return { ...found, isLocal: true }
  }
  return undefined
}

/** Of the other kind of unit: glucose in mmol/L has a code of its own. */
function byPair(loinc: string): Measured | undefined {
  const pair = analyteOf(loinc)
  const form = [pair?.conventional, pair?.si].find((one) => one?.loinc === loinc)
  if (pair === undefined || form === undefined) return undefined
  return measuredOf({ loinc, name: pair.name, unit: form.unit, inSample: true })
}

export type Fit =
  | { readonly ok: true; readonly loinc: string; readonly unit: string }
  /** `why` names what would be right. */
  | { readonly ok: false; readonly why: string }

/**
 * The UCUM code of a unit, and the LOINC code that is right for it.
 * @param sent as the device wrote it
 */
export function fitUnit(sent: string, measured: Measured & { readonly isLocal: boolean }): Fit {
  const { loinc, unit: expected, isPure } = measured
  const unit =
    ucumOf(sent) ??
    (isPure && expected !== undefined && isNamed(sent, expected) ? expected : undefined)
  if (unit === undefined)
    return {
      ok: false,
      why: `The unit is none of UCUM${expected === undefined ? '' : `; ${expected} would be right`}`,
    }
  if (expected === undefined) return { ok: true, loinc, unit }
  if (isAlike(unit, expected)) return { ok: true, loinc, unit }
  const other = counterpart(loinc, unit)
  if (other !== undefined) {
    // A short code means both kinds; one of LOINC means one of them.
    if (measured.isLocal) return { ok: true, loinc: other, unit }
    return {
      ok: false,
      why: `${loinc} is measured in ${expected}; the LOINC code for ${unit} is ${other}`,
    }
  }
  return { ok: false, why: `${unit} is no unit of this, ${expected} is` }
}

function isAlike(unit: string, expected: string): boolean {
  if (unit === expected) return true
  const [one, other] = [canonicalUnit(unit), canonicalUnit(expected)]
  if (one !== undefined && one.code === other?.code) return true
  // What is in curly braces says what was counted; the code of the analyte says it as well.
  const bare = expected.replace(/\{[^}]*\}/g, '')
  if (unit.includes('{') || bare === expected) return false
  return bare === '' ? unit === '1' : canonicalUnit(bare)?.code === canonicalUnit(unit)?.code
}

/** The LOINC code of an analyte in a unit of its other kind. */
function counterpart(loinc: string, unit: string): string | undefined {
  const pair = analyteOf(loinc)
  if (pair === undefined) return undefined
  const isConventional = pair.conventional.loinc === loinc
  const other = isConventional ? pair.si : pair.conventional
  if (conversion(unit, other.unit) === undefined || other.loinc === loinc) return undefined
  return !isConventional && pair.oneWay === true ? undefined : other.loinc
}

/** `INR` for `{INR}`. */
const isNamed = (sent: string, expected: string): boolean =>
  sent === '' || folded(sent) === folded(expected)

const COUNTED = /^(.+?)\s*(FEU|DDU|creat(?:inine)?)$/i

function ucumOf(sent: string): string | undefined {
  if (sent === '') return undefined
  if (checkUnit(sent).ok) return sent
  const found = spelled(sent)
  if (found !== undefined) return found
  const [, unit = '', what = ''] = COUNTED.exec(sent) ?? []
  const inner = unit === '' ? undefined : ucumOf(unit.trim())
  if (inner === undefined) return undefined
  return `${inner}{${what.toLowerCase().startsWith('creat') ? 'creat' : what.toUpperCase()}}`
}
