// Ids of AuditEvents of the log: chain and number under a key of the store, so that an id tells nothing of its neighbours.
// docs/audit.md. Who is refused what is hidden must not see by the ids of its own events that more was written.
// Must not be shown decoded to anybody but auditors and administrators.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { Buffer } from 'node:buffer'
import type { Notes } from '../store/indexing.ts'

/** Where an entry stands. */
export type Place = { readonly chain: string; readonly number: number }

export type Ids = {
  /** Id of the AuditEvent that an entry is. */
  idOf(chain: string, number: number): string
  /** Chain and number of an id of the log; undefined for any other id. */
  placeOf(id: string): Place | undefined
}

const ID = /^log-[0-9a-f]{32}$/

/** Whether an id looks like one of the log. */
export const isLogId = (id: string): boolean => ID.test(id)

const NOTE = 'audit-id-key'

/** By the key of the store, which is made before the first entry. */
export const openIds = async (notes: Notes): Promise<Ids> =>
  idsOf((await notes.read(NOTE)) ?? (await notes.writeOnce(NOTE, freshKey())))

/** The same, for who only reads: where there is no key, no id is one of the log. */
export const knownIds = async (notes: Pick<Notes, 'read'>): Promise<Ids> =>
  idsOf((await notes.read(NOTE)) ?? freshKey())

const freshKey = (): string => randomBytes(16).toString('base64url')

/** Characters of a chain: of its time, and random ones. */
const TIME = 9
const CHAIN = /^[0-9a-z]{14}$/
const CHANCE = 36 ** 5

/** One block of AES is a permutation: 6 bytes of time, 4 of chance, 6 of number. @param text of the key, base64url */
function idsOf(text: string): Ids {
  const key = Buffer.from(text, 'base64url')
  // Each block stands alone, so that one cipher does for all.
  const cipher = createCipheriv('aes-128-ecb', key, null).setAutoPadding(false)
  const block = Buffer.alloc(16)
  return {
    idOf: (chain, number) => {
      block.writeUIntBE(Number.parseInt(chain.slice(0, TIME), 36), 0, 6)
      block.writeUInt32BE(Number.parseInt(chain.slice(TIME), 36), 6)
      block.writeUIntBE(number, 10, 6)
      return `log-${cipher.update(block).toString('hex')}`
    },
    placeOf: (id) => {
      if (!ID.test(id)) return undefined
      const decipher = createDecipheriv('aes-128-ecb', key, null).setAutoPadding(false)
      const block = decipher.update(Buffer.from(id.slice(4), 'hex'))
      const chance = block.readUInt32BE(6)
      const number = block.readUIntBE(10, 6)
      const time = block.readUIntBE(0, 6).toString(36).padStart(TIME, '0')
      const chain = time + chance.toString(36).padStart(5, '0')
      return number === 0 || chance >= CHANCE || !CHAIN.test(chain) ? undefined : { chain, number }
    },
  }
}
