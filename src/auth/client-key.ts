// The other side: a client's key pair, and a token by SMART Backend Services.
// https://hl7.org/fhir/smart-app-launch/backend-services.html#obtain-access-token
// Must not send a key anywhere, nor an assertion to any other address than the server names.
import { randomUUID } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { exportJWK, generateKeyPair, importJWK, SignJWT, type JWK } from 'jose'
import { isObject } from './fields.ts'

const ALGORITHM = 'ES384'

/** Make a key pair; the private one goes into a new file that only its owner reads. @returns the public one */
export async function makeClientKey(file: string): Promise<JWK> {
  const { privateKey, publicKey } = await generateKeyPair(ALGORITHM, { extractable: true })
  const about = { kid: randomUUID(), alg: ALGORITHM, use: 'sig' }
  const text = JSON.stringify({ ...(await exportJWK(privateKey)), ...about })
  try {
    writeFileSync(file, `${text}\n`, { mode: 0o600, flag: 'wx' })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new Error(
      code === 'EEXIST' ? `${file} is there already` : `${file} can't be written (${code})`,
      { cause: error },
    )
  }
  return { ...(await exportJWK(publicKey)), ...about }
}

export type TokenCall = {
  readonly client: string
  /** File with the client's private key as a JWK. */
  readonly keyFile: string
  readonly scope: string
  /** FHIR base of the server. */
  readonly base: string
  /** Milliseconds since 1970 by the clock of the server, where that is known better than from ours. */
  readonly now?: number
  readonly signal?: AbortSignal
}

/** An access token. @throws Error that says why not */
export async function askForToken(call: TokenCall): Promise<string> {
  const { scope, base, signal = null } = call
  const endpoint = await tokenEndpoint(base, signal)
  const answer = await fetch(endpoint, {
    method: 'POST',
    redirect: 'error',
    signal,
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      scope,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: await assertionOf(call, endpoint),
    }),
  })
  const said = await answer.json()
  if (!isObject(said)) throw new Error(`${endpoint} answered ${answer.status}`)
  const { access_token: token, error, error_description: why } = said
  if (typeof token === 'string') return token
  throw new Error(`${endpoint} answered ${answer.status}: ${[error, why].join(', ')}`)
}

async function tokenEndpoint(base: string, signal: AbortSignal | null): Promise<string> {
  const url = `${base}/.well-known/smart-configuration`
  let answer: Response
  try {
    answer = await fetch(url, { headers: { accept: 'application/json' }, signal })
  } catch (error) {
    throw new Error(`Nothing answers at ${url}`, { cause: error })
  }
  const said = answer.ok ? await answer.json() : undefined
  if (isObject(said) && typeof said.token_endpoint === 'string') return said.token_endpoint
  throw new Error(`${url} names no token endpoint; the server must run with AUTH=oauth`)
}

async function assertionOf(
  { client, keyFile, now: instant = Date.now() }: TokenCall,
  audience: string,
): Promise<string> {
  let jwk: JWK
  try {
    jwk = JSON.parse(readFileSync(keyFile, 'utf8')) as JWK
  } catch (error) {
    throw new Error(`${keyFile} can't be read as a JSON Web Key`, { cause: error })
  }
  const { alg = ALGORITHM, kid } = jwk
  const now = Math.floor(instant / 1000)
  return new SignJWT({
    iss: client,
    sub: client,
    aud: audience,
    jti: randomUUID(),
    iat: now,
    exp: now + 240,
  })
    .setProtectedHeader({ alg, typ: 'JWT', ...(kid === undefined ? {} : { kid }) })
    .sign(await importJWK(jwk, alg))
}
