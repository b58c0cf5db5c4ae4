// Keeps the index what it should be: knows what it lacks, and lets one process of many make that good in the background.
// Must not hold up a request: what a search has to say of the index is known without asking the store.
import { channel } from 'node:diagnostics_channel'
import type { Definitions } from '../fhir/definitions.ts'
import type { Log } from '../log.ts'
import { FIRST, isOld, lackOf, madeNow, type Lack, type MadeOf } from '../search/completeness.ts'
import type { SearchRoom } from '../search/room.ts'
import type { Store } from '../store/store.ts'
import { hasMade, readMade, readWanted, readWork, writeMade, type Work } from './reindex-notes.ts'
import { reindex, type ReindexOptions } from './reindex.ts'

export type IndexState = {
  /** What searches may miss. */
  readonly lack: Lack
  /** How far it has come, or came. */
  readonly work: Work | undefined
}

export type IndexKeeper = {
  readonly state: () => IndexState
  /** What is extracted now. */
  readonly made: () => MadeOf
  /** Look at the notes of the store. */
  look(): Promise<void>
  /** What is extracted has changed. */
  readonly changed: () => void
  /** From now on make good what is lacking, whenever it is. */
  start(): void
  /** Once, now. @throws as reindex() */
  run(options: Partial<ReindexOptions>): ReturnType<typeof reindex>
  close(): Promise<void>
}

export type IndexKeeperOptions = {
  readonly store: Store
  readonly room: SearchRoom
  readonly definitions: Definitions
  readonly log: Log
  /** Looks whether other processes changed what conformance resources there are. */
  readonly refresh: () => Promise<void>
  /** Milliseconds between two looks. */
  readonly refreshMs: number
}

/** Where the state is told; messages are `IndexState`. metrics/ listens. */
export const indexStates = channel('ieum.index')

/** Looks in which every process has noticed a change. */
const SETTLE = 3
/** After a failure. */
const REST_MS = 60_000

export function createIndexKeeper(options: IndexKeeperOptions): IndexKeeper {
  const { store, room, definitions, log, refresh, refreshMs } = options
  const { resourceTypes } = definitions
  let made = madeNow(room.parameters, room.standard, definitions)
  let had: MadeOf = FIRST
  let state: IndexState = { lack: lackOf(had, made, definitions), work: undefined }
  let isWanted = false
  let isStarted = false
  let notBefore = 0
  let running: Promise<unknown> | undefined
  let timer: NodeJS.Timeout | undefined
  const ended = new AbortController()

  const tell = (work: Work | undefined): void => {
    state = { lack: lackOf(had, made, definitions), work }
    indexStates.publish(state)
  }

  const look = async (): Promise<void> => {
    had = await readMade(store.notes)
    tell(await readWork(store.notes))
    isWanted = (await readWanted(store.notes)) !== undefined
  }

  const run: IndexKeeper['run'] = (more) =>
    reindex(
      { store, resourceTypes, extract: room.extract, made: () => made, refresh },
      { settleMs: SETTLE * refreshMs, ...more },
    )

  const runIfDue = (): void => {
    if (!isStarted || running !== undefined || store.indexing === undefined) return
    if (Date.now() < notBefore) return
    if (!isWanted && !resourceTypes.some((type) => isOld(had, made, type))) return
    running = run({ signal: ended.signal, onProgress: tell })
      .then(async (done) => {
        if (done.held && done.result !== undefined)
          log.info({ looked: done.result.looked, changed: done.result.changed }, 'index made anew')
        await look()
      })
      .catch((error: unknown) => {
        if (ended.signal.aborted) return
        notBefore = Date.now() + REST_MS
        log.error({ err: error }, 'the index could not be made anew; another try follows')
      })
      .finally(() => (running = undefined))
  }

  const again = (): void => {
    if (ended.signal.aborted) return
    timer = setTimeout(() => {
      refresh()
        .then(look)
        // The store is away: later.
        .catch(() => undefined)
        .finally(() => {
          runIfDue()
          again()
        })
    }, refreshMs)
    timer.unref()
  }
  again()

  return {
    state: () => state,
    made: () => made,
    look,
    changed: () => {
      made = madeNow(room.parameters, room.standard, definitions)
      tell(state.work)
      runIfDue()
    },
    start: () => {
      isStarted = true
      runIfDue()
    },
    run,
    close: async () => {
      ended.abort()
      clearTimeout(timer)
      await running
    },
  }
}

/** A store that holds nothing yet has the index of what is written from now on. */
export async function noteIfEmpty(store: Store, made: MadeOf): Promise<void> {
  if (store.indexing === undefined || (await hasMade(store.notes))) return
  const { versions } = await store.history({ count: 1 })
  if (versions.length === 0) await writeMade(store.notes, made)
}
