// Names for what must not be named: the same under one key wherever it is met, and none that leads back without it.
// HMAC-SHA-256, https://www.rfc-editor.org/rfc/rfc2104
// Must not put the key, or anything that it was made from, into what is given out.
import { createHmac, randomBytes } from 'node:crypto'
import type { Notes } from '../store/indexing.ts'

export type Pseudonyms = {
  /** Id of a resource: 32 hexadecimal digits. */
  id(type: string, id: string): string
  /** Of any other text that tells one thing from another. */
  value(kind: string, text: string): string
  /** An identifier of the form that DICOM wants, https://dicom.nema.org/medical/dicom/current/output/chtml/part05/sect_B.2.html */
  uid(uid: string): string
  /** Days by which the dates of a patient are moved: from -most to most, never 0. */
  days(patient: string, most: number): number
}

export function createPseudonyms(key: string): Pseudonyms {
  const digest = (kind: string, text: string): Buffer =>
    createHmac('sha256', key).update(`${kind}\n${text}`).digest()
  const hex = (kind: string, text: string): string =>
    digest(kind, text).subarray(0, 16).toString('hex')
  return {
    id: (type, id) => hex('id', `${type}/${id}`),
    value: (kind, text) => hex(kind, text),
    uid: (uid) => `2.25.${BigInt(`0x${hex('uid', uid)}`).toString()}`,
    days: (patient, most) => {
      const at = Number(digest('days', patient).readBigUInt64BE() % BigInt(2 * most))
      return at < most ? at - most : at - most + 1
    },
  }
}

const NOTE = 'deidentify-key'

/** The key of the settings; without one, one that the store keeps, so that all its processes share it. */
export async function deidentifyKey(given: string, notes: Notes): Promise<string> {
  if (given !== '') return given
  return (
    (await notes.read(NOTE)) ?? (await notes.writeOnce(NOTE, randomBytes(32).toString('base64url')))
  )
}
