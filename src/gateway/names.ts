// By what the gateway knows again what it wrote: identifiers of messages, results, samples and devices.
// Must not be the same for two organisations: what one sends is never taken for what another sent.
import { createHash } from 'node:crypto'
import type { Run } from './run.ts'

const SID = 'http://ieum.example/fhir/sid'

export const MESSAGE = `${SID}/gateway/message`
export const RESULT = `${SID}/gateway/result`
export const REPORT = `${SID}/gateway/report`
export const SAMPLE = `${SID}/gateway/sample`
export const DEVICE = `${SID}/device-serial`

/** Of identifiers that are URIs themselves. */
export const URI = 'urn:ietf:rfc:3986'

export type Identifier = { readonly system: string; readonly value: string }

export type Names = {
  readonly message: Identifier
  /** The nth thing of a kind in this message. */
  part(kind: string, n: number): Identifier
  of(system: string, key: string): Identifier
}

export function namesOf({ sender, id }: Run, organization: string | undefined): Names {
  const whose = `${organization ?? '-'}/${sender}`
  const message = { system: MESSAGE, value: `${whose}/${encodeURIComponent(id)}` }
  return {
    message,
    part: (kind, n) => ({ system: MESSAGE, value: `${message.value}/${kind}${String(n + 1)}` }),
    of: (system, key) => ({ system, value: `${whose}/${key}` }),
  }
}

/** Of bytes, as a URI: https://www.rfc-editor.org/rfc/rfc6920 */
export const digestOf = (bytes: Uint8Array): string =>
  `ni:///sha-256;${createHash('sha256').update(bytes).digest('base64url')}`
