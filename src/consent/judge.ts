// Versions at hand → decisions: the same as a search decides, and which consent it was.
// docs/access.md, "Records and consents"
// Must not decide anything else than the condition of a search does: both are made of the same rulings.
import type { Principal } from '../auth/principal.ts'
import type { Definitions } from '../fhir/definitions.ts'
import type { Resource } from '../fhir/message.ts'
import type { Settings } from '../search/emit.ts'
import type { Entry } from '../search/entry.ts'
import { matches, type Candidate } from '../search/match.ts'
import { narrowed } from '../search/narrow.ts'
import type { Condition } from '../search/plan.ts'
import { RECORD } from '../search/record.ts'
import type { Store, Version } from '../store/store.ts'
import type { Access, Decision } from './access.ts'
import { lasting, rulingOf, type Facts, type Ruling } from './condition.ts'
import { custodianIn } from './custody.ts'
import { consentsOf, nameOf, type ConsentInForce, type RecordKey } from './consents.ts'
import { both, isAll } from './fold.ts'
import type { About } from './about.ts'
import { answering } from './assigned.ts'
import { LAWS, type Law } from './residency.ts'
import { isCare, waysOf } from './role.ts'
import type { Rule } from './rule.ts'
import type { RulingFor, Standing, Stands } from './standing.ts'
import { isCase } from './teaching-case.ts'

export type JudgeOptions = {
  readonly principal: Principal
  /** Of the request; what the caller is to the consents of a record is looked up where they name teams. */
  readonly facts: Facts
  readonly partiesFor: (rules: readonly Rule[]) => Promise<ReadonlySet<string>>
  /** What the scopes reach. */
  readonly scope: Condition
  /** Patients for whom the glass is broken. */
  readonly opened: ReadonlySet<string>
  readonly about: About
  readonly room: {
    readonly store: Pick<Store, 'search' | 'read' | 'count'>
    readonly definitions: Definitions
    readonly settings: Settings
    readonly stands: Stands
  }
  /** What a version, which is live, says to the index. */
  readonly candidateOf: (version: Version) => Judged
}

/** A candidate with the records that it is in. */
export type Judged = Candidate & { readonly records: readonly RecordKey[] }

const OWN: Decision = { seen: true, reason: 'own' }
const NOT_SEEN: Decision = { seen: false, reason: 'none' }

export function createJudge(options: JudgeOptions): Access['judge'] {
  const { principal, scope, opened, candidateOf, room } = options
  const ways = waysOf(principal)
  const byRole = (candidate: Candidate): Decision | undefined => {
    const way = ways.find(({ condition }) => matches(candidate, condition))
    return way === undefined ? undefined : { seen: true, reason: way.reason }
  }
  // What is the caller's own is told by the beginning of the text: most of what is read is never parsed.
  const isCaring = isCare(principal)
  const wholly = new Map<string, boolean>()
  const atOnce = (version: Version): Decision | undefined => {
    if (!isCaring || version.text === undefined) return undefined
    let whole = wholly.get(version.type)
    if (whole === undefined)
      wholly.set(version.type, (whole = isAll(narrowed(scope, [version.type]))))
    // Ids are written as they are: a text without it has another custodian.
    if (!whole || !version.text.includes(`"${principal.organization}"`)) return undefined
    if (custodianIn(version) !== principal.organization || isCase(version)) return undefined
    return OWN
  }
  const reached = async (candidate: Candidate): Promise<boolean> =>
    isAll(scope) || (await fulfils(candidate, scope, room.store))

  return async (versions) => {
    const decided: Decision[] = []
    const left: { readonly at: number; readonly candidate: Judged }[] = []
    for (const [at, version] of versions.entries()) {
      const early = atOnce(version)
      if (early !== undefined) {
        decided.push(early)
        continue
      }
      const candidate = version.text === undefined ? undefined : candidateOf(version)
      const role = candidate === undefined ? NOT_SEEN : byRole(candidate)
      decided.push(role ?? NOT_SEEN)
      if (candidate === undefined) continue
      if (!(await reached(candidate))) decided[at] = { seen: false, reason: 'scope' }
      else if (role === undefined && candidate.type !== 'AuditEvent') left.push({ at, candidate })
    }
    if (left.length === 0) return decided
    const consents = isCaring ? await speakingOf(left, options) : NOBODY
    for (const { at, candidate } of left) {
      const decision = byConsent(candidate, consents, options)
      decided[at] =
        !decision.seen && candidate.records.some(({ patient }) => opened.has(patient))
          ? { seen: true, reason: 'break-glass' }
          : decision
    }
    return decided
  }
}

/** Judged by what the rule comes to for resources of one type. */
type Ruled = {
  readonly consent: ConsentInForce
  readonly facts: Facts
  readonly rulingFor: RulingFor
}

/** By record. */
type Speaking = ReadonlyMap<string, readonly Ruled[]>

const NOBODY: Speaking = new Map()

