// The log of accesses as the rest of the server sees it: record, and make AuditEvents of what was recorded.
// docs/audit.md. Opened lazily: a server in open mode has none, and pays nothing.
// Must not take more than a small part of the time for making AuditEvents while requests come in.
import type { Context } from '../context.ts'
import type { Store } from '../store/store.ts'
import { createCountries, type Countries } from './country.ts'
import { signInEvent, type Event, type SignIn } from './event.ts'
import { readKey } from './key.ts'
import { createAuditLog } from './log.ts'
import { BATCH, createMaker } from './make.ts'
import { putParametersIntoForce } from './parameters.ts'
import { tooFarBehind } from './recorded.ts'
import { createRefusals, type Refused } from './refusals.ts'
import { atOnce } from '../turn.ts'

export type Audit = {
  /** On disk when it resolves. @throws Failure `unavailable` */
  record(events: readonly Event[]): Promise<void>
  /** Log that somebody signed in, or tried to. @throws as `record` */
  signIn(what: SignIn): Promise<void>
  /** Count somebody who isn't let in, which is logged within a minute. */
  refused(what: Refused): void
  /** Log what is counted, now. */
  writeRefused(): Promise<void>
  readonly countries: Countries
  /** Resolves when all that was recorded before can be searched. @throws Failure `unavailable` after so many ms */
  caughtUp(withinMs: number): Promise<void>
  /** Sign what isn't signed yet of a chain. */
  cover(chain: string): Promise<void>
  /** From now on make AuditEvents in the background. */
  start(): void
  close(): Promise<void>
}

/** Whether nothing much is asked of this process is looked at this often. */
const LOOK_MS = 500
/** A process that has nothing of its own looks for what others left this often, in looks. */
const SELDOM = 60
/** Part of a look in which it is busy, above which few AuditEvents are made. */
const BUSY = 0.2
/** AuditEvents a look while it is busy, and milliseconds a look while it isn't, or while they come too late. */
const FEW = 10
const IDLE_WORK_MS = 150
/** Milliseconds from an entry to its AuditEvent after which it is time, whatever else there is to do. */
const LATE_MS = 600_000

type Needs = Pick<Context, 'baseUrl' | 'config' | 'extracting' | 'log'>

/**
 * @throws Error in plain words for an AUDIT_KEY that is none
 * @param store underneath: without the guard
 * @param announcing the one that puts search parameters into force
 */
export function createAudit(store: Store, announcing: Store, needs: Needs): Audit {
  const { baseUrl, config, extracting, log } = needs
  // A wrong one ends the start.
  if (config.auditKey !== '') readKey(config.auditKey)
  const journal = createAuditLog({
    trail: store.trail,
    notes: store.notes,
    log,
    key: config.auditKey,
    baseUrl,
    prepare: () => putParametersIntoForce(announcing, needs),
  })
  const refusals = createRefusals((events) => journal.record(events), { baseUrl, log })
  // Words that the store finds itself are not looked for twice.
  const maker = createMaker(store, (resource) => atOnce(extracting(resource)))
  let timer: NodeJS.Timeout | undefined
  let working: Promise<void> = Promise.resolve()

  const makeSome = async (isBusy: boolean): Promise<boolean> => {
    if (isBusy && maker.lag() < LATE_MS) return (await maker.some(FEW)) === FEW
    const end = performance.now() + IDLE_WORK_MS
    while (performance.now() < end) if ((await maker.some(BATCH)) === 0) return false
    return true
  }

  return {
    record: (events) => journal.record(events),
    signIn: (what) => journal.record([signInEvent({ baseUrl, at: Date.now() }, what)]),
    refused: (what) => refusals.count(what),
    writeRefused: () => refusals.write(),
    countries: createCountries(store),
    caughtUp: async (withinMs) => {
      await journal.ready()
      let late: NodeJS.Timeout | undefined
      const tooLate = new Promise<never>((_, reject) => {
        late = setTimeout(() => reject(tooFarBehind()), withinMs)
      })
      await Promise.race([maker.catchUp(), tooLate]).finally(() => clearTimeout(late))
    },
    cover: (chain) => journal.cover(chain),
    start: () => {
      let before = performance.eventLoopUtilization()
      let looks = 0
      let isMore = false
      let isBusyWith = false
      timer ??= setInterval(() => {
        const now = performance.eventLoopUtilization()
        const { utilization } = performance.eventLoopUtilization(now, before)
        before = now
        if (journal.hasNews() || looks++ % SELDOM === 0) isMore = true
        if (!isMore || isBusyWith) return
        isBusyWith = true
        working = makeSome(utilization > BUSY)
          .then((more) => void (isMore = more))
          // The store is away: later.
          .catch(() => undefined)
          .finally(() => (isBusyWith = false))
      }, LOOK_MS)
      timer.unref()
    },
    close: async () => {
      clearInterval(timer)
      await working
      await refusals.close()
      await journal.close()
    },
  }
}
