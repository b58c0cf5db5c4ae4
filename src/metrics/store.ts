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
    read: (type, id) => call('read', () => store.read(type, id)),
    readMany: (references) => call('readMany', () => store.readMany(references)),
    vread: (type, id, version) => call('vread', () => store.vread(type, id, version)),
    history: (query) => call('history', () => store.history(query)),
    search: (plan) => call('search', () => store.search(plan)),
    count: (plan) => call('count', () => store.count(plan)),
    changes: (after, limit) => call('changes', () => store.changes(after, limit)),
    commit: async (changes, assertions) => {
      metrics.commitsWaiting.value++
      observe(metrics.commitSize, changes.length)
      try {
        return await call('commit', () => store.commit(changes, assertions))
      } finally {
        metrics.commitsWaiting.value--
      }
    },
  }
}
