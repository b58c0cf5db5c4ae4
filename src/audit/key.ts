// The key that heads are signed with, Ed25519: of the setting AUDIT_KEY, else made once and kept in the store.
// https://www.rfc-editor.org/rfc/rfc8032, https://www.rfc-editor.org/rfc/rfc8037 (its form as a JWK)
// Must not show the private half to anybody.
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  hash,
  sign,
  verify,
  type KeyObject,
} from 'node:crypto'
import { Buffer } from 'node:buffer'
import type { Notes } from '../store/indexing.ts'

export type PublicKey = {
  readonly kty: 'OKP'
  readonly crv: 'Ed25519'
  /** base64url */
  readonly x: string
  readonly kid: string
}

export type Signer = {
  readonly key: PublicKey
  /** base64url */
  sign(text: string): string
}

const PRIVATE = 'audit-key'
/** All that ever signed here: a JSON array of PublicKey. */
const PUBLIC = 'audit-public-keys'

/** @param given PEM (PKCS 8) of AUDIT_KEY, '' for none @throws Error in plain words for what is none */
export async function openSigner(given: string, notes: Notes): Promise<Signer> {
  const pem = given !== '' ? given : await notes.writeOnce(PRIVATE, freshKey())
  const secret = readKey(pem)
  const key = publicOf(secret)
  const known = await publicKeys(notes)
  if (!known.some(({ kid }) => kid === key.kid))
    await notes.write(PUBLIC, JSON.stringify([...known, key]))
  return { key, sign: (text) => sign(null, Buffer.from(text), secret).toString('base64url') }
}

/** @throws Error in plain words */
export function readKey(pem: string): KeyObject {
  let key: KeyObject | undefined
  try {
    // In the environment a line break is often written as \n.
    key = createPrivateKey(pem.replaceAll('\\n', '\n'))
  } catch {
    // said below
  }
  if (key?.asymmetricKeyType !== 'ed25519')
    throw new Error(
      'AUDIT_KEY must be an Ed25519 key in PEM, as `openssl genpkey -algorithm ed25519` prints one',
    )
  return key
}

const freshKey = (): string =>
  generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' })

function publicOf(secret: KeyObject): PublicKey {
  const { x } = createPublicKey(secret).export({ format: 'jwk' })
  return { kty: 'OKP', crv: 'Ed25519', x: x!, kid: hash('sha256', x!, 'hex').slice(0, 16) }
}

export async function publicKeys(notes: Notes): Promise<readonly PublicKey[]> {
  const text = await notes.read(PUBLIC)
  return text === undefined ? [] : (JSON.parse(text) as PublicKey[])
}

/** Whether a text was signed with a key. */
export function isSigned(text: string, signature: string, { kty, crv, x }: PublicKey): boolean {
  const key = createPublicKey({ key: { kty, crv, x }, format: 'jwk' })
  return verify(null, Buffer.from(text), key, Buffer.from(signature, 'base64url'))
}
