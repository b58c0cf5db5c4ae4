// Links between pages: where the page before ended, sealed together with the search that it belongs to.
// https://hl7.org/fhir/R4/http.html#paging leaves what a link is to the server.
// Must not be read by anybody: a position counts what others wrote, and whoever could make one could ask what lies beside it.
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto'
import { Buffer } from 'node:buffer'
import type { Config } from '../config.ts'
import { fail } from '../errors.ts'
import type { Query } from '../fhir/message.ts'
import type { Notes } from '../store/indexing.ts'

/** `cursor`: of the store. `total`: of the first page, so that it is counted once. */
export type Position = { readonly cursor: string; readonly total?: number }

export type PageLinks = {
  /** The value of `_cursor`. @param scope what the position belongs to: a path and the parameters that decide */
  seal(scope: string, position: Position): string
  /** @throws Failure 400 for one that wasn't made for this scope or was changed, 410 when its key is gone */
  open(scope: string, sealed: string): Position
}

type Key = { readonly id: string; readonly key: Buffer; readonly hiding: Buffer }

const ID = 4
/** 16 bytes in base64url. */
const SIGNATURE = 22

/** @param keys the first signs; links of the others are still good */
export function createPageLinks(keys: readonly string[]): PageLinks {
  const known = keys.map((text): Key => {
    const key = createHash('sha256').update(`page link ${text}`).digest()
    const hiding = createHash('sha256').update(`page link hidden ${text}`).digest()
    return { id: createHash('sha256').update(key).digest('base64url').slice(0, ID), key, hiding }
  })
  const first = known[0]!
  return {
    seal: (scope, { cursor, total }) => {
      const position = `${total ?? ''}.${cursor}`
      const signed = signature(first, scope, position)
      // The signature begins the stream: one position of one search is sealed alike each time, and no two begin alike.
      const hidden = createCipheriv('aes-256-ctr', first.hiding, signed).update(position)
      return written(first, signed, hidden)
    },
    open: (scope, sealed) => {
      const [, id, begin, rest] = SEALED.exec(sealed) ?? []
      if (rest === undefined) throw notOurs()
      const key = known.find((one) => one.id === id)
      if (key === undefined) throw keyIsGone()
      const [signed, hidden] = [Buffer.from(begin!, 'base64url'), Buffer.from(rest, 'base64url')]
      const position = createDecipheriv('aes-256-ctr', key.hiding, signed).update(hidden)
      const expected = signature(key, scope, position.toString())
      const isWhole = sealed === written(key, signed, hidden)
      if (!isWhole || !timingSafeEqual(expected, signed)) throw notOurs()
      const [, total, cursor] = /^(\d*)\.(.*)$/s.exec(position.toString()) as unknown as string[]
      return total === '' ? { cursor: cursor! } : { cursor: cursor!, total: Number(total) }
    },
  }
}

const SEALED = new RegExp(`^([\\w-]{${ID}})([\\w-]{${SIGNATURE}})\\.([\\w-]+)$`)

const written = ({ id }: Key, signed: Buffer, hidden: Buffer): string =>
  `${id}${signed.toString('base64url')}.${hidden.toString('base64url')}`

const signature = ({ key }: Key, scope: string, position: string): Buffer =>
  createHmac('sha256', key).update(`${scope}\n${position}`).digest().subarray(0, 16)

const NOTE = 'page-key'

/** With the keys of the settings; without any, with one that the store keeps, so that all its processes share it. */
export async function openPageLinks(config: Config, notes: Notes): Promise<PageLinks> {
  if (config.pageKeys.length > 0) return createPageLinks(config.pageKeys)
  const kept = await notes.read(NOTE)
  return createPageLinks([
    kept ?? (await notes.writeOnce(NOTE, randomBytes(32).toString('base64url'))),
  ])
}

/** The value of `_cursor` and the other parameters. @throws Failure 400 when it comes twice */
export function pageAsked(query: Query): {
  readonly sealed: string | undefined
  readonly rest: Query
} {
  const [sealed, ...more] = query.filter(([name]) => name === '_cursor')
  if (sealed === undefined) return { sealed: undefined, rest: query }
  if (more.length > 0) throw fail('parameter', 'It may be given once only', '_cursor')
  return { sealed: sealed[1], rest: query.filter(([name]) => name !== '_cursor') }
}

/** Parameters that only say how an answer looks: a page may be asked for with others than the page before. */
const OF_THE_FORM = new Set([
  ...['_elements', '_explain', '_format', '_pretty', '_summary', '_total', '_units'],
])

/** What decides which resources come in which order. */
export const deciding = (query: Query): Query =>
  query.some(([name]) => OF_THE_FORM.has(name))
    ? query.filter(([name]) => !OF_THE_FORM.has(name))
    : query

const notOurs = () =>
  fail(
    'parameter',
    'This page link is not one of this server, or was changed; start the search again',
    '_cursor',
  )

const keyIsGone = () =>
  fail(
    'gone',
    'This page link was signed with a key that this server no longer has; start the search again',
    '_cursor',
    'not-found',
  )
