// Work on many items with a bound on how much of it is under way at once, in slices that let other requests through.
// Must not reorder: items are begun in their order.

/** Milliseconds of work after which others have their turn. */
export const SLICE_MS = 10

/** Others have their turn when work that began then (`performance.now()`) has taken longer than a slice. */
export const giveWay = (began: number): Promise<void> | undefined =>
  performance.now() - began < SLICE_MS
    ? undefined
    : new Promise((resolve) => setImmediate(() => resolve()))

/** Do the work for every item, `most` at a time; rejects with the first error, once what is under way has ended. */
export async function inTurn<T>(
  items: readonly T[],
  most: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  let next = 0
  let failed = false
  let began = performance.now()
  const worker = async (): Promise<void> => {
    while (next < items.length && !failed)
      try {
        await work(items[next++]!)
        if (performance.now() - began < SLICE_MS) continue
        await new Promise((resolve) => setImmediate(resolve))
        began = performance.now()
      } catch (error) {
        failed = true
        throw error
      }
  }
  const workers = Array.from({ length: Math.min(most, items.length) }, worker)
  for (const result of await Promise.allSettled(workers))
    if (result.status === 'rejected') throw result.reason
}
