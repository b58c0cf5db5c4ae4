// Groups on their way, and the watermark: the place before which everything is done.
// Must not let two groups that write the same resource be on their way at once.
import type { Group } from './group.ts'
import type { Progress } from './journal.ts'
import type { Sent } from './send.ts'

export type Place = Pick<Progress, 'file' | 'next'>

type Slot = { readonly place: Place; sent?: Sent }

export type Flights = ReturnType<typeof startFlights>

/**
 * @param from where the watermark stands
 * @param onProgress called whenever it has moved
 */
export function startFlights(from: Progress, onProgress: (progress: Progress) => void) {
  const slots: Slot[] = []
  const flights = new Map<Promise<void>, ReadonlySet<string>>()
  let progress = from
  let broken: { readonly error: unknown } | undefined

  const advance = (): void => {
    const before = progress
    for (let slot = slots[0]; slot?.sent !== undefined; slot = slots[0]) {
      slots.shift()
      progress = {
        ...slot.place,
        loaded: progress.loaded + slot.sent.loaded,
        failed: progress.failed + slot.sent.failed.length,
      }
    }
    if (progress !== before) onProgress(progress)
  }

  const finish = async (sending: Promise<Sent>, slot: Slot): Promise<void> => {
    try {
      slot.sent = await sending
      advance()
    } catch (error) {
      broken ??= { error }
    }
  }

  const rethrow = (): void => {
    if (broken !== undefined) throw broken.error
  }

  return {
    /**
     * Send a group once fewer than `most` are on their way and none of them writes what it writes.
     * @param place what comes after it
     * @throws what an earlier one threw
     */
    async add(group: Group, place: Place, most: number, send: () => Promise<Sent>): Promise<void> {
      while (flights.size >= most) await Promise.race(flights.keys())
      for (const [flight, keys] of flights) if (!keys.isDisjointFrom(group.keys)) await flight
      rethrow()
      const slot: Slot = { place }
      slots.push(slot)
      const flight: Promise<void> = finish(send(), slot).finally(() => flights.delete(flight))
      flights.set(flight, group.keys)
    },
    /** A place that is reached as soon as all that was added before is done. */
    mark(place: Place): void {
      slots.push({ place, sent: { loaded: 0, failed: [] } })
      advance()
    },
    /** Wait for all of them. @throws what one threw */
    async land(): Promise<Progress> {
      await Promise.all(flights.keys())
      rethrow()
      return progress
    },
    /** Wait for all of them, however they end. */
    async settle(): Promise<void> {
      await Promise.all(flights.keys())
    },
  }
}
