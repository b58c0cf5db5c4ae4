// What a request may write: what is its own. What belongs to others is refused, as not there where it can't be seen.
// docs/adr/0006-who-may-see-what.md
// Must not tell, by any difference between two answers, that something hidden is there.
import { fail, type Failure } from '../errors.ts'
import { isMadeSince } from '../interaction/id.ts'
import { CUSTODIAN } from '../search/record.ts'
import type { Applied, Change, Store, Version } from '../store/store.ts'
import type { Access, Decision } from './access.ts'
import { custodianIn } from './custody.ts'
import { isKeeper, mayKeep } from './role.ts'
import { reaches, type ReachRoom } from './reach.ts'
import { restrict } from './restrict.ts'
import type { Seeing } from './seen.ts'
import { isShared } from './shared.ts'
import { isCase } from './teaching-case.ts'
import { message } from '../words/message.ts'
import { requireSameCountry } from './stated-country.ts'

/** What there is where a change would be made. */
type Standing =
  | 'nothing'
  | 'hidden'
  | 'foreign'
  | 'own'
  /** Of another's keeping, where it stays: what may be changed of it, a rule said that knew the version. */
  | { readonly kept: string }

/** Deleting what isn't there changes nothing. */
const OWN: Decision = { seen: true, reason: 'own' }

const NOTHING: Applied = { current: undefined, changed: false, created: false }

export function committing(seeing: Seeing, room: ReachRoom): Store['commit'] {
  const { store, access } = seeing
  const began = Date.now()
  /** A new resource with an id that was made for it, in this request. */
  const isMade = (change: Change): boolean => change.kind === 'put' && isMadeSince(change.id, began)
  // Others may have made it at the same millisecond: only what the store takes as new alone needn't be looked for.
  const isSurelyNew = (change: Change): boolean => isMade(change) && change.ifVersion === 0
  return async (changes, assertions = []) => {
    const standings = await standingsOf(seeing, changes, isSurelyNew, room)
    const kept: Change[] = []
    for (const [index, change] of changes.entries()) {
      const standing = standings[index]!
      requirePermitted(change, standing, isMade(change), access)
      if (change.kind === 'put') requireOwn(change, standing, access, room)
      if (change.kind === 'put' && change.type === 'Organization')
        await requireSameCountry(change, seeing)
      if (change.kind === 'put' || standing === 'own') kept.push(change)
      // What is hidden and what was never there: in both cases nothing is done, not even for the log.
      else if ((change.ifVersion ?? 0) > 0) return { ok: false, failed: 'version', index }
    }
    const result = await store.commit(
      kept,
      assertions.map(({ plan, ids }) => ({ plan: restrict(plan, access.visible), ids })),
    )
    if (!result.ok) {
      if (result.failed === 'assertion') return result
      return { ...result, index: changes.indexOf(kept[result.index]!) }
    }
    for (const { current, changed } of result.applied)
      if (changed && current?.text !== undefined) seeing.note(current, current, OWN)
    if (kept.length === changes.length) return result
    const done = new Map(kept.map((change, i) => [change, result.applied[i]!]))
    return { ok: true, applied: changes.map((change) => done.get(change) ?? NOTHING) }
  }
}

async function standingsOf(
  seeing: Seeing,
  changes: readonly Change[],
  isSurelyNew: (change: Change) => boolean,
  room: ReachRoom,
): Promise<readonly Standing[]> {
  const { store, access } = seeing
  const currents = await currentsOf(
    store,
    changes.filter((change) => !isSurelyNew(change)),
  )
  const there = [...currents.values()]
  const deleted = new Set(changes.filter(({ kind }) => kind === 'delete').map(nameOf))
  const judged = new Set(
    changes.filter((one) => one.kind === 'put' && (one.ifVersion ?? 0) > 0).map(nameOf),
  )
  const contents = await Promise.all(there.map((one) => seeing.contentOf(one)))
  const decisions = await seeing.decide(contents)
  const standings = new Map(
    there.map((version, i): [string, Standing] => {
      const [content, decision] = [contents[i], decisions[i]!]
      seeing.note(version, content, decision)
      const name = nameOf(version)
      if (content === undefined) return [name, 'hidden']
      // Who gives no care has no more of its organisation's than it sees, and nobody a closed case of others.
      const isAssigned = decision.reason === 'assigned' && judged.has(name)
      const isHidden = !decision.seen && (isCase(content) || !isKeeper(access.principal))
      if (!isAssigned && (!isOwn(content, access) || isHidden))
        return [name, decision.seen ? 'foreign' : 'hidden']
      // To change something one need not be able to read it, and the other way round.
      const letter = deleted.has(name) ? 'd' : 'u'
      if (!reaches(access.principal, [letter], content, room)) return [name, 'hidden']
      return [name, isAssigned ? { kept: custodianIn(content) } : 'own']
    }),
  )
  return changes.map((change) => standings.get(nameOf(change)) ?? 'nothing')
}

