// A resource as the policy lets it be told: each element by the rule of its path, or else of its datatype, or not at all.
// docs/adr/0010-teaching-cases.md, https://hl7.org/fhir/R4/secpriv-module.html#deIdentification
// Must not copy anything that no rule names, nor tell what stood where something is missing.
import type { Definitions, ElementDefinition, Property } from '../fhir/definitions.ts'
import { numberFrom } from '../fhir/json.ts'
import type { Resource } from '../fhir/message.ts'
import { fieldsOf, numberOf, textOf, type Settings } from '../search/emit.ts'
import { pointerOf } from '../search/reference.ts'
import { checkUnit, UCUM } from '../terminology/ucum.ts'
import { spelled } from '../terminology/unit-spelling.ts'
import type { Codings } from './codings.ts'
import type { Told } from './cohort.ts'
import type { Policy, Rule } from './policy.ts'
import type { Pseudonyms } from './pseudonym.ts'
import { shifted, type Move } from './shift.ts'

export type Room = {
  readonly policy: Policy
  readonly pseudonyms: Pseudonyms
  readonly definitions: Definitions
  readonly settings: Settings
  readonly codings: Codings
  /** Whether a resource is told of too, so that references to it stay. */
  readonly isTold: (type: string, id: string) => boolean
  /** Told what was done: the rule (a path, a datatype, or `none`), and how. */
  readonly did: (rule: string, method: string) => void
}

/** Whose a resource is: what is told of the patient, and how its dates are moved. */
export type Owner = { readonly told: Told; readonly move: Move }

type Fields = Readonly<Record<string, unknown>>
type Out = Record<string, unknown>

/** Where a value stands. `container`: name of the resource around it, for contained ones. */
type Place = {
  readonly owner: Owner | undefined
  readonly container: string
  /** Ids of contained resources that are told. */
  readonly inside: ReadonlyMap<string, string>
}

const ABSENT = 'http://hl7.org/fhir/StructureDefinition/data-absent-reason'
const BAND = 'http://ieum.example/fhir/StructureDefinition/birth-year-band'
const MASKED = { extension: [{ url: ABSENT, valueCode: 'masked' }] } as const

/** Stands for a value that is masked, until it is written. */
const MASK = Symbol('masked')

export type Treat = (resource: Resource, owner: Owner | undefined) => Resource | undefined

/**
 * Makes what treats resources, which are read without loss of digits.
 * @returns undefined for a resource of a type that the policy doesn't name, or that can't be told in part
 */
