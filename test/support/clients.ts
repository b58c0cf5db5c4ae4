// Clients and people for servers that ask for tokens: keys made here, a file as CLIENTS names it, and their tokens.
// Must not use keys or people of anywhere else.
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWTHeaderParameters } from 'jose'

export type Registered = {
  readonly client_id: string
  readonly organization: string
  readonly roles: readonly string[]
  readonly scopes: readonly string[]
  readonly [field: string]: unknown
}

export type Keyed = { readonly jwk: object; readonly key: CryptoKey; readonly kid: string }

/** A key pair; the algorithms of SMART are RS384 and ES384. */
export async function makeKey(alg: string, kid: string = randomUUID()): Promise<Keyed> {
  const { privateKey, publicKey } = await generateKeyPair(alg)
  return { key: privateKey, kid, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } }
}

/** A file for CLIENTS in a folder of its own; `remove` takes it away again. */
export function clientsFile(content: object) {
  const folder = mkdtempSync(join(tmpdir(), 'ieum-clients-'))
  const path = join(folder, 'clients.json')
  writeFileSync(path, JSON.stringify(content))
  return {
    path,
    remove: () => {
      rmSync(folder, { recursive: true })
    },
  }
}

/** The assertion by which a client says who it is; claims and header can be other ones. */
export async function assertion(
  client: string,
  audience: string,
  { key, kid }: Keyed,
  claims: Record<string, unknown> = {},
  header: Partial<JWTHeaderParameters> = {},
): Promise<string> {
  const now = Math.floor(Date.now() / 1000)
  const payload = {
    iss: client,
    sub: client,
    aud: audience,
    jti: randomUUID(),
    iat: now,
    exp: now + 240,
    ...claims,
  }
  return new SignJWT(payload)
    .setProtectedHeader({ alg: 'ES384', kid, typ: 'JWT', ...header })
    .sign(key)
}

export type Token = {
  readonly status: number
  readonly body: {
    readonly access_token?: string
    readonly scope?: string
    readonly expires_in?: number
    readonly token_type?: string
    readonly refresh_token?: string
    readonly id_token?: string
    readonly patient?: string
    readonly error?: string
    readonly error_description?: string
  }
}

/** Post a form to an endpoint of the authorisation server. */
export async function postForm(
  url: string,
  form: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<Token> {
  const response = await fetch(url, { method: 'POST', body: new URLSearchParams(form), headers })
  const text = await response.text()
  return { status: response.status, body: (text === '' ? {} : JSON.parse(text)) as Token['body'] }
}

export const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/** A token by SMART Backend Services. */
export const askToken = (endpoint: string, scope: string, signed: string): Promise<Token> =>
  postForm(endpoint, {
    grant_type: 'client_credentials',
    scope,
    client_assertion_type: ASSERTION_TYPE,
    client_assertion: signed,
  })
