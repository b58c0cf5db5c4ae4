// The record that the hub has of a patient whom the edge has met only now: what was written before is behind the last look at
// the history. https://hl7.org/fhir/R4/patient-operation-everything.html
// Must not fail for what the hub doesn't show.
import type { Resource } from '../fhir/message.ts'
import { arrive, type Arrival } from './arrive.ts'
import { keep, type Edge } from './edge.ts'
import { isRelayed } from './outbox.ts'
import { versionOf } from './settle.ts'

/** Take over the records of all patients that wait for it, page by page. @throws LineDown, Failure of the store */
export async function fetchRecords(edge: Edge, stop: AbortSignal): Promise<void> {
  for (const id of edge.state.patients ?? []) {
    let url: string | undefined = `Patient/${id}/$everything?_count=${String(edge.state.page)}`
    while (url !== undefined) {
      stop.throwIfAborted()
      const { status, body } = await edge.line.ask('GET', url)
      if (status !== 200 || body === undefined) break
      await arrive(edge, arrivalsIn(body))
      url = nextIn(body, `Patient/${id}/$everything`)
    }
    await keep(edge, [], { patients: (edge.state.patients ?? []).filter((one) => one !== id) })
  }
}

const arrivalsIn = ({ entry }: Resource): readonly Arrival[] =>
  ((entry ?? []) as readonly { readonly resource?: Resource }[]).flatMap(({ resource }) => {
    if (resource?.id === undefined || !isRelayed(resource.resourceType)) return []
    return [
      { type: resource.resourceType, id: resource.id, version: versionOf(resource), resource },
    ]
  })

/** The next page, behind the address by which this edge knows the hub. */
export function nextIn({ link }: Resource, path: string): string | undefined {
  const links = (link ?? []) as readonly { readonly relation?: string; readonly url?: string }[]
  const url = links.find(({ relation }) => relation === 'next')?.url
  const at = url?.lastIndexOf(path) ?? -1
  return at < 0 ? undefined : url!.slice(at)
}
