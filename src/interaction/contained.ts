// `_containedType=contained`: contained resources in the place of those that they are in.
// https://hl7.org/fhir/R4/search.html#contained
// Must not answer one that doesn't fulfil what was asked of it, though its container was found for another.
import type { Context } from '../context.ts'
import { parseJson, parseLossless, stringify } from '../fhir/json.ts'
import type { Resource } from '../fhir/message.ts'
import { isResource } from '../search/contained.ts'
import { matches } from '../search/match.ts'
import type { Planned } from '../search/planner.ts'
import type { Found, Version } from '../store/store.ts'

/** Found containers as what was found in them: a version whose id is `o1#p`, so that its URL is the container's with `#p`. */
export function withContained(
  found: Found,
  asked: NonNullable<Planned['contained']>,
  context: Context,
): Found {
  return { ...found, matches: found.matches.flatMap((one) => inside(one, asked, context)) }
}

function inside(
  version: Version,
  { type, where, matching }: NonNullable<Planned['contained']>,
  context: Context,
): readonly Version[] {
  const resource = parseJson(version.text ?? '{}') as Resource
  const fulfils = (one: Resource, id: string): boolean =>
    one.resourceType === type &&
    matches({ type, id, updated: version.updated, entries: context.extract(one) }, matching)
  const list = Array.isArray(resource.contained) ? (resource.contained as unknown[]) : []
  const exact = (parseLossless(version.text ?? '{}') as { readonly contained?: unknown[] })
    .contained
  const found = list.flatMap((one, i): Version[] => {
    if (!isResource(one) || !fulfils(one, one.id ?? '')) return []
    return [{ ...version, id: `${version.id}#${one.id ?? ''}`, text: stringify(exact?.[i]) }]
  })
  return where === 'both' && fulfils(resource, version.id) ? [version, ...found] : found
}
