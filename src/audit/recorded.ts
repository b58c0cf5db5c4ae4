// The last stage of a request: what it was and what it saw is in the log before its answer leaves.
// docs/audit.md. A write is in the log before it is made, so that none is made that isn't logged.
// Must not give anything out when the log can't be written, nor log what nobody asked for.
import type { Access } from '../consent/access.ts'
import type { Context } from '../context.ts'
import { fail, Failure } from '../errors.ts'
import type { FhirRequest, FhirResponse } from '../fhir/message.ts'
import { interactionName } from '../interaction/name.ts'
import type { Change, Store, Version } from '../store/store.ts'
import { isOfLog } from './asked.ts'
import { eventsOf, type Event, type Facts, type Thing } from './event.ts'
import { observedThings, observing } from './observed.ts'
import { thingOf } from './written.ts'

/**
 * Answer a request and log it.
 * @param answer gets a context whose writes are logged, and tells by `note` what the access saw
 * @throws Failure of `answer`; `unavailable` when the log can't be written
 */
export async function recorded(
  request: FhirRequest,
  context: Context,
  answer: (logged: Context, note: (access: Pick<Access, 'seen'>) => void) => Promise<FhirResponse>,
): Promise<FhirResponse> {
  const interaction = interactionName(request)
  const { audit } = context
  let access: Pick<Access, 'seen'> | undefined
  const observed: Version[] = []
  const things = (): readonly Thing[] => access?.seen ?? observedThings(observed)
  const written = new Set<string>()
  const record = async (made: Partial<Facts> & Pick<Facts, 'status' | 'things'>): Promise<void> =>
    audit.record(await eventsFor({ request, interaction, ...made }, context))
  // An entry of a Bundle is logged by itself, and its Bundle doesn't log it again.
  const underneath = context.underneath ?? context.store
  const store = beforeWriting(underneath, async (changes) => {
    const fresh = changes.filter((change) => !written.has(keyOf(change)))
    if (fresh.length === 0) return
    const known = new Map(things().map((thing) => [`${thing.type}/${thing.id}`, thing]))
    const events: Event[] = []
    for (const change of fresh) {
      const thing = thingOf(change, known.get(`${change.type}/${change.id}`), context)
      const facts = { request, interaction: nameOf(change), status: 200, things: [thing] }
      events.push(...(await eventsFor(facts, context)))
      written.add(keyOf(change))
    }
    await audit.record(events)
  })
  const logged: Context = { ...context, store: observing(store, observed), underneath }
  let response: FhirResponse
  try {
    if (isOfLog(request)) await audit.caughtUp(context.config.searchBudgetMs)
    response = await answer(logged, (given) => (access = given))
  } catch (error) {
    const isKnown = error instanceof Failure
    const said = isKnown ? error.message.slice(0, LONGEST) : 'The server failed at this request'
    await record({ status: isKnown ? error.status : 500, said, things: things() })
    throw error
  }
  // Its writes are logged; the entries of a Bundle came through here themselves.
  const isWrite = written.size > 0 && !READING_TOO.has(interaction)
  const isLogged = context.isTrial === true || isWrite || SELF_LOGGED.has(interaction)
  if (!isLogged || response.status >= 400)
    await record({ status: response.status, things: things() })
  return response
}

/** What is said of a refusal, in characters. */
const LONGEST = 500

/** What writes something else than what it was asked to read. */
const READING_TOO: ReadonlySet<string> = new Set(['$de-identify'])

const SELF_LOGGED: ReadonlySet<string> = new Set(['batch', 'transaction', 'capabilities'])

const keyOf = ({ kind, type, id }: Change): string => `${kind} ${type}/${id}`

const NAMES = { POST: 'create', PUT: 'update', PATCH: 'patch' } as const

const nameOf = (change: Change): string =>
  change.kind === 'delete' ? 'delete' : NAMES[change.method]

/** A store whose commits wait for what has to be done before. */
const beforeWriting = (
  store: Store,
  before: (changes: readonly Change[]) => Promise<void>,
): Store => ({
  ...store,
  commit: async (changes, assertions) => {
    if (changes.length > 0) await before(changes)
    return store.commit(changes, assertions)
  },
})

async function eventsFor(
  facts: Omit<Facts, 'at' | 'baseUrl' | 'countryOf'>,
  { audit, baseUrl }: Context,
): Promise<readonly Event[]> {
  const organizations = new Set(facts.things.map(({ custodian }) => custodian))
  const own = facts.request.principal?.organization
  if (own !== undefined) organizations.add(own)
  organizations.delete('')
  const countryOf =
    facts.things.length === 0 ? () => undefined : await audit.countries(organizations)
  return eventsOf({ ...facts, at: Date.now(), baseUrl, countryOf })
}

/** @throws Failure `unavailable` */
export const tooFarBehind = (): Failure =>
  fail(
    'unavailable',
    'The log has many new entries that can not be searched yet; they are being worked on: try again in a minute',
  )
