// Whether the scopes of a caller reach a version at hand, by what it says.
// https://hl7.org/fhir/smart-app-launch/scopes-and-launch-context.html
// Must not parse anything where scopes name types alone. A restriction that leads to other resources reaches nothing.
import { scopeCondition, type PlanRoom } from '../auth/permission.ts'
import type { Permission, Principal } from '../auth/principal.ts'
import { parseJson } from '../fhir/json.ts'
import type { Resource } from '../fhir/message.ts'
import type { Entry } from '../search/entry.ts'
import { matches } from '../search/match.ts'
import type { Version } from '../store/store.ts'
import { ofTypes } from './restrict.ts'

export type ReachRoom = PlanRoom & {
  readonly extract: (resource: Resource) => readonly Entry[]
}

/** @param entries of the version, where they are there already */
export function reaches(
  principal: Principal,
  letters: readonly Permission[],
  { type, id, updated, text }: Omit<Version, 'version' | 'method'>,
  room: ReachRoom,
  entries?: readonly Entry[],
): boolean {
  const asked = ofTypes(scopeCondition(principal, room, letters), [type])
  if ('of' in asked && Array.isArray(asked.of) && asked.of.length === 0) return asked.kind === 'and'
  const own = entries ?? room.extract(parseJson(text ?? '{}') as Resource)
  return matches({ type, id, updated, entries: own }, asked)
}
