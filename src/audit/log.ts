// The log of one process: events become entries of its chain, on disk before whoever waits for them goes on.
// docs/audit.md; opened with the first event, so that a server without callers has none.
// Must not resolve before an entry is on disk, and must not go on with a chain after a failure.
import { randomBytes } from 'node:crypto'
import { fail, Failure } from '../errors.ts'
import type { Log } from '../log.ts'
import type { Notes } from '../store/indexing.ts'
import type { Sealed, Tail, Trail } from '../store/trail.ts'
import { entryHash, NOTHING } from './bytes.ts'
import { processEvent, type Event } from './event.ts'
import { cover, makeHead, MOST_COVERED } from './head.ts'
import { openIds, type Ids } from './id.ts'
import { openSigner, type Signer } from './key.ts'
import { textOf } from './part.ts'

export type AuditLog = {
  /** @throws Failure `unavailable` when it can't be written */
  record(events: readonly Event[]): Promise<void>
  /** What has to be there before the first entry is. */
  ready(): Promise<void>
  /** Sign what isn't signed yet, of any chain. */
  cover(chain: string): Promise<void>
  /** Whether something was recorded since it was asked last. */
  hasNews(): boolean
  close(): Promise<void>
}

export type AuditLogOptions = {
  readonly trail: Trail
  readonly notes: Notes
  readonly log: Log
  /** PEM, '' for the one of the store. */
  readonly key: string
  readonly baseUrl: string
  /** Done once before the first entry. */
  readonly prepare: () => Promise<void>
  readonly headMs?: number
}

/** A head is signed this often where something was recorded. */
const HEAD_MS = 10_000
/** Chains whose ends the first entry of a new one names. */
const TIES = 16

