// Consent → Rule: what a consent says, without its patient and without the period of its root, so that equal ones are equal.
// https://hl7.org/fhir/R4/consent.html, https://profiles.ihe.net/ITI/PCF; docs/access.md says what each part means
// Must not know a request nor a store; must not throw on odd content: what can't be read is marked as unknown.
import { createHash } from 'node:crypto'
import type { Resource } from '../fhir/message.ts'
import type { Interval } from '../search/date.ts'
import { fieldsOf, textOf } from '../search/emit.ts'
import type { Settings } from '../search/emit.ts'
import { pointerOf } from '../search/reference.ts'
import { periodOf } from './period.ts'

/** Alternatives; `unknown`: there are others that can't be judged. */
export type Listed<T> = { readonly of: readonly T[]; readonly unknown: boolean }

/** `system` undefined = not said. */
export type Code = { readonly system?: string; readonly code: string }

export type Meaning = 'instance' | 'related' | 'dependents' | 'authoredby'

export type Datum = { readonly meaning: Meaning; readonly type: string; readonly id: string }

/** What a provision states; what it leaves out is taken over from the one around it. */
export type Criteria = {
  /** The whole provision can't be judged. */
  readonly unknown?: true
  /** Of a provision inside. */
  readonly period?: Interval | 'unknown'
  /** `Organization/1`, `Practitioner/1`, … */
  readonly actors?: Listed<string>
  readonly purposes?: Listed<string>
  /** `read` for each action that reading is. */
  readonly actions?: Listed<string>
  /** ISO 3166-1 alpha-2. */
  readonly countries?: Listed<string>
  readonly classes?: Listed<Code>
  readonly codes?: Listed<Code>
  readonly labels?: Listed<Code>
  readonly dataPeriod?: Interval | 'unknown'
  readonly data?: Listed<Datum>
}

export type Provision = Criteria & {
  /** `none`: it says nothing itself, only what is inside does. */
  readonly type: 'permit' | 'deny' | 'none'
  readonly provisions?: readonly Provision[]
}

export type Rule = {
  readonly root: Provision
  /** The consent has the number of a notification of the transfer. */
  readonly notified?: true
}

const EXTENSION = 'http://ieum.example/fhir/StructureDefinition'
const HL7 = 'http://terminology.hl7.org/CodeSystem'
export const ACT_REASON = `${HL7}/v3-ActReason`
const COUNTRIES = 'urn:iso:std:iso:3166'
const MOST_PROVISIONS = 200
const DEEPEST = 8

/** A refusal of everything, for what is too large to be read. */
const REFUSAL: Rule = { root: { type: 'deny' } }

const RECIPIENTS: Readonly<Record<string, readonly string[]>> = {
  [`${HL7}/v3-ParticipationType`]: ['IRCP', 'PRCP'],
  [`${HL7}/v3-RoleCode`]: ['GRANTEE', 'DELEGATEE'],
}
const READING = ['access', 'use', 'disclose']
const OTHERWISE = ['collect', 'correct']
const MEANINGS: readonly string[] = ['instance', 'related', 'dependents', 'authoredby']

/** What a Consent says; undefined when it counts for nothing (docs/access.md: in force), whatever the time is. */
export function ruleOf(consent: Resource, settings: Settings): Rule | undefined {
  if (consent.resourceType !== 'Consent' || consent['status'] !== 'active') return undefined
  if (!codingsOf(consent['scope']).some(isPrivacy)) return undefined
  const optsOut = codingsOf(consent['policyRule']).some(
    ({ code }) => code === 'OPTOUT' || code === 'OPTOUTE',
  )
  const provision = fieldsOf(consent['provision'])
  if (provision === undefined) return optsOut ? REFUSAL : undefined
  const odd = isThere(consent['modifierExtension']) || isThere(consent['implicitRules'])
  const dated = periodOf(provision['period'], settings.zone) !== 'unknown'
  const size = { left: MOST_PROVISIONS }
  const root = provisionOf(provision, settings, size, 1)
  if (root === undefined) return REFUSAL
  const { period: _, ...stated } = root
  const whole: Provision = {
    ...stated,
    type: provision['type'] === undefined ? (optsOut ? 'deny' : 'none') : stated.type,
  }
  const rule = odd || !dated ? { root: unjudged(whole) } : { root: whole }
  return isNotified(consent) ? { ...rule, notified: true } : rule
}

/** The same text for equal rules, and its hash. */
export const ruleText = (rule: Rule): string => JSON.stringify(rule)
export const ruleKey = (text: string): string =>
  createHash('sha256').update(text).digest('hex').slice(0, 32)

/** Whether few consents have the same rule, because it names what one patient has. */
export function isIndividual(rule: Rule, text: string): boolean {
  return text.length > LONGEST || provisionsOf(rule.root).some(namesSome)
}

const LONGEST = 4000
const SHARED = ['Organization', 'Practitioner', 'PractitionerRole', 'Device']

const namesSome = ({ data, actors }: Provision): boolean =>
  data !== undefined ||
  (actors?.of.some((actor) => !SHARED.includes(actor.slice(0, actor.indexOf('/')))) ?? false)

/** A provision and all inside it. */
export function provisionsOf(provision: Provision): readonly Provision[] {
  return [provision, ...(provision.provisions ?? []).flatMap(provisionsOf)]
}

function unjudged(provision: Provision): Provision {
  const { provisions } = provision
  const inside = provisions === undefined ? {} : { provisions: provisions.map(unjudged) }
  return { ...provision, unknown: true, ...inside }
}

