// What the Provenances that a transaction writes say of what it writes and of what is there.
// https://hl7.org/fhir/R4/provenance.html
// Must not look through the whole transaction again for each of its entries.
import type { Context } from '../context.ts'
import type { Resource } from '../fhir/message.ts'
import type { Beside } from '../interaction/rule.ts'
import { fieldsOf } from '../search/emit.ts'
import { localOf } from './organization-of.ts'

type About = ReadonlyMap<string, readonly Resource[]>

const kept = new WeakMap<Beside, About>()

const NONE: readonly Resource[] = []

/** Provenances beside that have something (`Type/id`) as a target or an entity. */
export function provenancesOf(
  name: string,
  beside: Beside,
  context: Pick<Context, 'baseUrl'>,
): readonly Resource[] {
  if (beside.size === 0) return NONE
  let about = kept.get(beside)
  if (about === undefined) kept.set(beside, (about = aboutOf(beside, context)))
  return about.get(name) ?? NONE
}

function aboutOf(beside: Beside, context: Pick<Context, 'baseUrl'>): About {
  const about = new Map<string, Resource[]>()
  for (const [name, make] of beside) {
    const provenance = name.startsWith('Provenance/') ? make() : undefined
    if (provenance === undefined) continue
    for (const one of namedIn(provenance, context)) {
      const there = about.get(one)
      if (there === undefined) about.set(one, [provenance])
      else there.push(provenance)
    }
  }
  return about
}

/** What a Provenance is about or made from, as `Type/id`. */
function namedIn(provenance: Resource, context: Pick<Context, 'baseUrl'>): ReadonlySet<string> {
  const named = [
    ...listOf(provenance['target']),
    ...listOf(provenance['entity']).map((one) => fieldsOf(one)?.['what']),
  ]
  return new Set(named.flatMap((one) => localOf(one, context) ?? []))
}

/** A value that may be one, many or none. */
export const listOf = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? value : value === undefined ? [] : [value]
