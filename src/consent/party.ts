// All that a caller is to a consent: organization, user, their roles, and the teams and groups they are in.
// https://hl7.org/fhir/R4/practitionerrole.html, careteam.html, group.html
// Must not count what has ended, nor an organization that the caller's is only a part of.
import { fail } from '../errors.ts'
import type { Definitions } from '../fhir/definitions.ts'
import type { Resource } from '../fhir/message.ts'
import { fieldsOf, textOf } from '../search/emit.ts'
import type { Settings } from '../search/emit.ts'
import { createSearchParameters } from '../search/parameters.ts'
import { COUNTRY_SYSTEM } from '../search/record.ts'
import { oneOf } from '../search/filter.ts'
import type { Plan } from '../search/plan.ts'
import { pointerOf } from '../search/reference.ts'
import type { Store } from '../store/store.ts'
import { isWithin, periodOf } from './period.ts'
import type { Rule } from './rule.ts'
import { provisionsOf } from './rule.ts'

export type PartyRoom = {
  readonly store: Pick<Store, 'search'>
  readonly definitions: Definitions
  readonly settings: Settings
}

/** Types that have to be looked up, where rules name any. */
const TO_LOOK_UP = ['PractitionerRole', 'CareTeam', 'Group'] as const
export type LookedUp = (typeof TO_LOOK_UP)[number]

const MOST = 1000

/** Which of the types that have to be looked up the rules name as actors. */
export function namedParties(rules: Iterable<Rule>): ReadonlySet<LookedUp> {
  const named = new Set<LookedUp>()
  for (const rule of rules) for (const type of namedBy(rule)) named.add(type)
  return named
}

const looked = new WeakMap<Rule, readonly LookedUp[]>()

function namedBy(rule: Rule): readonly LookedUp[] {
  let named = looked.get(rule)
  if (named === undefined) {
    const actors = provisionsOf(rule.root).flatMap(({ actors }) => actors?.of ?? [])
    named = TO_LOOK_UP.filter((type) => actors.some((actor) => actor.startsWith(`${type}/`)))
    looked.set(rule, named)
  }
  return named
}

/**
 * `Organization/1`, `Practitioner/1`, …; PractitionerRoles, CareTeams and Groups only where they are asked for.
 * @throws Failure `too-costly` for who is in more of them than can be looked at
 */
export async function partiesOf(
  caller: { readonly organization: string; readonly user?: string },
  asked: ReadonlySet<LookedUp>,
  now: number,
  room: PartyRoom,
): Promise<ReadonlySet<string>> {
  const { organization, user } = caller
  const parties = new Set([`Organization/${organization}`, ...(user === undefined ? [] : [user])])
  const is = (value: unknown, who: ReadonlySet<string>): boolean => {
    const reference = textOf(fieldsOf(value)?.['reference'])
    if (reference === undefined) return false
    const { type, id } = pointerOf(reference, room.settings)
    return who.has(`${type}/${id}`)
  }
  const lasts = (value: unknown): boolean => {
    const period = periodOf(fieldsOf(value)?.['period'], room.settings.zone)
    return period === undefined || (period !== 'unknown' && isWithin(now, period))
  }
  if (asked.size > 0 && user?.startsWith('Practitioner/') === true) {
    const own = new Set([`Organization/${organization}`])
    for (const role of await naming('PractitionerRole', 'practitioner', [user], room))
      if (
        role['active'] !== false &&
        lasts(role) &&
        is(role['practitioner'], new Set([user])) &&
        (role['organization'] === undefined || is(role['organization'], own))
      )
        parties.add(`PractitionerRole/${role.id ?? ''}`)
  }
  const themselves = new Set(parties)
  const members = (value: unknown, element: string): boolean =>
    listOf(value).some(
      (one) =>
        is(fieldsOf(one)?.[element], themselves) &&
        fieldsOf(one)?.['inactive'] !== true &&
        lasts(one),
    )
  if (asked.has('CareTeam'))
    for (const team of await naming('CareTeam', 'participant', themselves, room))
      if (team['status'] === 'active' && lasts(team) && members(team['participant'], 'member'))
        parties.add(`CareTeam/${team.id ?? ''}`)
  if (asked.has('Group'))
    for (const group of await naming('Group', 'member', themselves, room))
      if (group['active'] !== false && members(group['member'], 'entity'))
        parties.add(`Group/${group.id ?? ''}`)
  return parties
}

/** Resources of a type that name any of these at a parameter. */
async function naming(
  type: LookedUp,
  parameter: string,
  references: Iterable<string>,
  { store, definitions }: PartyRoom,
): Promise<readonly Resource[]> {
  const found = createSearchParameters(definitions).forType(type).get(parameter)
  const paths = found?.paths.map(({ path }) => path) ?? []
  const plan: Plan = {
    types: [type],
    where: oneOf(
      [...references].map((reference) => {
        const [of = '', id = ''] = reference.split('/')
        return { kind: 'reference', paths, type: of, id }
      }),
    ),
    sort: [],
    count: MOST,
    total: false,
    includes: [],
  }
  const { matches, next } = await store.search(plan)
  if (next !== undefined)
    throw fail('too-costly', `The caller is in too many resources of type ${type} to look at`)
  return matches.map(({ text }) => JSON.parse(text ?? '{}') as Resource)
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

/** Country of an organization, ISO 3166-1 alpha-2; undefined where it says none. */
export async function countryOf(
  organization: string,
  store: Pick<Store, 'read'>,
): Promise<string | undefined> {
  const text = (await store.read('Organization', organization))?.text
  if (text === undefined) return undefined
  const before = countries.get(organization)
  if (before?.text === text) return before.country
  const country = countryIn(text)
  if (countries.size >= MOST) countries.clear()
  countries.set(organization, { text, country })
  return country
}

/** By organization, of its text. */
const countries = new Map<string, { readonly text: string; readonly country: string | undefined }>()

/** Of its address, or else its tag. */
function countryIn(text: string): string | undefined {
  const { address, meta } = JSON.parse(text) as Resource
  const said = [
    ...listOf(address).map((one) => fieldsOf(one)?.['country']),
    ...listOf(meta?.tag)
      .map(fieldsOf)
      .filter((tag) => tag?.['system'] === COUNTRY_SYSTEM)
      .map((tag) => tag?.['code']),
  ]
  return said
    .map((country) => textOf(country)?.toUpperCase())
    .find((country) => country !== undefined && /^[A-Z]{2}$/.test(country))
}
