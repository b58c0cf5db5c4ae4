// Which of the Subscriptions in force watch for a version, and whose owners may see it.
// https://hl7.org/fhir/R4/subscription.html: the criteria are applied to the new value of a resource
// Must not ask the store but for criteria that reach other resources, nor follow them to what an owner may not see.
import type { Access } from '../consent/access.ts'
import { restrict } from '../consent/restrict.ts'
import type { Context } from '../context.ts'
import { Failure } from '../errors.ts'
import type { FhirRequest, Resource } from '../fhir/message.ts'
import type { Principal } from '../auth/principal.ts'
import { matches, type Candidate } from '../search/match.ts'
import type { Condition, Plan } from '../search/plan.ts'
import type { Version } from '../store/store.ts'
import { inSlices } from '../turn.ts'
import type { Watch } from './criteria.ts'
import type { Subscription } from './subscription.ts'

/** The read of a version that a notification of it is. `name`: what the log of accesses calls it. */
export const readOf = (
  { type, id, version }: Pick<Version, 'type' | 'id' | 'version'>,
  owner: Principal | undefined,
  name: string,
): FhirRequest => ({
  method: 'GET',
  path: [type, id, '_history', String(version)],
  query: [],
  headers: {},
  body: undefined,
  from: { requestId: name },
  ...(owner === undefined ? {} : { principal: owner }),
})

export type Matcher = {
  /** Whether it is what a Subscription watches for. @throws Failure of the store */
  fits(
    version: Version,
    subscription: Pick<Subscription, 'watch' | 'bundles' | 'owner'>,
  ): Promise<boolean>
  /** Whether the owner may see it. */
  isSeen(version: Version, owner: Principal | undefined): Promise<boolean>
}

/** For some versions, of which each is looked at once. */
export function createMatcher(context: Context): Matcher {
  const { extract, extracting, config, store } = context
  const candidates = new Map<Version, Promise<Candidate>>()
  const accesses = new Map<Principal, Promise<Access | undefined>>()
  const searches = new Map<Principal, Promise<Condition | undefined>>()

  /** What a search of the owner's may find and follow; undefined where it can't be said. */
  const visibleTo = async ({ type }: Version, owner: Principal): Promise<Condition | undefined> => {
    const now = await context.subscriptions.ownerNow(owner)
    if (now === undefined) return undefined
    const asked = { method: 'GET', path: [type], query: [], headers: {}, body: undefined } as const
    try {
      return (await context.accessOf({ ...asked, principal: now })).visible
    } catch (error) {
      if (error instanceof Failure && error.kind === 'too-costly') return undefined
      throw error
    }
  }

  /** Whether the criteria lead to it by what the owner may see alone, as a search of the owner's would. */
  const reach = async (
    version: Version,
    where: Condition,
    owner: Principal | undefined,
  ): Promise<boolean> => {
    const { type, id } = version
    const here = { kind: 'id', ids: [id], type } as const
    const plan: Plan = {
      types: [type],
      where: { kind: 'and', of: [here, where] },
      sort: [],
      count: 0,
      total: true,
      includes: [],
    }
    if (config.auth === 'open') return (await store.count(plan)) > 0
    if (owner === undefined) return false
    let visible = searches.get(owner)
    if (visible === undefined) searches.set(owner, (visible = visibleTo(version, owner)))
    const seen = await visible
    return seen !== undefined && (await store.count(restrict(plan, seen))) > 0
  }

  const accessOf = async (version: Version, owner: Principal): Promise<Access | undefined> => {
    const now = await context.subscriptions.ownerNow(owner)
    return now === undefined ? undefined : context.accessOf(readOf(version, now, ''))
  }

  const candidateOf = (version: Version, words: boolean): Promise<Candidate> => {
    const known = candidates.get(version)
    if (known !== undefined && !words) return known
    const make = async (): Promise<Candidate> => {
      const resource = JSON.parse(version.text ?? '{}') as Resource
      const entries = words ? extract(resource) : await inSlices(extracting(resource))
      return { type: version.type, id: version.id, updated: version.updated, entries }
    }
    const made = make()
    candidates.set(version, made)
    return made
  }

  const fulfils = async (
    version: Version,
    { type, where, byStore, words }: Watch,
    owner: Principal | undefined,
  ): Promise<boolean> => {
    if (version.type !== type || version.text === undefined) return false
    return byStore
      ? reach(version, where, owner)
      : matches(await candidateOf(version, words), where)
  }

  /** A resource that was not there before is created, whatever its number. */
  const beforeOf = async ({ type, id, version }: Version): Promise<Version | undefined> => {
    const before = version === 1 ? undefined : await store.vread(type, id, version - 1)
    return before?.text === undefined ? undefined : before
  }

  return {
    fits: async (version, { watch, bundles, owner }) => {
      if (!(await fulfils(version, watch, owner))) return false
      if (bundles === undefined) return true
      const before = await beforeOf(version)
      if (!bundles.interactions.has(before === undefined ? 'create' : 'update')) return false
      return (
        before === undefined ||
        bundles.before === undefined ||
        fulfils(before, bundles.before, owner)
      )
    },
    isSeen: async (version, owner) => {
      if (config.auth === 'open') return true
      if (owner === undefined) return false
      let access = accesses.get(owner)
      if (access === undefined) {
        access = accessOf(version, owner)
        accesses.set(owner, access)
      }
      const [decision] = (await (await access)?.judge([version])) ?? []
      return decision?.seen === true
    },
  }
}
