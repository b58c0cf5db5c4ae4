// A store whose work is timed. Must not change what it answers, nor how it fails.
import { Failure } from '../errors.ts'
import type { Store } from '../store/store.ts'
import type { Metrics, StoreOperation } from './metrics.ts'
import { observe } from './series.ts'

/** The same store, each call counted in the metrics. */
export function timed(store: Store, metrics: Metrics): Store {
  const call = async <T>(operation: StoreOperation, work: () => Promise<T>): Promise<T> => {
    const start = performance.now()
    try {
      return await work()
    } catch (error) {
      metrics.storeFailed(operation, error instanceof Failure ? error.kind : 'fault')
      throw error
    } finally {
      observe(metrics.store[operation], (performance.now() - start) / 1000)
    }
  }
  return {
    ...store,
    read: (...asked) => call('read', () => store.read(...asked)),
    readMany: (...asked) => call('readMany', () => store.readMany(...asked)),
    vread: (...asked) => call('vread', () => store.vread(...asked)),
    history: (...asked) => call('history', () => store.history(...asked)),
    search: (...asked) => call('search', () => store.search(...asked)),
    count: (...asked) => call('count', () => store.count(...asked)),
    latest: (...asked) => call('search', () => store.latest(...asked)),
    changes: (...asked) => call('changes', () => store.changes(...asked)),
    commit: async (changes, assertions) => {
      metrics.commitsWaiting.value++
      observe(metrics.commitSize, changes.length)
      try {
        const committed = await call('commit', () => store.commit(changes, assertions))
        metrics.writesFailing.value = 0
        return committed
      } catch (error) {
        if (isOfStore(error)) metrics.writesFailing.value = 1
        throw error
      } finally {
        metrics.commitsWaiting.value--
      }
    },
  }
}

/** Whether another write would have failed as well. */
const isOfStore = (error: unknown): boolean =>
  !(error instanceof Failure) || error.kind === 'full' || error.kind === 'unavailable'