export function createTreat(room: Room): Treat {
  const { policy, pseudonyms, definitions, codings, did } = room
  const { paths, types } = policy

  /** The rule of an element, and whether it is there by its own name. */
  const ruleOf = (owner: string, name: string, property: Property): Rule | undefined => {
    for (let at: string | undefined = owner; at !== undefined; at = definitions.types.get(at)?.base)
      for (const path of [`${at}.${name}`, `${at}.${property.element.name}`]) {
        const rule = paths.get(path)
        if (rule !== undefined) return rule
      }
    for (
      let at: string | undefined = property.type.name;
      at !== undefined;
      at = definitions.types.get(at)?.base
    ) {
      const rule = types.get(at)
      if (rule !== undefined) return rule
    }
    return undefined
  }

  const resource = (given: Resource, owner: Owner | undefined): Resource | undefined => {
    const { resourceType: type, id = '' } = given
    const inside = new Map<string, string>()
    for (const one of listOf(given['contained'])) {
      const fields = fieldsOf(one)
      const [of, name] = [textOf(fields?.['resourceType']), textOf(fields?.['id'])]
      if (of !== undefined && name !== undefined && paths.get(of)?.method === 'keep')
        inside.set(name, pseudonyms.id(of, `${type}/${id}#${name}`))
    }
    const out = whole(given, { owner, container: `${type}/${id}`, inside })
    return out === undefined ? undefined : labelled(out, policy.labels)
  }

  /** A resource, contained or not. */
  const whole = (given: Resource, place: Place): Resource | undefined => {
    const { resourceType: type } = given
    const rule = paths.get(type)
    if (rule?.method !== 'keep' || isForeign(given) || given['implicitRules'] !== undefined) {
      did(rule === undefined ? 'none' : type, 'remove')
      return undefined
    }
    const about = OBSERVED.has(type) ? codeRule(given['code']) : undefined
    if (about?.method === 'remove') {
      did(about.name, 'remove')
      return undefined
    }
    const out: Out = { resourceType: type, ...object(type, given, place, about) }
    if (OBSERVED.has(type)) markAbsent(given, out)
    const contained = listOf(out['contained'])
    if (contained.length > 0) {
      const kept = referredTo(out, contained)
      if (kept.length === 0) delete out['contained']
      else out['contained'] = kept
    }
    return out as Resource
  }

  /** The elements of a value of a type, with masks where it must have some. */
  const object = (
    type: string,
    value: Fields,
    place: Place,
    about: Rule | undefined = undefined,
  ): Out => {
    const out: Out = {}
    const properties = definitions.properties(type)
    for (const [key, item] of Object.entries(value)) {
      if (key === 'resourceType' || key.startsWith('_')) continue
      const property = properties.get(key)
      if (property === undefined) continue
      if (property.type.name === 'Extension') {
        const kept = key === 'extension' ? listOf(item).flatMap((one) => extension(one, place)) : []
        if (kept.length > 0) out[key] = kept
        continue
      }
      const rule = ruleOf(type, key, property)
      // Several that become the same coarse one are told once.
      const items = rule?.method === 'generalise' ? listOf(item).slice(0, 1) : listOf(item)
      const made = property.array
        ? items.flatMap((one) => element(rule, type, key, property, one, place, about) ?? [])
        : element(rule, type, key, property, item, place, about)
      if (made === undefined || (Array.isArray(made) && made.length === 0)) continue
      put(out, key, property, made)
    }
    siblings(value, out, properties, place)
    for (const needed of requiredOf(type)) mask(needed, value, out, properties)
    return out
  }

  /** `_birthDate` and the like: extensions of primitives. */
  const siblings = (
    value: Fields,
    out: Out,
    properties: ReadonlyMap<string, Property>,
    place: Place,
  ): void => {
    for (const [key, item] of Object.entries(value)) {
      const property = key.startsWith('_') ? properties.get(key.slice(1)) : undefined
      if (property === undefined || property.array || out[key] !== undefined) continue
      const kept = listOf(fieldsOf(item)?.['extension']).flatMap((one) => extension(one, place))
      if (kept.length > 0) out[key] = { extension: kept }
    }
  }

  const extension = (value: unknown, place: Place): readonly unknown[] => {
    const fields = fieldsOf(value)
    const url = textOf(fields?.['url'])
    if (fields === undefined || url === undefined || !policy.extensions.has(url)) {
      did('Extension', 'remove')
      return []
    }
    if (url === ABSENT) {
      const reason = textOf(fields['valueCode'])
      return reason !== undefined && REASONS.has(reason) ? [{ url, valueCode: reason }] : []
    }
    const { url: _, extension: __, ...rest } = fields
    const out = object('Extension', rest, place)
    delete out['_url']
    delete out['url']
    if (Object.keys(out).length === 0) return []
    did('Extension', 'keep')
    return [{ url, ...out }]
  }

  const element = (
    rule: Rule | undefined,
    owner: string,
    key: string,
    property: Property,
    value: unknown,
    place: Place,
    about: Rule | undefined,
  ): unknown => {
    const { type } = property
    const isPrimitive = type.kind === 'primitive'
    if (rule === undefined) {
      if (isPrimitive) {
        did('none', 'remove')
        return undefined
      }
      return nested(type.name, value, place)
    }
    const made = treated(rule, owner, key, property, value, place, about)
    did(rule.name, made === undefined ? 'remove' : rule.method)
    return made
  }

  const nested = (type: string, value: unknown, place: Place): unknown => {
    const fields = fieldsOf(value)
    if (fields === undefined) return undefined
    if (type === 'Resource') return whole(fields as Resource, { ...place, owner: place.owner })
    if (isForeign(fields)) {
      did('Extension', 'remove')
      return undefined
    }
    const about = type === 'Observation.component' ? codeRule(fields['code']) : undefined
    if (about?.method === 'remove') return undefined
    const out = object(type, fields, place, about)
    if (type === 'Observation.component') markAbsent(fields, out)
    return saysSomething(out) ? out : undefined
  }

  const treated = (
    rule: Rule,
    owner: string,
    key: string,
    property: Property,
    value: unknown,
    place: Place,
    about: Rule | undefined,
  ): unknown => {
    const { type, element: definition } = property
    const isAge = about?.method === 'generalise' && definition.name === 'value'
    if (isAge) return isQuantity(type.name) ? age(value, place) : undefined
    switch (rule.method) {
      case 'remove':
        return undefined
      case 'redact':
        return MASK
      case 'keep':
        if (type.kind !== 'primitive') return nested(type.name, value, place)
        if (typeof value === 'object' && !JSON.isRawJSON(value)) return undefined
        if (rule.pattern === undefined) return value
        return typeof value === 'string' && rule.pattern.test(value) ? value : undefined
      case 'check':
        if (owner === 'CodeableConcept' && key === 'text') return undefined
        if (type.name === 'code') return bound(definition, value)
        if (type.name === 'Coding') return coding(value)
        return isQuantity(type.name) ? quantity(value) : undefined
      case 'shift':
        return typeof value === 'string' && place.owner !== undefined
          ? shifted(value, place.owner.move, policy.timeOfDay, type.name === 'instant')
          : undefined
      case 'generalise':
        if (isQuantity(type.name)) return age(value, place)
        return owner === 'Patient' ? told(key, place.owner?.told) : undefined
      case 'pseudonym':
        if (type.name === 'Reference') return reference(value, place)
        if (type.name === 'Identifier') return identifier(value)
        if (typeof value !== 'string') return undefined
        if (key === 'id' && type.name === 'id') return named(owner, value, place)
        return key === 'uid' ? pseudonyms.uid(value) : pseudonyms.value(rule.name, value)
    }
  }

  /** The pseudonym of a resource: of one that is contained, as it was given to it. */
  const named = (owner: string, id: string, { container, inside }: Place): string =>
    container === `${owner}/${id}`
      ? pseudonyms.id(owner, id)
      : (inside.get(id) ?? pseudonyms.id(owner, id))

  const reference = (value: unknown, { inside }: Place): unknown => {
    const text = textOf(fieldsOf(value)?.['reference'])
    if (text === undefined) return undefined
    if (text.startsWith('#')) {
      const name = inside.get(text.slice(1))
      return name === undefined ? undefined : { reference: `#${name}` }
    }
    const { type, id } = pointerOf(text, room.settings)
    return type !== '' && room.isTold(type, id)
      ? { reference: `${type}/${pseudonyms.id(type, id)}` }
      : undefined
  }

  const identifier = (value: unknown): unknown => {
    const fields = fieldsOf(value)
    const text = textOf(fields?.['value'])
    return text === undefined
      ? undefined
      : {
          system: 'http://ieum.example/fhir/sid/pseudonym',
          value: pseudonyms.value('identifier', `${textOf(fields?.['system']) ?? ''}|${text}`),
        }
  }

  const coding = (value: unknown): unknown => {
    const fields = fieldsOf(value)
    const [system, code] = [textOf(fields?.['system']), textOf(fields?.['code'])]
    if (system === undefined || code === undefined) return undefined
    const known = codings(system, code)
    if (known === undefined) return undefined
    const given = textOf(fields?.['display'])
    const display = given !== undefined && known.names.includes(given) ? given : known.name
    return {
      system,
      code,
      ...(display === '' ? {} : { display }),
      ...(typeof fields?.['userSelected'] === 'boolean'
        ? { userSelected: fields['userSelected'] }
        : {}),
    }
  }

  /** Of an element whose codes are all known. */
  const bound = ({ binding }: ElementDefinition, value: unknown): unknown =>
    typeof value === 'string' &&
    binding?.strength === 'required' &&
    definitions.codes(binding.valueSet)?.includes(value) === true
      ? value
      : undefined

  const quantity = (value: unknown): unknown => {
    const fields = fieldsOf(value)
    if (fields === undefined || numberOf(fields['value']) === undefined) return undefined
    const { value: number, comparator } = fields
    const [system, code, unit] = [
      textOf(fields['system']),
      textOf(fields['code']),
      textOf(fields['unit']),
    ]
    const out: Out = {
      value: number,
      ...(COMPARATORS.has(String(comparator)) ? { comparator } : {}),
    }
    if (system !== undefined && code !== undefined) {
      const known = codings(system, code)
      if (known === undefined) return undefined
      const isSame = unit !== undefined && (unit === code || spelled(unit) === code)
      return {
        ...out,
        unit: isSame ? unit : system === UCUM ? code : known.name || code,
        system,
        code,
      }
    }
    if (unit === undefined) return out
    const pattern = policy.systems.get(UCUM)
    if (pattern?.test(unit) === true && checkUnit(unit).ok) return { ...out, unit }
    return spelled(unit) === undefined ? undefined : { ...out, unit }
  }

  /** In bands, of those alone whose year of birth is told of as well. */
  const age = (value: unknown, { owner }: Place): unknown => {
    const years = yearsOf(fieldsOf(value))
    if (years === undefined || owner?.told.born === undefined) return undefined
    const { ageYears, oldest } = policy
    const told = years > oldest ? oldest + 1 : Math.floor(years / ageYears) * ageYears
    return { value: numberFrom(String(told)), unit: 'a', system: UCUM, code: 'a' }
  }

  const codeRule = (concept: unknown): Rule | undefined => {
    for (const one of listOf(fieldsOf(concept)?.['coding'])) {
      const fields = fieldsOf(one)
      const rule = policy.codes.get(
        `${textOf(fields?.['system']) ?? ''}|${textOf(fields?.['code']) ?? ''}`,
      )
      if (rule !== undefined) return rule
    }
    return undefined
  }

  const required = new Map<string, readonly ElementDefinition[]>()
  const requiredOf = (type: string): readonly ElementDefinition[] => {
    let found = required.get(type)
    if (found === undefined) {
      found = (definitions.types.get(type)?.elements ?? []).filter(({ min }) => min > 0)
      required.set(type, found)
    }
    return found
  }

  return resource
}

