// The status of a Subscription, as the server sets it: a new version of the resource, unless its owner was faster.
// https://hl7.org/fhir/R4/valueset-subscription-status.html
// Must not change anything else of it: whose it is stays as it was.
import type { Context } from '../context.ts'
import { parseLossless } from '../fhir/json.ts'
import type { Resource } from '../fhir/message.ts'
import { toContent } from '../interaction/content.ts'
import type { Status } from './subscription.ts'

/**
 * @param version the one that is to be replaced
 * @param error what went wrong; undefined leaves out what an earlier version says
 * @returns the new version, undefined where the Subscription is another by now
 */
export async function setStatus(
  { id, version }: { readonly id: string; readonly version: number },
  status: Status,
  error: string | undefined,
  { store, extracting }: Context,
): Promise<number | undefined> {
  const current = await store.read('Subscription', id)
  if (current?.text === undefined || current.version !== version) return undefined
  const { error: _, ...rest } = parseLossless(current.text) as Resource
  const resource = { ...rest, status, ...(error === undefined ? {} : { error }) } as Resource
  const content = await toContent({ plain: resource, exact: resource }, id, { extracting })
  const committed = await store.commit([
    { kind: 'put', type: 'Subscription', id, method: 'PUT', content, ifVersion: version },
  ])
  return committed.ok ? committed.applied[0]?.current?.version : undefined
}
