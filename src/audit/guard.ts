// What is in the log is neither changed nor removed, whichever way a request takes: all writes come through a commit.
// Must not be used by the log itself, which makes its AuditEvents on the store underneath.
import { fail, Failure } from '../errors.ts'
import type { Content, Store } from '../store/store.ts'
import { LOG_TAG } from './event.ts'
import { isLogId } from './id.ts'

/** A store that refuses changes of AuditEvents of the log, and of ids that it may give. */
export const guarded = (store: Store): Store => ({
  ...store,
  commit: async (changes, assertions) => {
    for (const { type, id } of changes)
      if (type === 'AuditEvent' && isLogId(id)) throw unchangeable(id)
    for (const change of changes)
      if (change.kind === 'put' && change.type === 'AuditEvent') requireNoMark(change.content)
    return store.commit(changes, assertions)
  },
})

const MARK = `"system":"${LOG_TAG.system}"`

/** A client's own event must not say that it is of the log. */
function requireNoMark({ metaRest }: Content): void {
  if (metaRest.includes(MARK))
    throw fail(
      'forbidden',
      `The tag ${LOG_TAG.system} is for what this server logs; leave it out`,
      'AuditEvent.meta.tag',
    )
}

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