function provisionOf(
  from: Readonly<Record<string, unknown>>,
  settings: Settings,
  size: { left: number },
  depth: number,
): Provision | undefined {
  if (--size.left < 0 || depth > DEEPEST) return undefined
  const inside: Provision[] = []
  for (const one of listOf(from['provision'])) {
    const provision = provisionOf(fieldsOf(one) ?? {}, settings, size, depth + 1)
    if (provision === undefined) return undefined
    inside.push(provision)
  }
  return {
    type: from['type'] === 'permit' ? 'permit' : 'deny',
    ...(isThere(from['modifierExtension']) ? { unknown: true as const } : {}),
    ...criteriaOf(from, settings),
    ...(inside.length === 0 ? {} : { provisions: inside }),
  }
}

function criteriaOf(from: Readonly<Record<string, unknown>>, settings: Settings): Criteria {
  const period = periodOf(from['period'], settings.zone)
  const dataPeriod = periodOf(from['dataPeriod'], settings.zone)
  const destinations = listOf(from['extension'])
    .map(fieldsOf)
    .filter((extension) => extension?.['url'] === `${EXTENSION}/destination-country`)
  const listed: Record<string, Listed<unknown> | undefined> = {
    actors: alternativesOf(from['actor'], (value) => actorOf(value, settings)),
    purposes: alternativesOf(from['purpose'], (value) => codeIn(value, ACT_REASON)),
    actions: alternativesOf(from['action'], actionOf),
    countries: destinations.length === 0 ? undefined : alternativesOf(destinations, countryOf),
    classes: alternativesOf(from['class'], codeOf),
    codes: alternativesOf(from['code'], (value) => orUnknown(codingsOf(value).map(codeOf))),
    labels: alternativesOf(from['securityLabel'], codeOf),
    data: alternativesOf(from['data'], (value) => datumOf(value, settings)),
  }
  return {
    ...(period === undefined ? {} : { period }),
    ...(dataPeriod === undefined ? {} : { dataPeriod }),
    ...Object.fromEntries(Object.entries(listed).filter(([, list]) => list !== undefined)),
  }
}

/** Undefined among alternatives is one that can't be judged. */
type Read<T> = T | undefined | readonly (T | undefined)[]

function alternativesOf<T>(
  value: unknown,
  read: (value: unknown) => Read<T>,
): Listed<T> | undefined {
  if (!isThere(value)) return undefined
  const items = listOf(value)
  if (items.length === 0) return { of: [], unknown: true }
  const found = items.flatMap((item): readonly (T | undefined)[] => {
    const one = read(item)
    return Array.isArray(one) ? (one as readonly (T | undefined)[]) : [one as T | undefined]
  })
  const texts = new Map<string, T>()
  for (const one of found) if (one !== undefined) texts.set(JSON.stringify(one), one)
  const of = [...texts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one)
  return { of, unknown: found.includes(undefined) }
}

const orUnknown = <T>(found: readonly T[]): readonly (T | undefined)[] =>
  found.length === 0 ? [undefined] : found

function actorOf(value: unknown, settings: Settings): string | undefined {
  const actor = fieldsOf(value)
  const isRecipient = codingsOf(actor?.['role']).some(
    ({ system, code }) => RECIPIENTS[String(system)]?.includes(String(code)) ?? false,
  )
  const target = targetOf(actor?.['reference'], settings)
  return isRecipient && target !== undefined ? `${target.type}/${target.id}` : undefined
}

function datumOf(value: unknown, settings: Settings): Datum | undefined {
  const datum = fieldsOf(value)
  const meaning = textOf(datum?.['meaning'])
  const target = targetOf(datum?.['reference'], settings)
  if (meaning === undefined || !MEANINGS.includes(meaning) || target === undefined) return undefined
  return { meaning: meaning as Meaning, ...target }
}

function targetOf(value: unknown, settings: Settings): { type: string; id: string } | undefined {
  const reference = textOf(fieldsOf(value)?.['reference'])
  if (reference === undefined) return undefined
  const { type, id } = pointerOf(reference, settings)
  return type === '' ? undefined : { type, id }
}

const actionOf = (value: unknown): Read<string> =>
  orUnknown(codingsOf(value)).map((coding) => {
    const code = codeIn(coding, `${HL7}/consentaction`)
    if (code === undefined) return undefined
    return READING.includes(code) ? 'read' : OTHERWISE.includes(code) ? code : undefined
  })

function countryOf(extension: unknown): Read<string> {
  return orUnknown(codingsOf(fieldsOf(extension)?.['valueCodeableConcept'])).map((coding) => {
    const code = codeIn(coding, COUNTRIES)?.toUpperCase()
    return code !== undefined && /^[A-Z]{2}$/.test(code) ? code : undefined
  })
}

function codeOf(value: unknown): Code | undefined {
  const coding = fieldsOf(value)
  const system = textOf(coding?.['system'])
  const code = textOf(coding?.['code'])
  if (code === undefined) return undefined
  return system === undefined ? { code } : { system, code }
}

function codeIn(value: unknown, system: string): string | undefined {
  const coding = codeOf(value)
  return coding?.system === system ? coding.code : undefined
}

const isPrivacy = (coding: Readonly<Record<string, unknown>>): boolean =>
  codeIn(coding, `${HL7}/consentscope`) === 'patient-privacy'

function isNotified(consent: Resource): boolean {
  return listOf(consent['extension']).some((one) => {
    const extension = fieldsOf(one)
    if (extension?.['url'] !== `${EXTENSION}/transfer-notification`) return false
    return textOf(fieldsOf(extension['valueIdentifier'])?.['value']) !== undefined
  })
}

function codingsOf(concept: unknown): readonly Readonly<Record<string, unknown>>[] {
  return listOf(fieldsOf(concept)?.['coding'])
    .map(fieldsOf)
    .filter((coding) => coding !== undefined)
}

const listOf = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? value : isThere(value) ? [value] : []

const isThere = (value: unknown): boolean => value !== undefined && value !== null
