// A load into the store of STORE_URL, through the door that HTTP requests come by.
// Must not go past that door: what is refused over HTTP is refused here.
import type { Context } from '../../context.ts'
import { Failure } from '../../errors.ts'
import { issue } from '../../fhir/issues.ts'
import { handle } from '../../handle.ts'
import { PREFER, type Target } from './target.ts'

/** The store of a context. */
export const storeTarget =
  (context: Context): Target =>
  async (text) => {
    try {
      const { status, body } = await handle(
        {
          method: 'POST',
          path: [],
          query: [],
          headers: { prefer: PREFER },
          body: { type: 'application/fhir+json', text },
        },
        context,
      )
      return { status, issues: [], body }
    } catch (error) {
      if (error instanceof Failure) return { status: error.status, issues: error.issues }
      context.log.error({ err: error }, 'fault while loading')
      return { status: 500, issues: [issue('exception', 'A fault of ours; the log has it')] }
    }
  }
