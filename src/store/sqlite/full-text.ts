// Brings the full text up to what is stored: writes leave it behind, and it is read from the texts when a search asks for
// words, when the server has time, or when too much is behind. All up to a `seq` is in it; what is later isn't yet.
// Must not let a search miss what is committed: from `ready` on, for a while, commits bring it up to date themselves.
import { performance } from 'node:perf_hooks'
import { fullText } from '../../search/full-text.ts'
import { atOnce } from '../../turn.ts'
import { parsed } from '../examine.ts'
import type { Database } from './database.ts'
import { inTransaction } from './transaction.ts'
import { replaceWords, tokensOf } from './words.ts'

/** Milliseconds for which commits keep the full text up to date after a search asked for it: longer than any search may take. */
const PROMPT_MS = 60_000

/** How long a process that doesn't write relies on that without asking again. */
export const TRUSTED_MS = PROMPT_MS / 2

/** Milliseconds of a slice while a search waits, and of one that nobody waits for. */
const SLICE_MS = 8
const SPARE_MS = 4

/** Milliseconds between looks whether there is time, between slices then, and between them when there never is. */
const LOOK_MS = 1000
const PAUSE_MS = 5
const BUSY_PAUSE_MS = 400

/** A server that works less than this part of the time has time. */
const IDLE = 0.3

/** Resources that may be behind; beyond, each commit takes along as many as it writes, and as many again. */
const MOST_BEHIND = 100_000

const PAGE = 64

export type FullText = {
  /** Resolves when all that is committed is in it; stays so for PROMPT_MS. */
  readonly ready: () => Promise<void>
  /** To be called within each transaction, when it has made its changes. */
  committing(changes: number): void
  /** Whether whoever else commits has to bring it up to date. */
  isPrompt(): boolean
  /** So many changes were committed elsewhere. */
  wrote(changes: number): void
  close(): void
}

/** @param turn does work on the connection when no commit is under way */
export function openFullText(db: Database, turn: <T>(work: () => T) => Promise<T>): FullText {
  let behind = countBehind(db)
  let promptUntil = 0
  let catchingUp: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined
  let used = performance.eventLoopUtilization()
  let wroteAt = -Infinity
  let isClosed = false

  const isPrompt = (): boolean => performance.now() < promptUntil

  const slice = (ms: number): number => {
    inTransaction(db, () => (behind = Math.max(0, behind - readOn(db, ms))))
    return countBehind(db, 1)
  }

  const catchUp = async (): Promise<void> => {
    for (let left = 1; left > 0 && !isClosed;)
      left = await turn(() => {
        const rest = isClosed ? 0 : slice(SLICE_MS)
        // In the same turn, so that no commit comes in between.
        if (rest === 0) promptUntil = performance.now() + PROMPT_MS
        return rest
      })
    behind = 0
  }

  const later = (ms: number): void => {
    if (isClosed || timer !== undefined || behind === 0) return
    timer = setTimeout(() => {
      timer = undefined
      void spare().then(later, () => later(10 * LOOK_MS))
    }, ms)
    timer.unref()
  }

  /** Some of it when there is time, and a little when there never is; milliseconds until the next time. */
  const spare = async (): Promise<number> => {
    const { utilization } = performance.eventLoopUtilization(used)
    used = performance.eventLoopUtilization()
    const isBusy = utilization > IDLE
    // While much is written it can wait: the bound is kept by the commits.
    if (isBusy && performance.now() - wroteAt < LOOK_MS) return LOOK_MS
    const rest = await turn(() => (isClosed ? 0 : slice(SPARE_MS)))
    if (rest === 0) behind = 0
    return isBusy ? BUSY_PAUSE_MS : PAUSE_MS
  }

  later(LOOK_MS)
  return {
    isPrompt,
    ready: async () => {
      if (isPrompt()) promptUntil = performance.now() + PROMPT_MS
      else await (catchingUp ??= catchUp().finally(() => (catchingUp = undefined)))
    },
    committing: (changes) => {
      if (isPrompt()) readOn(db, Infinity)
      else {
        behind += changes
        wroteAt = performance.now()
        if (behind > MOST_BEHIND) {
          const taken = readOn(db, Infinity, 2 * changes)
          behind = taken < 2 * changes ? 0 : behind - taken
        }
        later(LOOK_MS)
      }
    },
    wrote: (changes) => {
      if (isPrompt()) return
      behind += changes
      later(LOOK_MS)
    },
    close: () => {
      isClosed = true
      clearTimeout(timer)
    },
  }
}

const MARK = '(select seq from full_text_mark)'

/** Whether something that this connection sees isn't in the full text yet. */
export const isBehind = (db: Database): boolean => countBehind(db, 1) > 0

const countBehind = (db: Database, most = MOST_BEHIND): number =>
  db.get(
    `select count(*) from (select 1 from resource where seq > coalesce(${MARK}, 0) limit ${most})`,
    [],
  )![0] as number

/** The versions from here on aren't in the full text yet. */
export const readUpTo = (db: Database): number =>
  (db.get('select seq from full_text_mark', [])?.[0] ?? 0) as number

/**
 * Take what is behind into the full text, oldest first, within the running transaction.
 * @param ms after which no more is taken, nor after `most` resources
 * @returns how many were
 */
export function readOn(db: Database, ms: number, most = Infinity): number {
  const end = performance.now() + ms
  let upTo = readUpTo(db)
  let count = 0
  for (let isMore = true; isMore;) {
    const rows = db.all(
      `select pk, seq, text from resource where seq > ? order by seq limit ${PAGE}`,
      [upTo],
    ) as [pk: number, seq: number, text: string | null][]
    isMore = rows.length === PAGE
    for (const [pk, seq, text] of rows) {
      replaceWords(db, pk, wordsIn(db, text))
      upTo = seq
      if (++count < most && performance.now() < end) continue
      isMore = false
      break
    }
  }
  if (count > 0) {
    db.run('delete from full_text_mark', [])
    db.run('insert into full_text_mark (seq) values (?)', [upTo])
  }
  return count
}

/** The tokens of a text; of what isn't the text that was written there are none, and `ieum check` tells. */
function wordsIn(db: Database, text: string | null): string {
  const resource = text === null ? undefined : parsed(text)
  return resource === undefined
    ? ''
    : tokensOf(atOnce(fullText(resource)), (path) => db.paths.make(path))
}