/** Writes what an element became. */
function put(out: Out, key: string, { type, array }: Property, made: unknown): void {
  const masked = made === MASK || (Array.isArray(made) && made.includes(MASK))
  if (!masked) out[key] = made
  else if (type.kind === 'primitive') out[`_${key}`] = array ? [MASKED] : MASKED
  else out[key] = array ? [MASKED] : MASKED
  if (key === 'birthDate' && fieldsOf(made) !== undefined) {
    const { year, band } = made as { year: string; band: object | undefined }
    out[key] = year
    if (band !== undefined) out[`_${key}`] = { extension: [{ url: BAND, valuePeriod: band }] }
  }
}

/** A mask where a value must be and there is none, under the name that it had. */
function mask(
  needed: ElementDefinition,
  value: Fields,
  out: Out,
  properties: ReadonlyMap<string, Property>,
): void {
  const names = [...properties].filter(([, { element }]) => element === needed).map(([n]) => n)
  if (names.some((name) => out[name] !== undefined || out[`_${name}`] !== undefined)) return
  const name = names.find((one) => value[one] !== undefined || value[`_${one}`] !== undefined)
  const key = name ?? names[0]
  const property = key === undefined ? undefined : properties.get(key)
  if (key !== undefined && property !== undefined) put(out, key, property, MASK)
}

