// batch: each entry a request of its own, https://hl7.org/fhir/R4/http.html#brules
// Must not let one entry's failure touch another, nor resolve links between entries: they may not depend on each other.
import type { Context } from '../context.ts'
import { bundleText, type EntryText } from '../fhir/bundle.ts'
import type { FhirResponse } from '../fhir/message.ts'
import type { BundleEntry } from './bundle-entry.ts'
import { answerEntry } from './bundle-response.ts'
import { createRoom } from './bundle-room.ts'
import { inTurn } from '../turn.ts'

/** Writes of one batch that wait for the store together, so that they share a sync of the disk. */
const TOGETHER = 16

/** Kinds of requests in the order that the specification has for transactions, and supposes for batches. */
const ORDER = [['DELETE'], ['POST'], ['PUT', 'PATCH'], ['GET', 'HEAD']] as const

/** The answer to a batch: 200 with an answer to each entry, in their order. */
export async function batch(
  entries: readonly BundleEntry[],
  context: Context,
): Promise<FhirResponse> {
  const answers = new Array<EntryText>(entries.length)
  const room = createRoom()
  for (const methods of ORDER) {
    const group = entries.filter((e) => (methods as readonly string[]).includes(e.request.method))
    await inTurn(group, TOGETHER, async (entry) => {
      answers[entry.index] = await answerEntry(entry, room, context)
    })
  }
  return { status: 200, headers: {}, body: bundleText('batch-response', [], answers) }
}
