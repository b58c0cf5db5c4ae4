// A thread that answers heavy searches from a connection of its own, and stops when it is told to or out of time.
// Must not write, nor decide what is heavy: search.ts does.
import { parentPort, workerData } from 'node:worker_threads'
import { fail, toPlain, type PlainError } from '../../errors.ts'
import type { Latest, LatestBy } from '../../search/latest.ts'
import type { Plan } from '../../search/plan.ts'
import type { Found, HistoryQuery, Page, Step } from '../store.ts'
import { tooManyTested } from '../tested.ts'
import { inSnapshot, openDatabase } from './database.ts'
import { asFailure } from './error.ts'
import { explained } from './explain.ts'
import { history } from './history.ts'
import { latest } from './latest.ts'
import { count, search } from './search.ts'

/** What a thread is told at its start. `most`: resources that a search may test one by one. */
export type FileToRead = { readonly file: string; readonly most: number }

export type Task =
  | { readonly kind: 'search'; readonly plan: Plan; readonly explain: boolean }
  | { readonly kind: 'count'; readonly plan: Plan }
  | { readonly kind: 'latest'; readonly plan: Plan; readonly by: LatestBy }
  | { readonly kind: 'history'; readonly query: HistoryQuery }

export type ToThread = {
  readonly id: number
  readonly task: Task
  /** Milliseconds since 1970 after which the work must stop. */
  readonly deadline: number
  /** Not 0 once nobody waits any more. */
  readonly cancelled: Int32Array
}

export type FromThread = {
  readonly id: number
  /** Of a search that is to be explained. */
  readonly steps?: readonly Step[]
  readonly result?: Found | number | Page | readonly Latest[]
  readonly error?: PlainError
}

const CANCELLED = Symbol('cancelled')

const tooCostly = () =>
  fail(
    'too-costly',
    'The search takes longer than this server allows; narrow it by more parameters',
  )

if (parentPort !== null) {
  const port = parentPort
  let current: ToThread | undefined
  let tested = 0
  const stop = (reason: unknown): never => {
    throw reason
  }
  const { file, most } = workerData as FileToRead
  const alive = (rows: number): void => {
    if (current === undefined) return
    tested += rows
    if (tested > most) stop(tooManyTested(most))
    if (Atomics.load(current.cancelled, 0) !== 0) stop(CANCELLED)
    if (Date.now() > current.deadline) stop(tooCostly())
  }
  const db = openDatabase(file, 'reader', { alive, most })
  port.on('message', (message: ToThread) => {
    current = message
    tested = 0
    port.postMessage(answer(message))
    current = undefined
  })

  const answer = ({ id, task }: ToThread): FromThread => {
    const steps: Step[] = []
    try {
      return { id, steps, result: inSnapshot(db, () => work(task, steps)) }
    } catch (error) {
      return { id, error: toPlain(error === CANCELLED ? tooCostly() : asFailure(error)) }
    }
  }

  const work = (task: Task, steps: Step[]): Found | number | Page | readonly Latest[] => {
    switch (task.kind) {
      case 'search':
        return explained(db, task.explain ? (step) => steps.push(step) : undefined, (on) =>
          search(on, task.plan),
        )
      case 'count':
        return count(db, task.plan)
      case 'latest':
        return latest(db, task.plan, task.by)
      case 'history':
        return history(db, task.query)
    }
  }
}
