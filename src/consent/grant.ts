// A Communication that tells a custodian that somebody broke the glass, and that opens the record to them for a time.
// https://hl7.org/fhir/R4/communication.html; docs/access.md, "Breaking the glass"
// Must not open anything beyond the record that the Communication itself is in.
import type { Resource } from '../fhir/message.ts'
import type { Interval } from '../search/date.ts'
import { intervalOf } from '../search/date.ts'
import { fieldsOf, textOf } from '../search/emit.ts'
import type { Settings } from '../search/emit.ts'
import { pointerOf } from '../search/reference.ts'

export const CATEGORY_SYSTEM = 'http://ieum.example/fhir/CodeSystem/communication'
export const CATEGORY = 'break-glass'
/** Extension of the Communication: until when the record is open (an instant). */
export const UNTIL = 'http://ieum.example/fhir/StructureDefinition/break-glass-until'

/** Whom it opens the record to (`Practitioner/1`) and when; undefined for any other Communication. */
export type Grant = { readonly user: string; readonly valid: Interval }

export function grantOf(communication: Resource, settings: Settings): Grant | undefined {
  if (communication['status'] !== 'completed' || !isBreakGlass(communication)) return undefined
  const reference = textOf(fieldsOf(communication['sender'])?.['reference'])
  const sender = reference === undefined ? undefined : pointerOf(reference, settings)
  const sent = textOf(communication['sent'])
  const from = sent === undefined ? undefined : intervalOf(sent, settings.zone)
  const until = textOf(
    list(communication['extension'])
      .map(fieldsOf)
      .find((extension) => extension?.['url'] === UNTIL)?.['valueInstant'],
  )
  const to = until === undefined ? undefined : intervalOf(until, settings.zone)
  if (sender === undefined || sender.type === '' || from === undefined || to === undefined)
    return undefined
  return { user: `${sender.type}/${sender.id}`, valid: { low: from.low, high: to.low } }
}

const isBreakGlass = (communication: Resource): boolean =>
  list(communication['category'])
    .flatMap((concept) => list(fieldsOf(concept)?.['coding']))
    .map(fieldsOf)
    .some((coding) => coding?.['system'] === CATEGORY_SYSTEM && coding['code'] === CATEGORY)

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
