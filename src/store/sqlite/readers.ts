// Threads for heavy searches, so that one of them does not delay what is light: made when first needed, bounded in
// number, in what may wait for them, and in time. Must not be used for what takes less than the way to a thread.
import { Worker } from 'node:worker_threads'
import { fail, fromPlain } from '../../errors.ts'
import type { Found, HistoryQuery, Limits, Page } from '../store.ts'
import type { Latest, LatestBy } from '../../search/latest.ts'
import type { Plan } from '../../search/plan.ts'
import { MOST_TESTED } from '../tested.ts'
import type { FileToRead, FromThread, Task, ToThread } from './reader-thread.ts'

export type ReaderOptions = {
  /** Threads at most. */
  readonly threads: number
  /** Milliseconds that one task may take, waiting included. */
  readonly budgetMs: number
  /** Resources that a search may test one by one, MOST_TESTED unless given. */
  readonly mostTested?: number
}

export type Readers = {
  search(plan: Plan, limits: Limits | undefined): Promise<Found>
  count(plan: Plan, limits: Limits | undefined): Promise<number>
  latest(plan: Plan, by: LatestBy, limits: Limits | undefined): Promise<readonly Latest[]>
  history(query: HistoryQuery, limits: Limits | undefined): Promise<Page>
  close(): Promise<void>
}

type Pending = {
  readonly message: ToThread
  readonly limits: Limits | undefined
  resolve(result: unknown): void
  reject(error: unknown): void
}

/** Tasks that may wait for a thread; more are told to come back. */
const MOST_WAITING = 200

/** How often a running task is looked after: whether its caller is still there. */
const WATCH_MS = 100

/** Readers of a file. Nothing is started before the first task. */
export function openReaders(
  file: string,
  { threads, budgetMs, mostTested = MOST_TESTED }: ReaderOptions,
): Readers {
  const idle: Worker[] = []
  const busy = new Map<Worker, Pending>()
  const waiting: Pending[] = []
  let nextId = 0
  let closed = false

  const start = (): Worker => {
    const worker = new Worker(new URL('./reader-thread.ts', import.meta.url), {
      workerData: { file, most: mostTested } satisfies FileToRead,
    })
    worker.unref()
    worker.on('message', (answer: FromThread) => done(worker, answer))
    worker.on('error', (error: Error) => lost(worker, error))
    worker.on('exit', () => lost(worker, new Error('a reader thread ended')))
    return worker
  }

  const give = (worker: Worker, task: Pending): void => {
    busy.set(worker, task)
    worker.postMessage(task.message)
  }

  const next = (worker: Worker): void => {
    const task = waiting.shift()
    if (task === undefined) idle.push(worker)
    else give(worker, task)
  }

  const done = (worker: Worker, { result, error, steps = [] }: FromThread): void => {
    const task = busy.get(worker)
    busy.delete(worker)
    next(worker)
    if (error !== undefined) task?.reject(fromPlain(error))
    else {
      for (const step of steps) task?.limits?.explained?.(step)
      task?.resolve(result)
    }
  }

  const lost = (worker: Worker, error: Error): void => {
    const task = busy.get(worker)
    busy.delete(worker)
    const at = idle.indexOf(worker)
    if (at >= 0) idle.splice(at, 1)
    task?.reject(error)
    const queued = closed ? undefined : waiting.shift()
    if (queued !== undefined) give(start(), queued)
  }

  const watch = setInterval(() => {
    for (const { limits, message } of busy.values())
      if (limits?.cancelled?.() === true) Atomics.store(message.cancelled, 0, 1)
    for (let i = waiting.length - 1; i >= 0; i--) {
      const task = waiting[i]!
      const late = Date.now() > task.message.deadline
      if (!late && task.limits?.cancelled?.() !== true) continue
      waiting.splice(i, 1)
      task.reject(busyFailure())
    }
  }, WATCH_MS)
  watch.unref()

  const run = <T>(task: Task, limits: Limits | undefined): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      const message: ToThread = {
        id: nextId++,
        task,
        deadline: Date.now() + budgetMs,
        cancelled: new Int32Array(new SharedArrayBuffer(4)),
      }
      const pending: Pending = {
        message,
        limits,
        resolve: (result) => resolve(result as T),
        reject,
      }
      const worker = idle.pop() ?? (busy.size < threads ? start() : undefined)
      if (worker !== undefined) give(worker, pending)
      else if (waiting.length < MOST_WAITING) waiting.push(pending)
      else reject(busyFailure())
    })

  return {
    search: (plan, limits) =>
      run({ kind: 'search', plan, explain: limits?.explained !== undefined }, limits),
    count: (plan, limits) => run({ kind: 'count', plan }, limits),
    latest: (plan, by, limits) => run({ kind: 'latest', plan, by }, limits),
    history: (query, limits) => run({ kind: 'history', query }, limits),
    close: async () => {
      closed = true
      clearInterval(watch)
      for (const { message } of busy.values()) Atomics.store(message.cancelled, 0, 1)
      await Promise.all([...idle, ...busy.keys()].map((worker) => worker.terminate()))
    },
  }
}

const busyFailure = () =>
  fail('unavailable', 'Too many heavy searches are under way; try again, or narrow this one')