/** The consents in force of all records that these are in, as rulings. */
async function speakingOf(
  left: readonly { readonly candidate: Judged }[],
  { facts, partiesFor, about, room }: JudgeOptions,
): Promise<Speaking> {
  const records = new Map<string, RecordKey>()
  for (const { candidate } of left)
    for (const record of candidate.records) records.set(nameOf(record), record)
  const standing = await room.stands()
  const consents = await consentsOf([...records.values()], facts.now, room, standing)
  if (consents.length === 0) return NOBODY
  const parties = await partiesFor(consents.map(({ rule }) => rule))
  const these = { ...facts, parties: new Set([...facts.parties, ...parties]) }
  const rulings = rulingsFor(these, standing)
  const speaking = new Map<string, Ruled[]>()
  for (const consent of consents) {
    const { rule } = consent
    let rulingFor = rulings.get(consent.ruleText)
    if (rulingFor === undefined) {
      rulingFor = byType(rulingOf(rule, these, about))
      // One with provisions that begin or end may come to something else a moment later.
      if (lasting(rule, -Infinity) === Infinity) rulings.set(consent.ruleText, rulingFor)
    }
    const name = nameOf(consent)
    const there = speaking.get(name)
    const ruled = { consent, facts: these, rulingFor }
    if (there === undefined) speaking.set(name, [ruled])
    else there.push(ruled)
  }
  return speaking
}

/** Kinds of callers, and rules for each, that are kept. */
const KEPT_RULINGS = 200

function rulingsFor(
  { parties, purpose, country }: Facts,
  { rulings }: Standing,
): Map<string, RulingFor> {
  const who = JSON.stringify([[...parties].sort(), purpose, country])
  let known = rulings.get(who)
  if (known === undefined || known.size > KEPT_RULINGS) {
    if (rulings.size > KEPT_RULINGS) rulings.clear()
    rulings.set(who, (known = new Map<string, RulingFor>()))
  }
  return known
}

function byType({ permit, deny }: Ruling): RulingFor {
  const made = new Map<string, Ruling>()
  return (type) => {
    let ruling = made.get(type)
    if (ruling === undefined)
      made.set(type, (ruling = { permit: narrowed(permit, [type]), deny: narrowed(deny, [type]) }))
    return ruling
  }
}

function byConsent(
  candidate: Judged,
  consents: Speaking,
  { about, principal }: JudgeOptions,
): Decision {
  const { type } = candidate
  const speaking = candidate.records.flatMap((record) => consents.get(nameOf(record)) ?? [])
  const denying = speaking.filter(({ rulingFor }) => matches(candidate, rulingFor(type).deny))
  if (denying.length > 0) return { seen: false, reason: 'denied', consent: latest(denying) }
  if (isCare(principal) && matches(candidate, answering(principal.organization)))
    return { seen: true, reason: 'recipient' }
  const permitting = speaking.filter(({ rulingFor }) => matches(candidate, rulingFor(type).permit))
  if (permitting.length > 0) return { seen: true, reason: 'consent', consent: latest(permitting) }
  const permits = ({ consent, facts }: Ruled, laws: readonly Law[]): boolean =>
    matches(candidate, rulingOf(consent.rule, facts, about, laws).permit)
  const unlawful = speaking.filter((one) => permits(one, []))
  if (unlawful.length === 0) return NOT_SEEN
  const law = LAWS.find((one) => !unlawful.some((ruled) => permits(ruled, [one])))
  return {
    seen: false,
    reason: 'residency',
    consent: latest(unlawful),
    ...(law === undefined ? {} : { rule: law.key }),
  }
}

/** The one that is named as having decided: of the latest date, written last, of the greatest id. */
function latest(speaking: readonly Ruled[]): { id: string; version: number } {
  if (speaking.length === 1)
    return { id: speaking[0]!.consent.id, version: speaking[0]!.consent.version }
  const [first] = [...speaking]
    .map(({ consent }) => consent)
    .sort(
      (a, b) =>
        b.order[0] - a.order[0] ||
        b.order[1] - a.order[1] ||
        (a.id < b.id ? 1 : a.id > b.id ? -1 : 0),
    )
  const { id, version } = first!
  return { id, version }
}

function recordsIn(entries: readonly Entry[]): readonly RecordKey[] {
  return entries.flatMap((entry) =>
    entry.kind === 'token' && entry.path === RECORD
      ? [{ custodian: entry.system, patient: entry.code.slice('Patient/'.length) }]
      : [],
  )
}

/** Versions whose entries are kept. */
const KEPT = 2000

/**
 * Makes candidates, and keeps those of the last versions: a page is often asked for again.
 * @param parameters what entries hang on; others are made when it is another
 */
export function createCandidates(
  extract: (resource: Resource) => readonly Entry[],
  parameters: () => object,
): JudgeOptions['candidateOf'] {
  let kept = new Map<string, { readonly text: string; readonly candidate: Judged }>()
  let by = parameters()
  return ({ type, id, version, updated, text = '{}' }) => {
    if (by !== parameters() || kept.size >= KEPT) kept = new Map()
    by = parameters()
    const name = `${type}/${id}/${String(version)}`
    const before = kept.get(name)
    if (before?.text === text) return before.candidate
    const entries = extract(JSON.parse(text) as Resource)
    const candidate = { type, id, updated, entries, records: recordsIn(entries) }
    kept.set(name, { text, candidate })
    return candidate
  }
}

/** Scopes may ask for more than a resource says itself (chains, value sets): then the store is asked. */
async function fulfils(
  candidate: Candidate,
  condition: Condition,
  store: Pick<Store, 'count'>,
): Promise<boolean> {
  if (isAlone(condition)) return matches(candidate, condition)
  const { type, id } = candidate
  const where = both({ kind: 'id', ids: [id], type }, condition)
  const plan = { types: [type], where, sort: [], count: 0, total: true, includes: [] }
  return (await store.count(plan)) > 0
}

const isAlone = (c: Condition): boolean => {
  if (c.kind === 'and' || c.kind === 'or') return c.of.every(isAlone)
  if (c.kind === 'not') return isAlone(c.of)
  return !['refers', 'referred', 'shares', 'concept', 'words'].includes(c.kind)
}
