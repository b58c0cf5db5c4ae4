// Long work in slices that let other requests through: on many items, with a bound on how much of it is under way at once,
// and in steps of one piece of work. https://nodejs.org/en/learn/asynchronous-work/dont-block-the-event-loop
// Must not reorder: items are begun in their order.

/** Milliseconds of work after which others have their turn. */
export const SLICE_MS = 10

/** Work that stops after each short step, so that whoever does it can let others through. */
export type Stepwise<T> = Generator<undefined, T, undefined>

/** Milliseconds that this thread has worked: on a busy machine, time passes without work. */
export function worked(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Others have their turn when work that began then (`worked()`) has taken longer than a slice. */
export const giveWay = (began: number): Promise<void> | undefined =>
  worked() - began < SLICE_MS ? undefined : nextTurn()

/** Work in steps that has given way: of all of it, one slice in a turn of the event loop, which there is one of, too. */
const giving: (() => void)[] = []

function goOn(): void {
  giving.shift()!()
  if (giving.length > 0) setImmediate(goOn)
}

/** All steps, others having their turn between slices of them. */
export async function inSlices<T>(steps: Stepwise<T>): Promise<T> {
  for (let began: number | undefined; ;) {
    const step = steps.next()
    if (step.done === true) return step.value
    began ??= worked()
    if (worked() - began < SLICE_MS) continue
    await new Promise<void>((resolve) => {
      giving.push(resolve)
      if (giving.length === 1) setImmediate(goOn)
    })
    began = worked()
  }
}

/** All steps at once, where nobody waits, or the work is known to be short. */
export function atOnce<T>(steps: Stepwise<T>): T {
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
  }
}

/** Do the work for every item, `most` at a time; rejects with the first error, once what is under way has ended. */
export async function inTurn<T>(
  items: readonly T[],
  most: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  let next = 0
  let failed = false
  let began = worked()
  /** Resolves when there is room in a turn for the next item: not all that wait begin in the same one. */
  const room = async (): Promise<void> => {
    while (worked() - began >= SLICE_MS) {
      const seen = began
      await nextTurn()
      if (began === seen) began = worked()
    }
  }
  const worker = async (): Promise<void> => {
    while (next < items.length && !failed)
      try {
        if (worked() - began >= SLICE_MS) {
          await room()
          continue
        }
        await work(items[next++]!)
      } catch (error) {
        failed = true
        throw error
      }
  }
  const workers = Array.from({ length: Math.min(most, items.length) }, worker)
  for (const result of await Promise.allSettled(workers))
    if (result.status === 'rejected') throw result.reason
}