type Waiting = {
  readonly events: readonly Event[]
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** Where the chain of this process stands. `uncovered`: hashes of entries that no head covers, the first of number `from`. */
type Chain = {
  readonly name: string
  readonly ids: Ids
  number: number
  hash: string
  from: number
  uncovered: string[]
}

export function createAuditLog(options: AuditLogOptions): AuditLog {
  const { trail, notes, log, baseUrl, headMs = HEAD_MS } = options
  let waiting: Waiting[] = []
  let writing: Promise<void> | undefined
  let chain: Chain | undefined
  /** The end of the chain that was broken off, as far as it was acknowledged. */
  let broken: Tail | undefined
  let signer: Promise<Signer> | undefined
  let prepared: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined
  let isClosed = false
  let isNew = false
  let isDue = false

  const once = <T>(made: Promise<T>, forget: () => void): Promise<T> => {
    made.catch(forget)
    return made
  }
  const key = (): Promise<Signer> =>
    (signer ??= once(openSigner(options.key, notes), () => (signer = undefined)))
  const about = () => ({ at: Date.now(), baseUrl })

  const seal = (to: Chain, event: Event): Sealed => {
    const number = to.number + 1
    const text = `{"resourceType":"AuditEvent","id":"${to.ids.idOf(to.name, number)}",${textOf(event).slice(1)}`
    const hash = entryHash(to.hash, text)
    to.number = number
    to.hash = hash
    to.uncovered.push(hash)
    return { chain: to.name, number, hash, text }
  }

  const ready = (): Promise<void> =>
    (prepared ??= once(options.prepare(), () => (prepared = undefined)))

  const begin = async (): Promise<{ readonly fresh: Chain; readonly first: Sealed }> => {
    await ready()
    await key()
    const tails = await trail.tails(TIES)
    // What a process left that is gone is signed by the next one.
    for (const { chain: name } of tails) await cover(trail, name, await key(), about())
    const ties = [...(broken === undefined ? [] : [broken]), ...tails]
    const ids = await openIds(notes)
    const fresh: Chain = {
      name: chainName(),
      ids,
      number: 0,
      hash: NOTHING,
      from: 1,
      uncovered: [],
    }
    const first = seal(fresh, processEvent(about(), 'start', [...new Set(ties.map(tieOf))]))
    return { fresh, first }
  }

  const write = async (): Promise<void> => {
    while (waiting.length > 0) {
      const group = waiting
      waiting = []
      try {
        const sealed: Sealed[] = []
        let to = chain
        if (to === undefined) {
          const { fresh, first } = await begin()
          to = fresh
          sealed.push(first)
        }
        // Whatever fails from here on, this chain is not gone on with.
        const end: Tail | undefined = chain && { chain: to.name, number: to.number, hash: to.hash }
        chain = undefined
        broken = end ?? broken
        for (const { events } of group) for (const event of events) sealed.push(seal(to, event))
        await trail.append(sealed)
        chain = to
        broken = undefined
        isNew = true
        if (isDue || to.uncovered.length >= MOST_COVERED) void signOwn().catch(complain)
        for (const { resolve } of group) resolve()
      } catch (error) {
        complain(error)
        for (const { reject } of group) reject(notWritten(error))
      }
    }
  }

  const complain = (error: unknown): void =>
    log.error({ err: error }, 'the log of accesses can not be written')

  const signOwn = async (): Promise<void> => {
    const own = chain
    if (own === undefined || own.uncovered.length === 0) return
    isDue = false
    const entries = own.uncovered
    const from = own.from
    own.uncovered = []
    own.from = from + entries.length
    try {
      for (let i = 0; i < entries.length; i += MOST_COVERED) {
        const some = entries.slice(i, i + MOST_COVERED)
        const covered = { chain: own.name, from: from + i, entries: some, ...about() }
        await trail.publish(makeHead(covered, await key()).kept)
      }
    } catch (error) {
      own.uncovered = [...entries, ...own.uncovered]
      own.from = from
      throw error
    }
  }

  const tick = (): void => {
    timer ??= setInterval(() => {
      isDue = true
      // While something is being written, the chain is signed behind it.
      void signOwn().catch(complain)
    }, headMs)
    timer.unref()
  }

  /** In the next turn, with all that comes in this one. */
  const writeSoon = (): void => {
    writing ??= new Promise<void>((done) => setImmediate(done)).then(write).finally(() => {
      writing = undefined
      // Who heard that it is written may have asked for more before this.
      if (waiting.length > 0) writeSoon()
    })
  }

  const record = (events: readonly Event[]): Promise<void> =>
    new Promise((resolve, reject) => {
      if (isClosed) {
        reject(fail('unavailable', 'The server is ending'))
        return
      }
      waiting.push({ events, resolve, reject })
      tick()
      writeSoon()
    })

  return {
    record,
    ready,
    cover: async (name) => {
      if (name === chain?.name) await signOwn()
      else await cover(trail, name, await key(), about())
    },
    hasNews: () => {
      const had = isNew
      isNew = false
      return had
    },
    close: async () => {
      clearInterval(timer)
      if (chain !== undefined)
        await record([processEvent(about(), 'stop', [])]).catch(() => undefined)
      isClosed = true
      while (writing !== undefined) await writing
      await signOwn().catch(complain)
    },
  }
}

/** `chain/number/hash`, as the first entry of a chain names the end of another. */
export const tieOf = ({ chain, number, hash }: Tail): string => `${chain}/${number}/${hash}`

const DIGITS = '0123456789abcdefghijklmnopqrstuvwxyz'

/** 9 characters of time and 5 random ones: chains sort by their beginning. */
function chainName(): string {
  let name = Date.now().toString(36).padStart(9, '0')
  for (const byte of randomBytes(5)) name += DIGITS[byte % 36]
  return name
}

/** What a caller hears: without the log nothing is given out. */
function notWritten(error: unknown): Failure {
  const failure = fail(
    'unavailable',
    'The log of accesses can not be written at the moment, so nothing is given out; try again',
  )
  return Object.assign(failure, error instanceof Failure ? {} : { cause: error })
}