const nameOf = ({ type, id }: { readonly type: string; readonly id: string }): string =>
  `${type}/${id}`

/** What nobody is the custodian of, who looks after the server takes over. */
function isOwn(content: Version, { custody, principal }: Access): boolean {
  const custodian = custodianIn(content)
  return custodian === ''
    ? principal.roles.includes('administrator')
    : custodian === custody.organization
}

/** Current versions by name, deletions too. */
async function currentsOf(
  store: Store,
  changes: readonly Change[],
): Promise<ReadonlyMap<string, Version>> {
  const found = new Map<string, Version>()
  if (changes.length > 1)
    for (const version of await store.readMany(changes.map(({ type, id }) => ({ type, id }))))
      found.set(nameOf(version), version)
  const missing = changes.filter((change) => !found.has(nameOf(change)))
  const others = await Promise.all(missing.map(({ type, id }) => store.read(type, id)))
  for (const version of others) if (version !== undefined) found.set(nameOf(version), version)
  return found
}

/** Types of which one that is put into force changes the index, and the searches, of everybody. */
const FOR_ALL: ReadonlySet<string> = new Set(['SearchParameter'])

/** @throws Failure 403 */
function requirePermitted(
  change: Change,
  standing: Standing,
  isNew: boolean,
  access: Access,
): void {
  const { type, id } = change
  if (FOR_ALL.has(type) && !access.principal.roles.includes('administrator'))
    throw fail('forbidden', message('for-administrators', { type }))
  if (standing === 'foreign') throw belongsToOthers(type, id)
  if (change.kind === 'delete' || isThere(standing)) return
  if ((isNew && standing === 'nothing') || mayTake(type, id, standing, access)) return
  throw notToTake(type, access)
}

const isThere = (standing: Standing): boolean => standing === 'own' || typeof standing === 'object'

const belongsToOthers = (type: string, id: string): Failure =>
  fail('forbidden', message('of-another', { what: `${type}/${id}` }))

/**
 * Ids that a new resource may be given: those that only this organisation may take, and all where nothing can be hidden. Whose
 * Organization it is decides what consents mean, so that nobody makes that of another.
 */
function mayTake(
  type: string,
  id: string,
  standing: Standing,
  { custody: { organization }, principal }: Access,
): boolean {
  if (standing !== 'nothing') return false
  if (principal.roles.includes('administrator')) return true
  if (type === 'Organization') return id === organization
  return isShared(type) || id.startsWith(`${organization}-`) || id.startsWith(`${organization}.`)
}

/** The same whether there is something hidden or nothing. */
const notToTake = (type: string, { custody: { organization } }: Access): Failure =>
  fail('forbidden', message('id-not-yours', { type, prefix: `${organization}-` }), `${type}.id`)

/**
 * @throws Failure 403 for what the scopes do not reach
 * @throws Error for what was not made the organisation's own: a fault of ours
 */
function requireOwn(
  { type, id, method, content: { entries } }: Change & { kind: 'put' },
  standing: Standing,
  { principal, custody }: Access,
  room: ReachRoom,
): void {
  const keeper = typeof standing === 'object' ? standing.kept : custody.organization
  if (!entries.some(({ path, ...e }) => path === CUSTODIAN && 'system' in e && e.system === keeper))
    throw new Error(`${type}/${id} was to be written without its custodian`)
  if (!mayKeep(principal, entries)) throw fail('forbidden', message('not-of-patient', { type }))
  const letter = method === 'POST' || standing === 'nothing' ? 'c' : 'u'
  const written = { type, id, updated: Date.now(), text: undefined }
  if (reaches(principal, [letter], written, room, entries)) return
  throw fail('forbidden', message('scope-short', { type }))
}