/** What sex, birth date and address become. */
function told(key: string, what: Told | undefined): unknown {
  if (what === undefined) return undefined
  const { sex, born, country, region, postal } = what
  if (key === 'gender') return sex
  if (key === 'birthDate') {
    if (born === undefined) return undefined
    const [first, last] = born.map((year) => String(year).padStart(4, '0'))
    return { year: first, band: first === last ? undefined : { start: first, end: last } }
  }
  if (key !== 'address' || (country ?? region ?? postal) === undefined) return undefined
  return {
    ...(region === undefined ? {} : { state: region }),
    ...(postal === undefined ? {} : { postalCode: postal }),
    ...(country === undefined ? {} : { country }),
  }
}

/** Of what is observed, that it can't be told is said where R4 says such things. */
function markAbsent(given: Fields, out: Out): void {
  const hasValue = (fields: Fields): boolean =>
    Object.keys(fields).some((key) => /^_?value[A-Z]/.test(key))
  if (!hasValue(given) || hasValue(out) || out['dataAbsentReason'] !== undefined) return
  out['dataAbsentReason'] = {
    coding: [
      { system: 'http://terminology.hl7.org/CodeSystem/data-absent-reason', code: 'masked' },
    ],
  }
}

/** Contained resources that something refers to, one that is contained too among it (dom-3). */
function referredTo(out: Out, contained: readonly unknown[]): readonly unknown[] {
  const kept = new Set<unknown>()
  const { contained: _, ...own } = out
  const waiting: unknown[] = [own]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const text = JSON.stringify(next)
    for (const one of contained)
      if (!kept.has(one) && text.includes(`"reference":"#${String(fieldsOf(one)?.['id'])}"`)) {
        kept.add(one)
        waiting.push(one)
      }
  }
  return contained.filter((one) => kept.has(one))
}

