// Units of UCUM: whether a code is one, and by which factor its values are those of base units.
// https://ucum.org/ucum (grammar and rules), https://hl7.org/fhir/R4/valueset-ucum-units.html
// The table of units is @lhncbc/ucum-lhc's, loaded when the first unit is looked at. Must not compare what UCUM
// doesn't: arbitrary units ([IU]) and annotations ({score}) only compare with themselves, logarithms (dB, pH) not at all.
import { createRequire } from 'node:module'
import type { Canonical } from '../search/unit.ts'
import { spelled } from './unit-spelling.ts'

/** The system of units in a Quantity. */
export const UCUM = 'http://unitsofmeasure.org'

export type UnitCheck =
  { readonly ok: true } | { readonly ok: false; readonly why: string; readonly suggestion?: string }

/** What is read of an entry of the library's table. */
type TableUnit = {
  readonly csCode_: string
  readonly magnitude_: number
  readonly dim_: { readonly dimVec_: readonly number[] | null } | null
  readonly moleExp_: number
  readonly isMetric_: boolean
  readonly isArbitrary_: boolean
  readonly isSpecial_: boolean
}
type Library = {
  readonly UnitTables: {
    getInstance(): {
      getUnitByCode(code: string): TableUnit | null | undefined
    }
  }
  readonly UcumLhcUtils: {
    getInstance(): {
      checkSynonyms(text: string): { units?: readonly { code: string }[] | null }
    }
  }
}

let library: Library | undefined

function load(): Library {
  if (library === undefined) {
    library = createRequire(import.meta.url)('@lhncbc/ucum-lhc') as Library
    // Reads the table in.
    library.UcumLhcUtils.getInstance()
  }
  return library
}

/** A product of powers of base units. `moles`: there are moles in it, even if they cancel out. */
type Measure = {
  readonly factor: number
  readonly bases: ReadonlyMap<string, number>
  readonly moles: boolean
  /** A scale of its own, such as `Cel`, that no factor turns into base units; '' in a product. */
  readonly scale?: string
}

const BASES = ['m', 's', 'g', 'rad', 'K', 'C', 'cd']
/** A mole in the library's magnitudes; here it is a base unit. */
const AVOGADRO = 6.0221367e23

const PREFIXES: Readonly<Record<string, number>> = {
  ...{ Y: 1e24, Z: 1e21, E: 1e18, P: 1e15, T: 1e12, G: 1e9, M: 1e6, k: 1e3, h: 1e2, da: 10 },
  ...{ d: 0.1, c: 0.01, m: 1e-3, u: 1e-6, n: 1e-9, p: 1e-12, f: 1e-15, a: 1e-18, z: 1e-21 },
  ...{ y: 1e-24, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40 },
}

/** Dimensionless, and numbers rather than units of something. */
const NUMBERS = new Set(['10*', '10^', '%', '[ppth]', '[ppm]', '[ppb]', '[pptr]', '[pi]'])

/** Scales with a zero of their own, in kelvin. */
const SCALES: Readonly<Record<string, { readonly factor: number; readonly offset: number }>> = {
  Cel: { factor: 1, offset: 273.15 },
  '[degF]': { factor: 5 / 9, offset: (459.67 * 5) / 9 },
  '[degRe]': { factor: 1.25, offset: 273.15 },
}

// Longer ones nobody writes, and the time to read one stays small.
const MAX_LENGTH = 100

/** Why a code is none; `symbol` is the part that isn't known. */
class NoUnit extends Error {
  readonly symbol: string | undefined
  constructor(message: string, symbol?: string) {
    super(message)
    this.symbol = symbol
  }
}

function unitNamed(symbol: string): TableUnit | undefined {
  const unit = load().UnitTables.getInstance().getUnitByCode(symbol)
  // The table is an object that inherits names such as `constructor`.
  return unit?.csCode_ === symbol ? unit : undefined
}

