// The token of a request → who is calling, by a strategy of passport.
// https://www.rfc-editor.org/rfc/rfc6750 (only by its header: a token in a URL ends up in logs)
// Must not log a token, nor keep what it said for longer than it counts.
import type { IncomingMessage } from 'node:http'
import passport from 'passport'
import { fail, Failure } from '../errors.ts'
import type { Notes } from '../store/indexing.ts'
import { tokenNote } from './adapter.ts'
import { bearerOf, type Bearer, type Claims } from './claims.ts'
import { keptValue } from './note.ts'
import type { Outside } from './outside.ts'
import type { Registry } from './registry.ts'

/** @throws Failure 401, 403 or 503 */
export type Verify = (token: string) => Promise<Bearer>

const HEADER = /^Bearer +([\w.~+/-]+=*) *$/i

class BearerStrategy extends passport.Strategy {
  override readonly name = 'bearer'
  // Not private to the class: passport works on objects that inherit from the strategy.
  readonly verify: Verify

  constructor(verify: Verify) {
    super()
    this.verify = verify
  }

  override authenticate({ headers }: { readonly headers: IncomingMessage['headers'] }): void {
    const { authorization } = headers
    const token = authorization === undefined ? undefined : HEADER.exec(authorization)?.[1]
    if (token === undefined) {
      this.error(
        fail(
          'unauthenticated',
          authorization === undefined
            ? 'This server is for those who have an access token: Authorization: Bearer …'
            : 'The header Authorization must be Bearer and an access token',
        ),
      )
      return
    }
    this.verify(token).then(
      (bearer) => this.success(bearer as never),
      (error: unknown) => this.error(error),
    )
  }
}

/** Reads the token of a request. @throws Failure 401 with a challenge, 403 or 503 */
export function createBearerReader(verify: Verify, realm: string) {
  const authenticator = new passport.Passport()
  authenticator.use(new BearerStrategy(verify))
  return (request: IncomingMessage): Promise<Bearer> =>
    new Promise((resolve, reject) => {
      const done = (error: unknown, bearer: unknown): void => {
        if (error === null || error === undefined) resolve(bearer as Bearer)
        else reject(withChallenge(error, request, realm))
      }
      const handler = authenticator.authenticate('bearer', { session: false }, done) as (
        ...asked: unknown[]
      ) => void
      handler(request, {}, reject)
    })
}

/** https://www.rfc-editor.org/rfc/rfc6750#section-3: who sent no token is told of no error. */
function withChallenge(error: unknown, { headers }: IncomingMessage, realm: string): Error {
  if (!(error instanceof Failure) || error.kind !== 'unauthenticated') return error as Error
  const about =
    headers.authorization === undefined
      ? ''
      : `, error="invalid_token", error_description="${error.message.replace(/["\\]/g, '')}"`
  return new Failure(error.kind, error.issues, {
    'www-authenticate': `Bearer realm="${realm}"${about}`,
  })
}

/** Tokens whose claims are kept in memory. */
const MOST_KEPT = 10_000

/** The token as oidc-provider keeps it. */
type Stored = {
  readonly clientId: string
  readonly accountId?: string
  readonly scope?: string
  readonly exp: number
  readonly iat: number
  readonly kind: string
  readonly extra?: Claims
}

/**
 * Tokens of the own authorisation server. The note of a token is read each time, so that one that was revoked counts no
 * more from the next request on, in every process; what it says is worked out once.
 */
export function verifyOwn(notes: Notes, registry: Registry, baseUrl: string): Verify {
  const kept = new Map<string, { text: string; stored: Stored; client: unknown; bearer: Bearer }>()
  return async (token) => {
    const name = tokenNote(token)
    const text = await notes.read(name)
    const before = kept.get(name)
    const same = before?.text === text ? before : undefined
    const stored = same?.stored ?? keptValue<Stored>(text)
    if (text === undefined || stored === undefined || stored.exp * 1000 <= Date.now()) {
      kept.delete(name)
      throw text === undefined
        ? fail('unauthenticated', 'The token is not known, or was revoked')
        : fail('unauthenticated', 'The token has expired', undefined, 'expired')
    }
    const { extra = {}, scope, clientId, accountId } = stored
    const client = await registry.client(clientId)
    if (client === undefined)
      throw fail('unauthenticated', 'The client of the token is not registered any more')
    const person = accountId === undefined ? undefined : registry.person(accountId)
    if (accountId !== undefined && person === undefined)
      throw fail('unauthenticated', 'The person of the token is not registered any more')
    if (same?.client === client) return same.bearer
    const jti = name.slice(name.lastIndexOf('.') + 1)
    // Who they are is asked now: an organisation or a role that was taken away counts no more.
    const { organization, roles } = person ?? client
    const claims = { ...extra, organization, roles, client_id: clientId, scope, jti }
    const bearer = bearerOf(claims, client, baseUrl)
    keep(kept, name, { text, stored, client, bearer })
    return bearer
  }
}

/** Milliseconds that the claims of an outside issuer's token are kept: keys may be withdrawn meanwhile. */
const KEPT_MS = 60_000

/** Tokens of an outside issuer. */
export function verifyOutside(outside: Outside, registry: Registry, baseUrl: string): Verify {
  const kept = new Map<string, { until: number; claims: Claims; client: unknown; bearer: Bearer }>()
  return async (token) => {
    const name = tokenNote(token)
    const before = kept.get(name)
    const now = Date.now()
    const claims =
      before !== undefined && before.until > now ? before.claims : await outside.verify(token)
    const id = claims.client_id ?? claims.azp
    const client = typeof id === 'string' ? await registry.client(id) : undefined
    if (before?.claims === claims && before.client === client) return before.bearer
    const bearer = bearerOf(claims, client, baseUrl)
    const until = Math.min(now + KEPT_MS, Number(claims.exp) * 1000)
    keep(kept, name, { until, claims, client, bearer })
    return bearer
  }
}

function keep<T>(kept: Map<string, T>, name: string, one: T): void {
  if (kept.size >= MOST_KEPT) kept.delete(kept.keys().next().value!)
  kept.set(name, one)
}
