// The written policy: what becomes of each element, by path, by datatype, or, where no rule speaks of it, nothing is kept.
// profiles/policy/teaching.json (a Parameters resource); docs/adr/0010-teaching-cases.md
// Must not accept what it doesn't understand: a policy that is read wrongly would let out what it was to hold back.
import { readFileSync } from 'node:fs'
import type { Definitions } from '../fhir/definitions.ts'
import { fieldsOf } from '../search/emit.ts'

/**
 * keep: as it is (of a complex type: what the rules say of its parts), where a pattern is given only if it fits.
 * check: what is of a code system or a unit. generalise: coarser, by the levels (sex, birth date, address) or in bands (ages).
 * redact: in its place stands that it is masked.
 */
export type Method = 'keep' | 'remove' | 'redact' | 'pseudonym' | 'shift' | 'generalise' | 'check'

const METHODS: readonly string[] = [
  ...['keep', 'remove', 'redact', 'pseudonym', 'shift', 'generalise', 'check'],
]

export type Rule = {
  /** How the report names it: the path, or the datatype. */
  readonly name: string
  readonly method: Method
  readonly pattern?: RegExp
}

/** How coarse the quasi-identifiers of a patient are told. `birthYears`: years in a band, 0 for none told. */
export type Level = {
  readonly birthYears: number
  readonly postalDigits: number
  readonly region: boolean
  readonly country: boolean
  readonly sex: boolean
}

export type Policy = {
  readonly name: string
  readonly version: string
  /** People at least who are told alike. */
  readonly k: number
  /** Days by which dates are moved at most, either way. */
  readonly shiftDays: number
  readonly timeOfDay: 'keep' | 'remove'
  /** A zone says where somebody lives: hidden, all times are those of the clock there, as if it were UTC's. */
  readonly zones: 'keep' | 'hide'
  /** Ages above are told as one more than this. */
  readonly oldest: number
  /** Years in a band of ages. */
  readonly ageYears: number
  /** What of an address is a code; anything else may be anything. */
  readonly forms: {
    readonly country: RegExp
    readonly region: RegExp
    readonly postal: RegExp
  }
  /** From fine to coarse. */
  readonly levels: readonly Level[]
  /** By path: `Patient.name`, `Observation.valueString`, of types that others are made of too: `Resource.id`. */
  readonly paths: ReadonlyMap<string, Rule>
  readonly types: ReadonlyMap<string, Rule>
  /** Of observations and their components, by `system|code` of what they observe. */
  readonly codes: ReadonlyMap<string, Rule>
  /** Forms of the codes of systems that aren't here. */
  readonly systems: ReadonlyMap<string, RegExp>
  /** URLs of extensions that are kept as far as their values are. */
  readonly extensions: ReadonlySet<string>
  /** Codings that go into `meta.security`. */
  readonly labels: readonly object[]
}

/** The one that is used unless the settings name a file. */
const SHIPPED = new URL('../../profiles/policy/teaching.json', import.meta.url)

/**
 * The policy in a file.
 * @param file path; '' for the one that comes with the server
 * @throws Error that names what is wrong with it
 */
export function readPolicy(file: string, definitions: Definitions): Policy {
  try {
    return policyOf(JSON.parse(readFileSync(file === '' ? SHIPPED : file, 'utf8')), definitions)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new Error(`DEIDENTIFY_POLICY: ${why}`, { cause: error })
  }
}

type Part = { readonly name: string; readonly [element: string]: unknown }

/** @throws Error that names what is wrong with it */
export function policyOf(resource: unknown, definitions: Definitions): Policy {
  const parameters = partsOf(resource, 'parameter')
  if (fieldsOf(resource)?.['resourceType'] !== 'Parameters') throw new Error('it is no Parameters')
  for (const { name } of parameters)
    if (!KNOWN.includes(name)) throw new Error(`"${name}" is none of ${KNOWN.join(', ')}`)
  const number = (name: string, least: number, most: number): number => {
    const value = valueOf(parameters, name)
    if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most)
      return value
    throw new Error(`${name} must be a whole number from ${least} to ${most}`)
  }
  const form = (name: string): RegExp => patternOf(text(valueOf(parameters, name), name))
  const rules = named(parameters, 'rule').map((part) => ruleOf(part, definitions))
  const of = (kind: Read['kind']): ReadonlyMap<string, Rule> => {
    const map = new Map<string, Rule>()
    for (const { key, rule } of rules.filter((one) => one.kind === kind)) {
      if (map.has(key)) throw new Error(`there are two rules for ${key}`)
      map.set(key, rule)
    }
    return map
  }
  const [paths, types, codes] = [of('path'), of('type'), of('code')]
  const timeOfDay = valueOf(parameters, 'timeOfDay')
  if (timeOfDay !== 'keep' && timeOfDay !== 'remove')
    throw new Error('timeOfDay must be keep or remove')
  const zones = valueOf(parameters, 'zones')
  if (zones !== 'keep' && zones !== 'hide') throw new Error('zones must be keep or hide')
  const levels = named(parameters, 'level').map(levelOf)
  if (levels.length === 0) throw new Error('it needs at least one level')
  return {
    name: text(valueOf(parameters, 'name'), 'name'),
    version: text(valueOf(parameters, 'version'), 'version'),
    k: number('k', 2, 1000),
    shiftDays: number('shiftDays', 1, 3650),
    timeOfDay,
    zones,
    oldest: number('oldest', 60, 120),
    ageYears: number('ageYears', 1, 50),
    forms: { country: form('countryForm'), region: form('regionForm'), postal: form('postalForm') },
    levels,
    paths,
    types,
    codes,
    systems: new Map(
      named(parameters, 'system').map((part): [string, RegExp] => {
        const parts = partsOf(part, 'part')
        const uri = text(valueOf(parts, 'uri'), 'system.uri')
        return [uri, patternOf(text(valueOf(parts, 'pattern'), `system ${uri}`))]
      }),
    ),
    extensions: new Set(
      named(parameters, 'extension').map((part) => text(valueIn(part), 'extension')),
    ),
    labels: named(parameters, 'label').map((part) => {
      const coding = fieldsOf(valueIn(part))
      if (coding === undefined) throw new Error('label must be a Coding')
      return coding
    }),
  }
}