function measureOf(unit: TableUnit, prefix: number): Measure {
  const { csCode_: code, moleExp_: moles, magnitude_: magnitude } = unit
  if (unit.isSpecial_)
    return { factor: 1, bases: new Map(), moles: false, scale: prefix === 1 ? code : '' }
  const powers = unit.dim_?.dimVec_ ?? []
  const bases = new Map(BASES.map((name, i) => [name, powers[i] ?? 0]))
  const isPure = moles === 0 && powers.every((power) => power === 0)
  if (unit.isArbitrary_ || (isPure && !NUMBERS.has(code))) {
    return { factor: prefix, bases: new Map([[code === '[iU]' ? '[IU]' : code, 1]]), moles: false }
  }
  // An equivalent is a mole of charges and an osmole one of particles: how many of them are in a mole, no unit says.
  if (moles !== 0) bases.set(/(eq|osm)$/.exec(code)?.[0] ?? 'mol', moles)
  const factor = Number((magnitude / AVOGADRO ** moles).toPrecision(15))
  return { factor: factor * prefix, bases, moles: bases.has('mol') }
}

/** A prefix and a metric unit that has none yet (the table has some of those with it, as `mmol`). */
function prefixed(symbol: string): Measure | undefined {
  for (const length of [2, 1]) {
    const prefix = symbol.slice(0, length)
    const rest = symbol.slice(length)
    const unit = Object.hasOwn(PREFIXES, prefix) ? unitNamed(rest) : undefined
    if (unit?.isMetric_ !== true) continue
    const inner = prefixed(rest)
    if (inner?.factor === measureOf(unit, 1).factor) continue
    return measureOf(unit, PREFIXES[prefix] ?? 1)
  }
  return undefined
}

function atomOf(symbol: string): Measure {
  const whole = unitNamed(symbol)
  // With its prefix in the table, an arbitrary unit would be one of its own.
  const parts = whole === undefined || whole.isArbitrary_ ? prefixed(symbol) : undefined
  if (parts !== undefined) return parts
  if (whole === undefined) throw new NoUnit(`"${symbol}" is no unit of UCUM`, symbol)
  return measureOf(whole, 1)
}

const NUMBER: Measure = { factor: 1, bases: new Map(), moles: false }

const power = (of: Measure, exponent: number): Measure => ({
  factor: of.factor ** exponent,
  bases: new Map([...of.bases].map(([name, before]) => [name, before * exponent])),
  moles: of.moles,
  ...(of.scale === undefined ? {} : { scale: exponent === 1 ? of.scale : '' }),
})

function times(one: Measure, other: Measure): Measure {
  const bases = new Map(one.bases)
  for (const [name, exponent] of other.bases) bases.set(name, (bases.get(name) ?? 0) + exponent)
  const isScale = one.scale !== undefined || other.scale !== undefined
  return {
    factor: one.factor * other.factor,
    bases,
    moles: one.moles || other.moles,
    ...(isScale ? { scale: '' } : {}),
  }
}

const ATOM = /(?:10[*^]|(?:[^./(){}[\]\d+-]|\[[^[\]]+\])+)/y
const EXPONENT = /[+-]?\d{1,3}/y
const FACTOR = /\d+/y
const ANNOTATION = /\{[^{}]*\}/y

/** By UCUM's grammar; `/` divides by the next component only. @throws NoUnit */
function parse(code: string): Measure {
  let at = 0
  const take = (what: RegExp): string | undefined => {
    what.lastIndex = at
    const found = what.exec(code)?.[0]
    if (found !== undefined) at += found.length
    return found
  }
  const component = (): Measure => {
    if (code[at] === '(') {
      at++
      const inner = term(1)
      if (code[at++] !== ')') throw new NoUnit('a bracket "(" is not closed')
      return inner
    }
    const symbol = take(ATOM)
    const number = symbol === undefined ? take(FACTOR) : undefined
    const exponent = symbol === undefined ? undefined : take(EXPONENT)
    const note = take(ANNOTATION)
    let found = NUMBER
    if (symbol !== undefined) {
      const isTen = symbol === '10*' || symbol === '10^'
      found = isTen ? { ...NUMBER, factor: 10 } : atomOf(symbol)
      if (exponent !== undefined) found = power(found, Number(exponent))
    } else if (number !== undefined) found = { ...NUMBER, factor: Number(number) }
    else if (note === undefined) {
      throw new NoUnit(
        at >= code.length
          ? 'a unit is missing at its end'
          : `there is a "${code[at]}" where a unit is expected`,
      )
    }
    return note === undefined ? found : times(found, { ...NUMBER, bases: new Map([[note, 1]]) })
  }
  const term = (first: 1 | -1): Measure => {
    let product = power(component(), first)
    while (code[at] === '.' || code[at] === '/') {
      const exponent = code[at++] === '/' ? -1 : 1
      product = times(product, power(component(), exponent))
    }
    return product
  }
  if (code.startsWith('/')) at++
  const whole = term(at === 0 ? 1 : -1)
  if (at < code.length) throw new NoUnit(`there is a "${code[at]}" where "." or "/" is expected`)
  return whole
}

