// Sends what is pending of one Subscription, one after the other and so in order; tries again later and later when the
// endpoint doesn't take it; says so in the status of the Subscription.
// https://hl7.org/fhir/R4/valueset-subscription-status.html: error while deliveries fail, off when too many did
// Must not try for ever, nor go on to the next event before the one before it was taken.
import { channel } from 'node:diagnostics_channel'
import { Failure } from '../errors.ts'
import type { Log } from '../log.ts'
import type { Delivered } from './deliver.ts'
import type { Event, Queue } from './queue.ts'
import type { Status, Subscription } from './subscription.ts'

/** Where deliveries are told; messages are `Tried`. metrics/ listens. */
export const deliveries = channel('ieum.subscription.delivery')

export type Tried = { readonly outcome: Delivered['outcome'] | 'given-up' }

/** Where the queues of this process are told after each look; messages are `Queues`. */
export const queueStates = channel('ieum.subscription.queues')

export type Queues = { readonly subscriptions: number; readonly waiting: number }

/** What a sender works on; the Subscription is the one of now. */
export type Sending = {
  readonly queue: Queue
  readonly subscription: () => Subscription
  /** Events that go into the next delivery. */
  readonly next: () => readonly Event[]
  readonly deliver: (events: readonly Event[]) => Promise<Delivered>
  /** @returns whether the status is in the resource */
  readonly setStatus: (status: Status, error: string | undefined) => Promise<void>
  /** Whether the server ends, or another process goes on. */
  readonly isEnding: () => boolean
  /** Milliseconds after which failing deliveries are given up. */
  readonly giveUpMs: number
  readonly log: Log
}

export type Sender = {
  /** There may be something to send. */
  wake(): void
  /** Try again now, as if nothing had failed before. */
  anew(): void
  /** Resolves when nothing is under way. */
  stop(): Promise<void>
}

const FIRST_RETRY_MS = 500
const LONGEST_RETRY_MS = 60_000
/** Failures in a row after which the status says so. */
const ERROR_AFTER = 4
/** What was delivered is noted this often while there is more. */
const NOTE_MS = 100

/** Milliseconds to wait after so many failures in a row: twice as long each time, a fifth more or less. */
export const backOff = (failures: number, random: number = Math.random()): number =>
  Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** (failures - 1)) * (0.8 + 0.4 * random)

export function createSender(sending: Sending): Sender {
  const { queue, subscription, next, deliver, setStatus, isEnding, giveUpMs, log } = sending
  let failures = 0
  let running: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined
  let isStopped = false
  let noted = 0

  const later = (ms: number): void => {
    clearTimeout(timer)
    timer = setTimeout(start, ms)
    timer.unref()
  }

  const failed = async (error: string): Promise<void> => {
    failures++
    deliveries.publish({ outcome: 'failed' } satisfies Tried)
    const now = Date.now()
    const since = queue.failingSince() ?? now
    queue.failing(since)
    later(backOff(failures))
    if (now - since >= giveUpMs) {
      deliveries.publish({ outcome: 'given-up' } satisfies Tried)
      await setStatus('off', `Given up after ${describe(now - since)}: ${error}`)
    } else if (failures >= ERROR_AFTER && subscription().status === 'active')
      await setStatus('error', `Notifications fail and are tried again: ${error}`)
  }

  const send = async (): Promise<void> => {
    while (!isStopped && !isEnding()) {
      const events = next()
      const last = events.at(-1)
      if (last === undefined) break
      const result = await deliver(events)
      // That the server ends is no fault of the endpoint's.
      if (isEnding() && result.outcome === 'failed') break
      if (result.outcome === 'failed') {
        await failed(result.error)
        break
      }
      deliveries.publish({ outcome: result.outcome } satisfies Tried)
      queue.delivered(last.number)
      if (result.outcome === 'delivered') {
        failures = 0
        queue.failing(undefined)
        if (subscription().status === 'error') await setStatus('active', undefined)
      }
      if (queue.pending.length > 0 && Date.now() - noted < NOTE_MS) continue
      noted = Date.now()
      await queue.flush()
    }
    await queue.flush()
  }

  const start = (): void => {
    timer = undefined
    if (running !== undefined || isStopped) return
    running = send()
      .catch((error: unknown) => {
        // The store or the log is away: that is no fault of the endpoint's.
        if (!(error instanceof Failure)) log.error({ err: error }, 'a notification failed')
        if (!isStopped) later(LONGEST_RETRY_MS / 60)
      })
      .finally(() => {
        running = undefined
        // What came in between.
        if (timer === undefined && !isStopped && !isEnding() && next().length > 0) start()
      })
  }

  return {
    wake: () => {
      if (timer === undefined) start()
    },
    anew: () => {
      failures = 0
      queue.failing(undefined)
      clearTimeout(timer)
      start()
    },
    stop: async () => {
      isStopped = true
      clearTimeout(timer)
      await running
      await queue.flush().catch(() => undefined)
    },
  }
}

const describe = (ms: number): string =>
  ms < 7_200_000
    ? `${String(Math.round(ms / 60_000))} minutes`
    : `${String(Math.round(ms / 3_600_000))} hours`
