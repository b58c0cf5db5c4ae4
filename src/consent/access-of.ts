// Request → Access: what its principal may see, from its roles, its scopes and the consents in force.
// docs/access.md says what, docs/adr/0006-who-may-see-what.md how
// Must not decide what a resource is changed by: consent/seen.ts does, from what may be seen and from custody.
import { scopeCondition } from '../auth/permission.ts'
import type { Principal } from '../auth/principal.ts'
import type { Context } from '../context.ts'
import { fail } from '../errors.ts'
import type { FhirRequest, Resource } from '../fhir/message.ts'
import { createSettings } from '../search/settings.ts'
import { inRecord } from '../search/record.ts'
import type { Condition } from '../search/plan.ts'
import type { Settings } from '../search/emit.ts'
import type { Entry } from '../search/entry.ts'
import type { Store } from '../store/store.ts'
import type { Access } from './access.ts'
import { glassOf } from './break-glass.ts'
import { rulingOf, type Facts } from './condition.ts'
import { both, either, not } from './fold.ts'
import type { ParsedConsents } from './consents.ts'
import { individualOf, individualRuling, type Individual } from './individual.ts'
import { createCandidates, createJudge, type JudgeOptions } from './judge.ts'
import type { KnownRules } from './known-rules.ts'
import { countryOf, namedParties, partiesOf, type LookedUp } from './party.ts'
import { aboutOf } from './about.ts'
import { answering } from './assigned.ts'
import { isCare, seenByRole } from './role.ts'
import type { Rule } from './rule.ts'
import { createStands, type Standing, type Stands } from './standing.ts'
import { createRulings, rulingIn, type RulingsKeeper } from './rulings.ts'

export type AccessRoom = Pick<
  Context,
  'config' | 'baseUrl' | 'definitions' | 'parameters' | 'plan' | 'extract'
> & {
  /** Everything there is. */
  readonly store: Store
  /** Entries of a resource but for its full text. */
  readonly values: (resource: Resource) => readonly Entry[]
  readonly rules: KnownRules
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

/** No consent speaks of these. */
export const UNSPOKEN: Condition = { kind: 'type', types: ['AuditEvent'] }

const NOTHING: Individual = { consents: [], extent: 'all' }

/**
 * What the request of a principal may see; made once for a store.
 * @throws Failure 400 and 403 for a glass that can't be broken so
 */
export function createAccess(room: AccessRoom): (request: FhirRequest) => Promise<Access> {
  const { definitions, config, baseUrl } = room
  const kept: Kept = {
    rulings: createRulings(),
    settings: createSettings(definitions, { baseUrl, zone: config.timeZone }),
    parsed: new Map(),
    candidateOf: createCandidates(room.values, () => room.parameters.all),
    named: createNamed(),
    stands: createStands(room.store),
  }
  return (request) => make(request, room, kept)
}

type Kept = {
  readonly rulings: RulingsKeeper
  readonly settings: Settings
  readonly parsed: ParsedConsents
  readonly candidateOf: JudgeOptions['candidateOf']
  /** Types of actors to look up that the known rules name. */
  readonly named: (known: ReadonlyMap<string, Rule>) => readonly LookedUp[]
  readonly stands: Stands
}

/** Looks at each rule once. */
function createNamed(): Kept['named'] {
  const named = new Set<LookedUp>()
  let looked = 0
  return (known) => {
    if (known.size === looked) return [...named]
    for (const type of namedParties([...known.values()].slice(looked))) named.add(type)
    looked = known.size
    return [...named]
  }
}

async function make(request: FhirRequest, room: AccessRoom, kept: Kept): Promise<Access> {
  const { rulings, settings } = kept
  const asking = request.principal
  if (asking === undefined) throw new Error('a request without a principal has no access')
  const { store, definitions, extract, config } = room
  const now = (room.now ?? Date.now)()
  const looking = { store, definitions, settings, parsed: kept.parsed, stands: kept.stands }
  const standing = await kept.stands()
  const [known, country, glass] = await Promise.all([
    standing.rules ?? room.rules.read(),
    standingCountry(asking.organization, standing, store),
    glassOf(request, asking, { ...looking, extract, minutes: config.breakGlassMinutes, now }),
  ])
  standing.rules = known
  const principal: Principal = glass.broken ? { ...asking, purpose: 'BTG' } : asking
  const { organization, purpose } = principal
  const care = isCare(principal)
  const individual =
    care && isSearching(request) && (standing.hasIndividual ??= await room.rules.hasIndividual())
      ? await individualOf(request, organization, now, looking)
      : NOTHING

  const partiesFor = (some: readonly Rule[], more: readonly LookedUp[] = []) =>
    partiesOf(principal, new Set([...namedParties(some), ...more]), now, looking)
  const own = individual.consents.map(({ rule }) => rule)
  const parties = await partiesFor(own, kept.named(known))
  const facts: Facts = { parties, purpose, country, now }
  const about = aboutOf(definitions)
  const scope = scopeCondition(principal, room)

  const consented = (): Condition => {
    const shared = rulingIn(rulings(known, facts, about), now)
    const single = individualRuling(individual, organization, now, (rule) =>
      rulingOf(rule, facts, about),
    )
    const permit = either(answering(organization), shared.permit, single.permit)
    return both(permit, not(either(shared.deny, single.deny)))
  }
  const visible = (): Condition => {
    if (individual.extent === 'too-many')
      throw fail(
        'too-costly',
        'Too many patients have a consent of their own kind for this organization; name a patient, by the parameter patient or subject',
      )
    const opened = either(...glass.patients.map((patient) => inRecord(patient)))
    const foreign = both(not(UNSPOKEN), either(opened, care ? consented() : either()))
    return both(either(seenByRole(principal), foreign), scope)
  }
  let made: Condition | undefined
  return {
    principal,
    custody: { organization, ...(country === undefined ? {} : { country }) },
    get visible() {
      return (made ??= visible())
    },
    judge: createJudge({
      principal,
      facts,
      partiesFor,
      scope,
      opened: new Set(glass.patients),
      about,
      room: looking,
      candidateOf: kept.candidateOf,
    }),
    seen: [],
  }
}

async function standingCountry(
  organization: string,
  { countries }: Standing,
  store: Store,
): Promise<string | undefined> {
  if (!countries.has(organization))
    countries.set(organization, await countryOf(organization, store))
  return countries.get(organization)
}

/** Whether a request may look for something: all but the read of what it names. */
const isSearching = ({ method, path }: FhirRequest): boolean =>
  !(
    (method === 'GET' || method === 'HEAD') &&
    (path.length === 2 || (path.length === 4 && path[2] === '_history')) &&
    !path.some((part) => part.startsWith('$'))
  )
