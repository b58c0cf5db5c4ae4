// The Subscriptions of a store, as the rest of the server sees them: told of commits, started in the processes that may
// carry them out, of which one does. docs/adr/0008-subscriptions.md
// Must not cost a commit more than a look at the types in it.
import { setTimeout as sleep } from 'node:timers/promises'
import { sqliteFile, type Config } from '../config.ts'
import type { Context } from '../context.ts'
import { Failure } from '../errors.ts'
import { underLease } from '../job/lease.ts'
import type { Notes } from '../store/indexing.ts'
import type { Change, Store } from '../store/store.ts'
import { createEndpoints } from './endpoint.ts'
import { createOwnerNow, type OwnerNow } from './owner.ts'
import { createKeeper, type Keeper } from './keeper.ts'

export type Subscriptions = {
  /** Something was committed in this process. */
  committed(changes: readonly Change[]): void
  /** From now on carry them out, when no other process does. */
  start(context: Context): void
  /** Called with the ids of those that have new events, where this process found them; returns how to end that. */
  onEvents(listener: (ids: ReadonlySet<string>) => void): () => void
  readonly ownerNow: OwnerNow
  close(): Promise<void>
}

/** Milliseconds between two looks at what other processes committed, while somebody watches, and while nobody does. */
const LOOK_MS = 250
const IDLE_LOOK_MS = 1000
/** A look is made now and then, whatever happens: for what ends. */
const ALONE_LOOK_MS = 1000
/** Commits that follow at once are looked at together. */
const GATHER_MS = 5
/** After a failure. */
const REST_MS = 1000
/** Between two tries for the lease, and how long it lasts. */
const TRY_MS = 2000
const LEASE_MS = 10_000

export function createSubscriptions(config: Config, notes: Notes): Subscriptions {
  const listeners = new Set<(ids: ReadonlySet<string>) => void>()
  const ended = new AbortController()
  let running: Promise<void> | undefined
  let keeper: Keeper | undefined
  let wake: (() => void) | undefined
  let isWoken = false

  const waken = (): void => {
    isWoken = true
    wake?.()
  }

  /** Until something is committed here, or so long. */
  const pause = async (ms: number): Promise<void> => {
    if (!isWoken)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms)
        timer.unref()
        wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    wake = undefined
    if (isWoken && !ended.signal.aborted) await sleep(GATHER_MS)
    isWoken = false
  }

  const carryOut = async (context: Context, isAlone: boolean, signal: AbortSignal) => {
    const stop = (): void => waken()
    signal.addEventListener('abort', stop)
    const mine = await createKeeper({
      context,
      endpoints: createEndpoints(context.config),
      signal,
      onEvents: (ids) => {
        for (const listener of listeners) listener(ids)
      },
    })
    keeper = mine
    let newest: string | undefined
    const lookForNew = async (): Promise<void> => {
      const { versions } = await context.store.history({ type: 'Subscription', count: 1 })
      const now = versions.map(({ id, version }) => `${id}/${String(version)}`).join()
      if (newest !== undefined && newest !== now) mine.changed()
      newest = now
    }
    try {
      while (!signal.aborted) {
        try {
          if (!isAlone && mine.isIdle()) await lookForNew()
          if (await mine.round()) continue
          await pause(isAlone ? ALONE_LOOK_MS : mine.isIdle() ? IDLE_LOOK_MS : LOOK_MS)
        } catch (error) {
          if (signal.aborted) break
          mine.changed()
          if (!(error instanceof Failure))
            context.log.error({ err: error }, 'subscriptions could not be carried out; again soon')
          await rest(REST_MS, signal)
        }
      }
    } finally {
      keeper = undefined
      signal.removeEventListener('abort', stop)
      await mine.end()
    }
  }

  const run = async (context: Context): Promise<void> => {
    // The one process that writes to an embedded store needs no lease.
    if (sqliteFile(context.config.storeUrl) !== undefined) {
      await carryOut(context, true, ended.signal)
      return
    }
    const leases = context.store.indexing!.leases
    while (!ended.signal.aborted) {
      try {
        await underLease(
          leases,
          'subscriptions',
          (lost) => carryOut(context, false, AbortSignal.any([lost, ended.signal])),
          { lastsMs: LEASE_MS },
        )
      } catch (error) {
        if (!(error instanceof Failure))
          context.log.error({ err: error }, 'subscriptions could not be carried out; again soon')
      }
      await rest(TRY_MS, ended.signal)
    }
  }

  return {
    ownerNow: createOwnerNow(config, notes),
    committed: (changes) => {
      if (keeper === undefined) return
      if (changes.some(({ type }) => type === 'Subscription')) keeper.changed()
      else if (keeper.isIdle()) return
      waken()
    },
    start: (context) => {
      running ??= run(context).catch((error: unknown) => {
        context.log.error({ err: error }, 'subscriptions are not carried out')
      })
    },
    onEvents: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close: async () => {
      ended.abort()
      await running
    },
  }
}

/** So long, or until it is aborted; keeps no process alive. */
const rest = async (ms: number, signal: AbortSignal): Promise<void> => {
  if (!signal.aborted) await sleep(ms, undefined, { ref: false, signal }).catch(() => undefined)
}

/** A store whose commits the Subscriptions hear of. */
export const heard = (store: Store, subscriptions: Pick<Subscriptions, 'committed'>): Store => ({
  ...store,
  commit: async (changes, assertions) => {
    const committed = await store.commit(changes, assertions)
    if (committed.ok) subscriptions.committed(changes)
    return committed
  },
})
