// Consents in force of some records, as rules with where they come from.
// Must not leave one out: those of a record are all read, however many there are.
import type { Resource } from '../fhir/message.ts'
import { textOf } from '../search/emit.ts'
import { fieldsOf } from '../search/emit.ts'
import type { Settings } from '../search/emit.ts'
import { intervalOf, type Interval } from '../search/date.ts'
import { custodianOf, GOVERNED } from '../search/record.ts'
import type { Condition, Plan } from '../search/plan.ts'
import { pointerOf } from '../search/reference.ts'
import type { Store, Version } from '../store/store.ts'
import { patientAt, validityOf } from './entries.ts'
import { either } from './fold.ts'
import { isWithin } from './period.ts'
import type { Datum, Provision, Rule } from './rule.ts'
import { provisionsOf, ruleOf, ruleText } from './rule.ts'
import type { Standing } from './standing.ts'

/** A record: id of its custodian, and of the patient. */
export type RecordKey = { readonly custodian: string; readonly patient: string }

export type ConsentInForce = RecordKey & {
  readonly id: string
  readonly version: number
  /** `dateTime` (ms; the latest instant that it may be), then when it was last written. */
  readonly order: readonly [number, number]
  /** When it counts: the period of its root provision, [low, high). */
  readonly valid: Interval
  readonly rule: Rule
  /** Whether the rule names what resources refer to. */
  readonly isRelated: boolean
  /** The same for equal rules. */
  readonly ruleText: string
}

export type ConsentRoom = {
  readonly store: Pick<Store, 'search' | 'read'>
  readonly settings: Settings
  /** What was read before, by id and version; grows. */
  readonly parsed?: ParsedConsents
}

/** The text is kept to be sure. */
export type ParsedConsents = Map<
  string,
  { readonly text: string; readonly consent: ConsentInForce | undefined }
>

const KEPT = 10_000

/** Records whose consents are kept. */
const KEPT_RECORDS = 50_000

/**
 * All that are in force of these records.
 * @param standing what was read of them before; grows
 */
export async function consentsOf(
  records: readonly RecordKey[],
  now: number,
  room: ConsentRoom,
  { consents }: Standing,
): Promise<readonly ConsentInForce[]> {
  const there: ConsentInForce[] = []
  const unread: RecordKey[] = []
  for (const record of records) {
    const known = consents.get(nameOf(record))
    if (known === undefined) unread.push(record)
    else there.push(...known)
  }
  if (unread.length > 0) {
    const read = await keptIn(unread, room)
    there.push(...read)
    if (consents.size + unread.length > KEPT_RECORDS) consents.clear()
    for (const record of unread) consents.set(nameOf(record), NOBODY)
    for (const consent of read) {
      const name = nameOf(consent)
      consents.set(name, [...(consents.get(name) ?? []), consent])
    }
  }
  return withAllRelated(
    there.filter(({ valid }) => isWithin(now, valid)),
    room,
  )
}

const NOBODY: readonly ConsentInForce[] = []

/** Ids have no space in them. */
export const nameOf = ({ custodian, patient }: RecordKey): string => `${custodian} ${patient}`

/** All of these records that count for something, whenever. */
function keptIn(
  records: readonly RecordKey[],
  room: ConsentRoom,
): Promise<readonly ConsentInForce[]> {
  const governing = records.map(({ custodian, patient }): Condition => ({
    kind: 'token',
    paths: [GOVERNED],
    system: custodian,
    code: `Patient/${patient}`,
  }))
  return read(either(...governing), Infinity, room)
}

/** Consents that fulfil a condition and have a rule, `most` + 1 of them at most. */
export const found = async (
  where: Condition,
  most: number,
  room: ConsentRoom,
): Promise<readonly ConsentInForce[]> => withAllRelated(await read(where, most, room), room)