function labelled(resource: Resource, labels: readonly object[]): Resource {
  const { resourceType, id, meta, ...rest } = resource
  const security = [...(meta?.security ?? []), ...labels]
  return { resourceType, ...(id === undefined ? {} : { id }), meta: { ...meta, security }, ...rest }
}

/** Whether something in it changes what it means in a way that isn't known here. */
const isForeign = (fields: Fields): boolean => fields['modifierExtension'] !== undefined

/** Whether there is more than masks. */
const saysSomething = (out: Out): boolean =>
  Object.values(out).some(
    (value) => !isMasked(value) && !(Array.isArray(value) && value.every(isMasked)),
  )

const isMasked = (value: unknown): boolean => value === MASKED

const listOf = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? value : value === undefined || value === null ? [] : [value]

const isQuantity = (type: string): boolean => QUANTITIES.has(type)
const QUANTITIES = new Set(['Quantity', 'Age', 'Count', 'Distance', 'Duration'])
const COMPARATORS = new Set(['<', '<=', '>=', '>'])
const OBSERVED = new Set(['Observation'])

/** Codes of http://terminology.hl7.org/CodeSystem/data-absent-reason. */
const REASONS = new Set(
  'unknown asked-unknown temp-unknown not-asked asked-declined masked not-applicable unsupported as-text error not-a-number negative-infinity positive-infinity not-performed not-permitted'.split(
    ' ',
  ),
)

/** An age in years. */
function yearsOf(fields: Fields | undefined): number | undefined {
  const value = numberOf(fields?.['value'])
  const unit = textOf(fields?.['code']) ?? spelled(textOf(fields?.['unit']) ?? '')
  const perYear = unit === undefined ? undefined : PER_YEAR[unit]
  return value === undefined || perYear === undefined ? undefined : value / perYear
}

const PER_YEAR: Readonly<Record<string, number>> = {
  a: 1,
  mo: 12,
  wk: 52.1775,
  d: 365.2425,
  h: 8765.82,
  min: 525_949.2,
}
