// batch and transaction: a Bundle of requests in one, https://hl7.org/fhir/R4/http.html#transaction
// Must not process entries itself: batch.ts and transaction.ts do.
import type { Context } from '../context.ts'
import { fail, Failure } from '../errors.ts'
import { parsingBoth } from '../fhir/json-pieces.ts'
import type { FhirRequest, FhirResponse, Resource } from '../fhir/message.ts'
import { batch } from './batch.ts'
import { readEntries, type BundleEntry } from './bundle-entry.ts'
import { requireType, resourceText } from './content.ts'
import { transaction } from './transaction.ts'
import { inSlices } from '../turn.ts'

/**
 * `POST [base]`: the entries one by one (batch), or all or nothing (transaction).
 * @throws Failure 400 for a Bundle that is neither or isn't sound, 413 for one with too many entries
 */
export async function bundle(request: FhirRequest, context: Context): Promise<FhirResponse> {
  const text = resourceText(request.body)
  const { type, entries } = await readBundle(text, request, context)
  if (type === 'batch') return batch(entries, context)
  // Links are rewritten in place, so an attempt after the first starts from the text again.
  let fresh: readonly BundleEntry[] | undefined = entries
  return transaction(async () => {
    const read = fresh ?? (await readBundle(text, request, context)).entries
    fresh = undefined
    return read
  }, context)
}

type Read = { readonly type: 'batch' | 'transaction'; readonly entries: readonly BundleEntry[] }

async function readBundle(text: string, request: FhirRequest, context: Context): Promise<Read> {
  const { plain, exact } = (await inSlices(parsingBoth(text))) as Record<
    'plain' | 'exact',
    Resource
  >
  requireType(plain, undefined, context)
  const { resourceType, type } = exact
  if (resourceType !== 'Bundle')
    throw fail(
      'malformed',
      `What is posted to the base is a Bundle of type batch or transaction; a ${resourceType} goes to /${resourceType}`,
      'resourceType',
    )
  if (type !== 'batch' && type !== 'transaction')
    throw fail(
      'malformed',
      typeof type === 'string'
        ? `A Bundle that is posted to the base has the type batch or transaction, not ${type}; to store a Bundle as it is, post it to /Bundle`
        : 'A Bundle that is posted to the base needs a "type": batch or transaction',
      'Bundle.type',
    )
  const entry = exact.entry ?? []
  if (!Array.isArray(entry))
    throw fail('malformed', 'Bundle.entry must be an array', 'Bundle.entry')
  const most = context.config.maxBundleEntries
  if (entry.length > most)
    throw fail(
      'too-large',
      `The Bundle has ${entry.length} entries; this server takes ${most} at most`,
      'Bundle.entry',
    )
  const entries = readEntries(entry, plain !== exact, request, context)
  requireSound(exact, entry as readonly object[], context)
  return { type, entries }
}

/** The Bundle without the resources in it, which are validated where they are written. */
function requireSound(bundle: Resource, entry: readonly object[], context: Context): void {
  const shell = { ...bundle }
  // An empty array is no FHIR, but clients send it, and what it means is plain.
  if (entry.length === 0) delete shell.entry
  else shell.entry = entry.map(withoutResource)
  const issues = context.validator.validate(shell)
  if (issues.some((i) => i.severity === 'error' || i.severity === 'fatal'))
    throw new Failure('malformed', issues)
}

function withoutResource(entry: { resource?: unknown }): object {
  const others = { ...entry }
  delete others.resource
  return others
}
