// Who is calling: all of this room put together for a server that asks for tokens (AUTH=oauth).
// https://hl7.org/fhir/smart-app-launch
// Must not decide what somebody may see; the scopes of interactions are asked for where those are chosen.
import type { IncomingMessage } from 'node:http'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { isSafeUrl } from '../config.ts'
import type { Context } from '../context.ts'
import { fail, Failure } from '../errors.ts'
import { createBearerReader, verifyOutside, verifyOwn } from './bearer.ts'
import { ownEndpoints, ownIssuer, type Endpoints } from './endpoints.ts'
import { createIssuer, type Issuer } from './issuer.ts'
import { openKeys } from './key.ts'
import { sweepNotes } from './note.ts'
import { openOutside } from './outside.ts'
import type { Principal } from './principal.ts'
import { breakGlassOf, purposeOf } from './purpose.ts'
import { openRegistry, readClientsFile, type ClientsFile, type Registry } from './registry.ts'

export type Auth = {
  /** Who sends a request. @throws Failure 401, 403, 429 or 503 */
  principal(request: IncomingMessage): Promise<Principal>
  /** What clients are told; undefined as long as an outside issuer hasn't said. */
  endpoints(): Promise<Endpoints | undefined>
  readonly registry: Registry
  /** Undefined with an outside issuer. */
  readonly issuer: Issuer | undefined
  /** Count a request of somebody who isn't known yet. @throws Failure 429 */
  countStranger(request: IncomingMessage): Promise<void>
  close(): void
}

/** Seconds that rates are counted over. */
const MINUTE = 60

/** Requests that one address may make of the authorisation server in a minute. */
const STRANGER_LIMIT = 600

const SWEEP_MS = 300_000

/**
 * @param errorPage the page that tells a person of an error
 * @throws Error that lists what is wrong with clients or keys
 */
export async function openAuth(
  {
    config,
    baseUrl,
    store,
    log,
    audit,
  }: Pick<Context, 'config' | 'baseUrl' | 'store' | 'log' | 'audit'>,
  errorPage: (title: string, text: string) => string,
): Promise<Auth> {
  const { notes } = store
  const file = readClientsFile(config.clients)
  const registry = openRegistry(file, notes)
  await warnOfOrganizations(file, store, log)
  warnOfAddress(baseUrl, log)
  const outside = config.issuer === '' ? undefined : openOutside(config.issuer, baseUrl, log)
  const name = ownIssuer(baseUrl)
  const issuer =
    outside === undefined
      ? createIssuer({
          issuer: name,
          baseUrl,
          notes,
          registry,
          keys: await openKeys(config.authKeys, notes),
          log,
          onSignIn: (what) => audit.signIn(what),
          onRefused: (what) => audit.refused(what),
          errorPage,
        })
      : undefined
  await outside?.discover()
  const read = createBearerReader(
    outside === undefined
      ? verifyOwn(notes, registry, baseUrl)
      : verifyOutside(outside, registry, baseUrl),
    baseUrl,
  )
  const count = limiter(config.rateLimit)
  const countAddress = limiter(STRANGER_LIMIT)
  const sweeping = setInterval(() => {
    sweepNotes(notes).catch((error: unknown) => log.warn({ err: error }, 'sweeping failed'))
  }, SWEEP_MS)
  sweeping.unref()
  const principalOf = async (request: IncomingMessage): Promise<Principal> => {
    const { purposes, ...bearer } = await read(request)
    await count(bearer.client)
    const { headers } = request
    const purpose = purposeOf(one(headers['x-purpose-of-use']), purposes, bearer.roles)
    const breakGlass = breakGlassOf(one(headers['x-break-glass']), bearer.roles)
    return { ...bearer, purpose, ...(breakGlass === undefined ? {} : { breakGlass }) }
  }
  return {
    principal: async (request) => {
      try {
        return await principalOf(request)
      } catch (error) {
        const why = whyRefused(error, request)
        if (why !== undefined) audit.refused({ address: request.socket.remoteAddress, why })
        throw error
      }
    },
    endpoints: async () => {
      if (outside === undefined) return ownEndpoints(name)
      await outside.discover()
      return outside.endpoints()
    },
    registry,
    issuer,
    countStranger: ({ socket }) => countAddress(socket.remoteAddress ?? ''),
    close: () => clearInterval(sweeping),
  }
}

/** In few words for the log; undefined for what is no refusal. */
function whyRefused(error: unknown, { headers }: IncomingMessage): string | undefined {
  if (!(error instanceof Failure) || error.status >= 500) return undefined
  if (error.kind === 'throttled') return 'too many requests of a client'
  if (error.kind !== 'unauthenticated') return 'a token that does not allow what the headers say'
  if (headers.authorization === undefined) return 'no token'
  return error.issues.some((issue) => issue.code === 'expired')
    ? 'a token that has expired'
    : 'a token that is not known, not sound, or revoked'
}

/** Clients are told of addresses that are made of this one, and send their tokens there. */
function warnOfAddress(baseUrl: string, log: Context['log']): void {
  if (/^https?:\/\/(0\.0\.0\.0|\[::\])[:/]/.test(baseUrl))
    log.warn('BASE_URL should be the address by which clients reach the server')
  else if (!isSafeUrl(baseUrl))
    log.warn(
      'tokens travel in the clear: put TLS before the server and set BASE_URL to its https address',
    )
}

/** An organisation may come later; but a wrong id here makes records that nobody finds. */
async function warnOfOrganizations(
  { clients, people }: ClientsFile,
  store: Context['store'],
  log: Context['log'],
): Promise<void> {
  const named = [...clients.values(), ...people.values()].map((one) => one.organization)
  for (const id of new Set(named))
    if ((await store.read('Organization', id))?.text === undefined)
      log.warn({ organization: id }, 'CLIENTS names an Organization that is not here (yet)')
}

const one = (header: string | readonly string[] | undefined): string | undefined =>
  typeof header === 'string' || header === undefined ? header : header.join(',')

/** Counts by key; each process for itself. */
function limiter(points: number): (key: string) => Promise<void> {
  const counter = new RateLimiterMemory({ points, duration: MINUTE })
  return async (key) => {
    try {
      await counter.consume(key)
    } catch (error) {
      if (!(error instanceof RateLimiterRes)) throw error
      const seconds = Math.max(1, Math.ceil(error.msBeforeNext / 1000))
      throw new Failure(
        'throttled',
        fail(
          'throttled',
          `More than ${points} requests in a minute; the next one is taken in ${seconds} seconds`,
        ).issues,
        { 'retry-after': String(seconds) },
      )
    }
  }
}
