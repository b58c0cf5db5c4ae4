// The store of one request, which holds nothing but what its Access lets it see: for all interactions alike.
// docs/adr/0006-who-may-see-what.md
// Must not decide who may see what: the Access does. What is hidden must answer as if it had never been.
import { compartmentPaths } from '../search/compartment.ts'
import type { Store, Version } from '../store/store.ts'
import type { Access, Decision, Seen } from './access.ts'
import { custodianIn, patientsIn } from './custody.ts'
import type { ReachRoom } from './reach.ts'
import { requireLawful } from './residency.ts'
import { restrict } from './restrict.ts'
import { committing } from './seen-commit.ts'
import { historyOf } from './seen-history.ts'

/** How the parts of a seen store decide. */
export type Seeing = {
  readonly store: Store
  readonly access: Access
  /** What a deletion deleted, anything else itself; undefined when that is no longer kept. */
  readonly contentOf: (version: Version) => Promise<Version | undefined>
  /** Decides by content, in order; what is no longer kept may not be seen. */
  readonly decide: (contents: readonly (Version | undefined)[]) => Promise<readonly Decision[]>
  /** For the log: what was decided of a version. */
  readonly note: (version: Version, content: Version | undefined, decision: Decision) => void
}

const GONE: Decision = { seen: false, reason: 'none' }

/** A store as an Access lets it be seen; what is seen and refused grows its `seen`. */
export function storeSeenBy(store: Store, access: Access, room: ReachRoom): Store {
  const seeing = seeingOf(store, access, room)
  const { decide, contentOf, note } = seeing

  /** Those of them that may be seen; all are live. */
  const visible = async (versions: readonly Version[]): Promise<readonly Version[]> => {
    if (versions.length === 0) return versions
    const decisions = await decide(versions)
    versions.forEach((version, i) => note(version, version, decisions[i]!))
    return decisions.every(({ seen }) => seen)
      ? versions
      : versions.filter((_, i) => decisions[i]!.seen)
  }

  const read: Store['read'] = async (type, id) => {
    const version = await store.read(type, id)
    if (version === undefined) return undefined
    const content = await contentOf(version)
    const [decision] = await decide([content])
    note(version, content, decision!)
    requireLawful(decision!)
    return decision!.seen ? version : undefined
  }

  return {
    ...store,
    read,
    readMany: async (references) => visible(await store.readMany(references)),
    vread: async (type, id, number) => {
      const [version, current] = await Promise.all([
        store.vread(type, id, number),
        store.read(type, id),
      ])
      if (version === undefined || current === undefined) return undefined
      // What was open once may be hidden now, and the other way round.
      const contents = await Promise.all([contentOf(version), contentOf(current)])
      const decisions = await decide(contents)
      const decision = decisions.find(({ seen }) => !seen) ?? decisions[0]!
      note(version, contents[0], decision)
      requireLawful(decision)
      return decision.seen ? version : undefined
    },
    history: (query, limits) => historyOf(seeing, query, limits),
    search: async (plan, limits) => {
      const found = await store.search(restrict(plan, access.visible), limits)
      // One look at the consents for the whole page.
      const seen = new Set(await visible([...found.matches, ...found.included]))
      const kept = (versions: readonly Version[]) => versions.filter((one) => seen.has(one))
      return { ...found, matches: kept(found.matches), included: kept(found.included) }
    },
    count: (plan, limits) => store.count(restrict(plan, access.visible), limits),
    latest: (plan, by, limits) => store.latest(restrict(plan, access.visible), by, limits),
    commit: committing(seeing, room),
    changes: async (after, limit) => {
      const { versions, cursor } = await store.changes(after, limit)
      const contents = await Promise.all(versions.map(contentOf))
      const decisions = await decide(contents)
      return { versions: versions.filter((_, i) => decisions[i]!.seen), cursor }
    },
  }
}

/** Whose a version is, told by its text. */
type Whose = Pick<Seen, 'patients' | 'custodian'>

/** Versions of which it is kept whose they are: a page is often asked for again. */
const KEPT = 2000
const kept = new WeakMap<
  ReachRoom['definitions'],
  Map<string, { readonly text: string; readonly whose: Whose }>
>()

const NOBODYS: Whose = { patients: [], custodian: '' }

function whoseIs(version: Version, { parameters, definitions }: ReachRoom): Whose {
  const { type, id, version: number, text } = version
  if (text === undefined) return type === 'Patient' ? { patients: [id], custodian: '' } : NOBODYS
  let known = kept.get(definitions)
  if (known === undefined || known.size >= KEPT)
    kept.set(definitions, (known = new Map<string, { text: string; whose: Whose }>()))
  const name = `${type}/${id}/${String(number)}`
  const before = known.get(name)
  if (before?.text === text) return before.whose
  const isOfPatients = (type: string): boolean =>
    compartmentPaths('Patient', type, parameters, definitions).length > 0
  const whose = { patients: patientsIn(version, isOfPatients), custodian: custodianIn(version) }
  known.set(name, { text, whose })
  return whose
}

function seeingOf(store: Store, access: Access, room: ReachRoom): Seeing {
  return {
    store,
    access,
    contentOf: async (version) =>
      version.text === undefined && version.version > 1
        ? store.vread(version.type, version.id, version.version - 1)
        : version,
    decide: async (contents) => {
      const there = contents.filter((one) => one?.text !== undefined) as readonly Version[]
      const decisions = there.length === 0 ? [] : await access.judge(there)
      let next = 0
      return contents.map((one) => (one?.text === undefined ? GONE : decisions[next++]!))
    },
    note: ({ type, id, version }, content, decision) => {
      const { patients, custodian } = content === undefined ? NOBODYS : whoseIs(content, room)
      access.seen.push({ type, id, version, patients, custodian, decision })
    },
  }
}