const KNOWN = [
  ...['name', 'version', 'k', 'shiftDays', 'timeOfDay', 'zones', 'oldest', 'ageYears'],
  ...['countryForm', 'regionForm', 'postalForm'],
  ...['level', 'rule', 'system', 'extension', 'label'],
]

type Read = {
  readonly kind: 'path' | 'type' | 'code'
  readonly key: string
  readonly rule: Rule
}

function ruleOf(part: Part, definitions: Definitions): Read {
  const parts = partsOf(part, 'part')
  const method = valueOf(parts, 'method')
  const [about, ...more] = parts.filter(({ name }) => ['path', 'type', 'code'].includes(name))
  if (about === undefined || more.length > 0) throw new Error('a rule has one of path, type, code')
  const kind = about.name as Read['kind']
  const coding = fieldsOf(about['valueCoding'])
  const key =
    kind === 'code'
      ? `${text(coding?.['system'], 'code.system')}|${text(coding?.['code'], 'code.code')}`
      : text(valueIn(about), kind)
  if (typeof method !== 'string' || !METHODS.includes(method))
    throw new Error(`the method of ${key} must be one of ${METHODS.join(', ')}`)
  if (kind === 'type' && !definitions.types.has(key)) throw new Error(`${key} is no type of R4`)
  if (kind === 'path' && !isPath(key, definitions)) throw new Error(`${key} is no element of R4`)
  if (kind === 'code' && method !== 'remove' && method !== 'generalise')
    throw new Error(`what ${key} observes can be removed or generalised`)
  const pattern = valueOf(parts, 'pattern')
  return {
    kind,
    key,
    rule: {
      name: key,
      method: method as Method,
      ...(pattern === undefined ? {} : { pattern: patternOf(text(pattern, 'pattern')) }),
    },
  }
}

/** Whether it is a resource type, or an element of a type as JSON names it or without the type of a choice. */
function isPath(path: string, definitions: Definitions): boolean {
  const dot = path.lastIndexOf('.')
  if (dot < 0) return definitions.isResourceType(path)
  const [type, name] = [path.slice(0, dot), path.slice(dot + 1)]
  if (!definitions.types.has(type)) return false
  return [...definitions.properties(type)].some(
    ([property, { element }]) => property === name || element.name === name,
  )
}

function levelOf(part: Part): Level {
  const parts = partsOf(part, 'part')
  const number = (name: string): number => {
    const value = valueOf(parts, name)
    if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return value
    throw new Error(`level.${name} must be a whole number`)
  }
  const flag = (name: string): boolean => {
    const value = valueOf(parts, name)
    if (typeof value === 'boolean') return value
    throw new Error(`level.${name} must be true or false`)
  }
  return {
    birthYears: number('birthYears'),
    postalDigits: number('postalDigits'),
    region: flag('region'),
    country: flag('country'),
    sex: flag('sex'),
  }
}

/** Whole values only, whoever wrote it. */
const patternOf = (source: string): RegExp => new RegExp(`^(?:${source})$`, 'u')

function partsOf(value: unknown, element: 'parameter' | 'part'): readonly Part[] {
  const list = fieldsOf(value)?.[element]
  if (!Array.isArray(list)) return []
  return list.filter((one): one is Part => typeof fieldsOf(one)?.['name'] === 'string')
}

const named = (parts: readonly Part[], name: string): readonly Part[] =>
  parts.filter((part) => part.name === name)

const valueIn = (part: Part | undefined): unknown =>
  Object.entries(part ?? {}).find(([element]) => element.startsWith('value'))?.[1]

const valueOf = (parts: readonly Part[], name: string): unknown => valueIn(named(parts, name)[0])

function text(value: unknown, name: string): string {
  if (typeof value === 'string' && value !== '') return value
  throw new Error(`${name} must be a text`)
}
