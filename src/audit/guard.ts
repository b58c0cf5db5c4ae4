// What is in the log is neither changed nor removed, whichever way a request takes: all writes come through a commit.
// Must not be used by the log itself, which makes its AuditEvents on the store underneath.
import { Failure } from '../errors.ts'
import type { Store } from '../store/store.ts'
import { placeOf } from './bytes.ts'

/** A store that refuses changes of AuditEvents of the log, and of ids that it may give. */
export const guarded = (store: Store): Store => ({
  ...store,
  commit: async (changes, assertions) => {
    for (const { type, id } of changes)
      if (type === 'AuditEvent' && placeOf(id) !== undefined) throw unchangeable(id)
    return store.commit(changes, assertions)
  },
})

const unchangeable = (id: string): Failure =>
  new Failure(
    'method-not-allowed',
    [
      {
        severity: 'error',
        code: 'not-supported',
        diagnostics: `AuditEvent/${id} is of the log of this server, which nobody can change; it can be read and searched`,
        expression: ['AuditEvent.id'],
      },
    ],
    { allow: 'GET, HEAD' },
  )
