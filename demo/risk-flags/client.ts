// The program's side of the API: a token by its own key, and requests with it.
// https://hl7.org/fhir/smart-app-launch/backend-services.html
// Must not know what the requests are for.
import { createPrivateKey, randomUUID, sign } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Json } from './rules.ts'

export type Api = (method: string, path: string, body?: Json) => Promise<Json>

/** @param keyFile the private key as a JWK. @throws Error with the server's outcome for anything that isn't done */
export function openApi(base: string, client: string, keyFile: string): Api {
  let token: { readonly text: string; readonly until: number } | undefined
  const valid = async (): Promise<string> => {
    if (token === undefined || token.until < Date.now())
      token = await askForToken(base, client, keyFile)
    return token.text
  }
  return async (method, path, body) => {
    const response = await fetch(`${base}/${path}`, {
      method,
      headers: {
        authorization: `Bearer ${await valid()}`,
        ...(body === undefined ? {} : { 'content-type': 'application/fhir+json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${String(response.status)} ${text}`)
    return text === '' ? {} : (JSON.parse(text) as Json)
  }
}

async function askForToken(base: string, client: string, keyFile: string) {
  const found = await fetch(`${base}/.well-known/smart-configuration`)
  const { token_endpoint: endpoint } = (await found.json()) as { token_endpoint: string }
  const jwk = JSON.parse(readFileSync(keyFile, 'utf8')) as Json
  const now = Math.floor(Date.now() / 1000)
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const header = { alg: 'ES384', typ: 'JWT', kid: jwk.kid as string }
  const claims = { iss: client, sub: client, aud: endpoint, jti: randomUUID() }
  const unsigned = `${encode(header)}.${encode({ ...claims, iat: now, exp: now + 120 })}`
  const key = createPrivateKey({ key: jwk, format: 'jwk' })
  const signature = sign('sha384', Buffer.from(unsigned), { key, dsaEncoding: 'ieee-p1363' })
  const response = await fetch(endpoint, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      scope:
        'system/Observation.crus system/Provenance.crs system/Device.crus system/Subscription.cruds',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: `${unsigned}.${signature.toString('base64url')}`,
    }),
  })
  const answer = (await response.json()) as Json
  if (!response.ok) throw new Error(`no token: ${JSON.stringify(answer)}`)
  return {
    text: answer.access_token as string,
    until: Date.now() + ((answer.expires_in as number) - 30) * 1000,
  }
}
