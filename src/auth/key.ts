// Keys of the own authorisation server: what it signs ID tokens and cookies with. Made once and kept in the store, so that
// all processes have the same; or given in a file.
// Must not be made anew while old ones are in use.
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { exportJWK, generateKeyPair, type JWK } from 'jose'
import type { Notes } from '../store/indexing.ts'
import { isObject } from './fields.ts'
import { keptText, keptValue, noteName } from './note.ts'

export type Keys = {
  /** Private keys as JWKs; the first of an algorithm signs, the others are still published. */
  readonly keys: readonly JWK[]
  /** Secrets for cookies; the first signs. */
  readonly cookies: readonly string[]
}

/** @param file of AUTH_KEYS, '' for none. @throws Error in plain words when it can't be used */
export async function openKeys(file: string, notes: Notes): Promise<Keys> {
  if (file !== '') return readKeys(file)
  const name = noteName('keys', 'own')
  const kept = keptValue<Keys>(await notes.read(name))
  return kept ?? keptValue<Keys>(await notes.writeOnce(name, keptText(await makeKeys())))!
}

/** New keys, as the file of AUTH_KEYS has them. */
export async function makeKeys(): Promise<Keys> {
  const keys = await Promise.all(['RS256', 'ES384'].map(makeKey))
  return { keys, cookies: [randomBytes(32).toString('base64url')] }
}

async function makeKey(alg: string): Promise<JWK> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true, modulusLength: 2048 })
  const kid = randomBytes(8).toString('hex')
  return { ...(await exportJWK(privateKey)), kid, alg, use: 'sig' }
}

function readKeys(file: string): Keys {
  let value: unknown
  try {
    value = JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    throw new Error(`AUTH_KEYS: ${file} can't be read as JSON`)
  }
  const { keys, cookies } = isObject(value) ? value : {}
  const isFit =
    Array.isArray(keys) &&
    keys.length > 0 &&
    keys.every((key) => isObject(key) && typeof key.kty === 'string' && 'd' in key) &&
    Array.isArray(cookies) &&
    cookies.length > 0 &&
    cookies.every((one) => typeof one === 'string' && one.length >= 16)
  if (!isFit)
    throw new Error(
      `AUTH_KEYS: ${file} must hold {"keys": [private JWKs], "cookies": [texts of 16 characters or more]}; \`ieum client keys\` makes one`,
    )
  return value as Keys
}