function canonicalOf({ factor, bases, moles, scale }: Measure): Canonical | undefined {
  if (scale !== undefined) {
    const known = Object.hasOwn(SCALES, scale) ? SCALES[scale] : undefined
    return known && { code: 'K', ...known }
  }
  if (!Number.isFinite(factor) || factor === 0) return undefined
  const powers = [...bases].filter(([, exponent]) => exponent !== 0)
  // A ratio of amounts is not one of masses: 48 mmol/mol of HbA1c is not 4.8 %.
  if (moles && !powers.some(([name]) => name === 'mol')) powers.push(['mol/mol', 1])
  const names = powers.map(([name, exponent]) => (exponent === 1 ? name : name + String(exponent)))
  return { code: names.sort().join('.') || '1', factor: Number(factor.toPrecision(15)), offset: 0 }
}

type Read = { readonly canonical?: Canonical; readonly error?: NoUnit }

const read = new Map<string, Read>()
const KEPT = 5000

function readUnit(code: string): Read {
  let known = read.get(code)
  if (known === undefined) {
    if (code.length > MAX_LENGTH) {
      return { error: new NoUnit(`it has more than ${MAX_LENGTH} characters`) }
    }
    known = readAnew(code)
    if (read.size >= KEPT) read.clear()
    read.set(code, known)
  }
  return known
}

function readAnew(code: string): Read {
  try {
    const strange = /[^\x21-\x7e]/u.exec(code)?.[0]
    if (strange !== undefined) throw new NoUnit(`UCUM has no character "${strange}"`)
    if (code === '') throw new NoUnit('it is empty')
    const canonical = canonicalOf(parse(code))
    return canonical === undefined ? {} : { canonical }
  } catch (error) {
    if (error instanceof NoUnit) return { error }
    throw error
  }
}

/** The base units of a code, and how to get there; undefined for what is no unit or compares with nothing. */
export const canonicalUnit = (code: string): Canonical | undefined => readUnit(code).canonical

/** Whether a code is a unit of UCUM; if not, why, and which one may be meant. Never throws. */
export function checkUnit(code: string): UnitCheck {
  const { error } = readUnit(code)
  if (error === undefined) return { ok: true }
  const suggestion = spelled(code) ?? suggested(code, error.symbol)
  return { ok: false, why: error.message, ...(suggestion === undefined ? {} : { suggestion }) }
}

/** With what isn't known put right; undefined where nothing is near. */
function suggested(code: string, symbol: string | undefined): string | undefined {
  if (symbol === undefined) return undefined
  const put = (one: string | undefined): string | undefined =>
    one === undefined || one === symbol ? undefined : code.replace(symbol, () => one)
  return [code.toLowerCase(), put(spelled(symbol)), put(named(symbol))].find(
    (one) => one !== undefined && one !== code && readUnit(one).error === undefined,
  )
}

/** The unit that a word means, `pascal`. */
function named(word: string): string | undefined {
  try {
    return load().UcumLhcUtils.getInstance().checkSynonyms(word).units?.[0]?.code
  } catch {
    // The library stumbles over words that objects inherit, such as `constructor`.
    return undefined
  }
}