/** The same before what is related was looked up. */
async function read(
  where: Condition,
  most: number,
  room: ConsentRoom,
): Promise<readonly ConsentInForce[]> {
  const versions: Version[] = []
  let cursor: string | undefined
  do {
    const plan: Plan = {
      types: ['Consent'],
      where,
      sort: [],
      count: Math.min(most + 1, 1000),
      total: false,
      includes: [],
      ...(cursor === undefined ? {} : { cursor }),
    }
    const page = await room.store.search(plan)
    versions.push(...page.matches)
    cursor = page.next
  } while (cursor !== undefined && versions.length <= most)
  return versions.map((version) => made(version, room)).filter((c) => c !== undefined)
}

/** What resources refer to changes without a Consent being written: it is looked up each time. */
async function withAllRelated(
  consents: readonly ConsentInForce[],
  room: ConsentRoom,
): Promise<readonly ConsentInForce[]> {
  if (!consents.some(({ isRelated }) => isRelated)) return consents
  return await Promise.all(
    consents.map(async (consent) => {
      const rule = await withRelated(consent.rule, room)
      return rule === consent.rule ? consent : { ...consent, rule, ruleText: ruleText(rule) }
    }),
  )
}

function made(version: Version, room: ConsentRoom): ConsentInForce | undefined {
  const { parsed, settings } = room
  const name = `${version.id}/${String(version.version)}`
  const before = parsed?.get(name)
  const consent =
    before !== undefined && before.text === version.text
      ? before.consent
      : consentIn(version, settings)
  if (parsed !== undefined && consent !== before?.consent) {
    if (parsed.size >= KEPT) parsed.clear()
    parsed.set(name, { text: version.text ?? '', consent })
  }
  return consent
}

function consentIn(version: Version, settings: Settings): ConsentInForce | undefined {
  const consent = JSON.parse(version.text ?? '{}') as Resource
  const rule = ruleOf(consent, settings)
  const custodian = custodianOf(consent)
  const patient = patientAt(consent, 'patient', settings)
  if (rule === undefined || custodian === undefined || patient === undefined) return undefined
  const written = textOf(consent['dateTime'])
  const at = written === undefined ? undefined : intervalOf(written, settings.zone)
  const order = [at?.high ?? -Infinity, version.updated] as const
  return {
    custodian,
    patient,
    id: version.id,
    version: version.version,
    order,
    valid: validityOf(consent, settings),
    rule,
    isRelated: namesRelated(rule),
    ruleText: ruleText(rule),
  }
}

const namesRelated = ({ root }: Rule): boolean =>
  provisionsOf(root).some(({ data }) => data?.of.some(({ meaning }) => meaning === 'related'))

/** What resources that are named with `related` refer to now, as resources that are named themselves. */
async function withRelated(rule: Rule, room: ConsentRoom): Promise<Rule> {
  const related = new Map<string, readonly Datum[]>()
  const look = async ({ data, provisions = [] }: Provision): Promise<void> => {
    for (const { meaning, type, id } of data?.of ?? []) {
      const key = `${type}/${id}`
      if (meaning === 'related' && !related.has(key))
        related.set(key, referredBy((await room.store.read(type, id))?.text, room.settings))
    }
    for (const inside of provisions) await look(inside)
  }
  await look(rule.root)
  if (related.size === 0) return rule
  const whole = (provision: Provision): Provision => {
    const { data, provisions } = provision
    return {
      ...provision,
      ...(data === undefined
        ? {}
        : {
            data: {
              ...data,
              of: data.of.flatMap((one) => [
                one,
                ...(one.meaning === 'related' ? (related.get(`${one.type}/${one.id}`) ?? []) : []),
              ]),
            },
          }),
      ...(provisions === undefined ? {} : { provisions: provisions.map(whole) }),
    }
  }
  return { ...rule, root: whole(rule.root) }
}

function referredBy(text: string | undefined, settings: Settings): readonly Datum[] {
  const out: Datum[] = []
  const walk = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(walk)
    const fields = fieldsOf(value)
    if (fields === undefined) return
    const reference = textOf(fields['reference'])
    if (reference !== undefined) {
      const { type, id } = pointerOf(reference, settings)
      if (type !== '') out.push({ meaning: 'instance', type, id })
    }
    Object.values(fields).forEach(walk)
  }
  if (text !== undefined) walk(JSON.parse(text))
  return out
}
