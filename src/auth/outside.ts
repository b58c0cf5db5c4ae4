// An authorisation server elsewhere: its configuration and its keys, fetched when needed, kept, and fetched again when a
// token names a key that isn't known. https://openid.net/specs/openid-connect-discovery-1_0.html
// Must not fetch what a token names: URLs come from the settings and from the issuer's own configuration alone.
import { createRemoteJWKSet, errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose'
import { isSafeUrl } from '../config.ts'
import { fail } from '../errors.ts'
import type { Log } from '../log.ts'
import { ALGORITHMS } from './client.ts'
import type { Endpoints } from './endpoints.ts'
import { isObject } from './fields.ts'

export type Outside = {
  /** @throws Failure 401 for a token that isn't sound, 503 when the issuer's keys can't be had */
  verify(token: string): Promise<JWTPayload>
  /** Its configuration, as far as it is known already. */
  endpoints(): Endpoints | undefined
  /** Ask for the configuration, unless it is known. */
  discover(): Promise<void>
}

/** Seconds that clocks may differ. */
const CLOCK_TOLERANCE = 30

export type OutsideTimes = {
  /** Milliseconds between two look-ups of keys for the sake of an unknown one, and that keys are kept. */
  readonly cooldownMs: number
  readonly keepMs: number
}

const TIMES: OutsideTimes = { cooldownMs: 30_000, keepMs: 600_000 }

/** @param audience what `aud` must name: the FHIR base */
export function openOutside(
  issuer: string,
  audience: string,
  log: Log,
  { cooldownMs, keepMs }: OutsideTimes = TIMES,
): Outside {
  let known: { readonly endpoints: Endpoints; readonly keys: JWTVerifyGetKey } | undefined
  let failedAt = -Infinity

  const discover = async (): Promise<NonNullable<typeof known>> => {
    if (known !== undefined) return known
    // Whoever sends tokens must not make this server send as many requests.
    if (performance.now() - failedAt < cooldownMs) throw unavailable()
    try {
      const endpoints = await fetchConfiguration(issuer)
      const keys = createRemoteJWKSet(new URL(endpoints.jwks_uri), {
        cooldownDuration: cooldownMs,
        cacheMaxAge: keepMs,
        timeoutDuration: 5000,
      })
      known = { endpoints, keys }
      return known
    } catch (error) {
      failedAt = performance.now()
      log.warn({ err: error }, 'the configuration of the issuer can not be had')
      throw unavailable()
    }
  }

  return {
    endpoints: () => known?.endpoints,
    discover: async () => void (await discover().catch(() => undefined)),
    verify: async (token) => {
      const { keys } = await discover()
      try {
        const { payload, protectedHeader } = await jwtVerify(token, keys, {
          issuer: [issuer, `${issuer}/`],
          audience,
          algorithms: ALGORITHMS,
          clockTolerance: CLOCK_TOLERANCE,
          requiredClaims: ['exp'],
        })
        const type = protectedHeader.typ?.toLowerCase().replace(/^application\//, '')
        if (type !== undefined && type !== 'at+jwt' && type !== 'jwt')
          throw fail('unauthenticated', 'The token is not an access token')
        return payload
      } catch (error) {
        throw asFailure(error)
      }
    },
  }
}

async function fetchConfiguration(issuer: string): Promise<Endpoints> {
  const response = await fetch(`${issuer}/.well-known/openid-configuration`, {
    redirect: 'error',
    headers: { accept: 'application/json' },
    signal: AbortSignal.timeout(5000),
  })
  if (!response.ok) throw new Error(`status ${response.status}`)
  const found = await response.json()
  if (!isObject(found)) throw new Error('no object')
  const { issuer: named, jwks_uri: uri, token_endpoint: endpoint } = found
  if (typeof named !== 'string' || named.replace(/\/+$/, '') !== issuer)
    throw new Error('it names another issuer')
  if (typeof uri !== 'string' || !isSafeUrl(uri)) throw new Error('its jwks_uri is not over https')
  if (typeof endpoint !== 'string') throw new Error('it has no token_endpoint')
  return {
    ...found,
    issuer: named,
    jwks_uri: uri,
    token_endpoint: endpoint,
    // What the issuer offers is its own; this server reads scopes of both versions.
    capabilities: found.capabilities ?? ['permission-v1', 'permission-v2'],
  }
}

const unavailable = () =>
  fail('unavailable', 'The keys of the authorisation server can not be had now; try again')

function asFailure(error: unknown): unknown {
  if (error instanceof errors.JWTExpired)
    return fail('unauthenticated', 'The token has expired', undefined, 'expired')
  if (error instanceof errors.JWKSTimeout || error instanceof TypeError) return unavailable()
  if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys)
    return fail('unauthenticated', 'The token is signed with a key that its issuer does not have')
  if (error instanceof errors.JWTClaimValidationFailed)
    return fail('unauthenticated', `The token can not be taken: its ${error.claim} is not right`)
  if (error instanceof errors.JOSEAlgNotAllowed)
    return fail('unauthenticated', 'The token is signed by an algorithm that is not taken')
  if (error instanceof errors.JOSEError)
    return fail('unauthenticated', 'The token is not one of its issuer')
  return error
}
