// One branch of a search parameter's expression, resolved for a resource type: its name, and the ways through the JSON.
// https://hl7.org/fhir/R4/json.html (names of choice elements)
// Must not read resources: extract.ts walks the ways that are laid out here.
import type { Definitions } from '../fhir/definitions.ts'
import type { EntryKind, IndexPath } from './entry.ts'
import type { Branch, Step } from './expression.ts'
import { emitOf } from './kinds.ts'
import { NAME_PART } from './name/entries.ts'
import { IMPLIED_SYSTEM } from './token.ts'

/** One step through JSON. `index`: only that item of an array; `context`: its place is the group of entries below. */
export type Segment =
  | { readonly kind: 'property'; readonly name: string; readonly index?: number }
  | { readonly kind: 'where'; readonly names: readonly string[]; readonly equals: string }

/** A way from the resource to values of one element type. */
export type Route = { readonly segments: readonly Segment[]; readonly type: string }

/** Where entries of one kind come from: one branch of an expression, for one resource type. */
export type ParameterPath = {
  readonly path: IndexPath
  readonly kind: EntryKind
  readonly routes: readonly Route[]
  /** Element types that yield entries: `CodeableConcept`, `dateTime`. */
  readonly types: readonly string[]
  /** Token entries without system because the element implies it (`code`, boolean). */
  readonly implied: boolean
  /** Types that the parameter's references may have, as by `where(resolve() is Patient)`; absent = any. */
  readonly targets?: readonly string[]
  /** Boolean of whether any of these properties is there and isn't false; routes lead to their parent then. */
  readonly truth?: readonly string[]
  /** Not understood here: an expression for a FHIRPath engine. */
  readonly expression?: string
}

/** `of`: the type that the last property belongs to. */
type Place = Route & { readonly of?: string }

/** Undefined when the branch isn't about this resource type, or yields no entries of that kind. */
export function resolveBranch(
  branch: Branch,
  type: string,
  kind: EntryKind,
  definitions: Definitions,
): ParameterPath | undefined {
  let name = type
  let places: readonly Place[] = [{ segments: [], type }]
  let targets: readonly string[] | undefined
  let truth: readonly string[] | undefined
  for (const [at, step] of branch.entries()) {
    if (at === 0 && isRoot(step, type, definitions)) continue
    // A choice that was narrowed to one type already carries that in its name.
    if (step.kind === 'member') {
      const next = branch[at + 1]
      const only = next?.kind === 'type' ? next.type : undefined
      if (next?.kind === 'truth') {
        truth = places.flatMap((place) =>
          choices(place.type, step.name, undefined, definitions).map((p) => p.name),
        )
        name += `.${step.name}.exists() and ${name}.${step.name} != false`
        continue
      }
      places = places.flatMap((place) =>
        choices(place.type, step.name, only, definitions).map((property) => ({
          segments: [...place.segments, { kind: 'property' as const, name: property.name }],
          type: property.type,
          of: place.type,
        })),
      )
      name += `.${step.name}`
    } else if (step.kind === 'type') {
      const wanted = typeNamed(step.type, definitions)
      places = places.filter((place) => isOrDerives(place.type, wanted, definitions))
      name += `.ofType(${wanted})`
    } else if (step.kind === 'where') {
      const { names, equals } = step
      places = places.map((place) => ({
        segments: [...place.segments, { kind: 'where' as const, names, equals }],
        type: place.type,
      }))
      name += `.where(${names.join('.')}='${equals}')`
    } else if (step.kind === 'index') {
      places = places.map((place) => ({
        segments: place.segments.map((segment, i) =>
          i === place.segments.length - 1 && segment.kind === 'property'
            ? { ...segment, index: step.index }
            : segment,
        ),
        type: place.type,
      }))
      name += `[${step.index}]`
    } else if (step.kind === 'resolve') targets = [step.type]
    if (places.length === 0) return undefined
  }
  // Who writes extension('…') and nothing behind it means what it holds.
  if (places.every((place) => place.type === 'Extension')) {
    places = places.flatMap((place) =>
      choices(place.type, 'value', undefined, definitions).map((property) => ({
        segments: [...place.segments, { kind: 'property' as const, name: property.name }],
        type: property.type,
      })),
    )
    name += '.value'
  }
  const routes: readonly Route[] =
    truth === undefined
      ? places.flatMap(({ segments, type: own, of }) => {
          // Names are found from other scripts, so that their parts aren't strings like others.
          const as = kind === 'string' && own === 'string' && of === 'HumanName' ? NAME_PART : own
          return emitOf(kind, as) === undefined ? [] : [{ segments, type: as }]
        })
      : places
  if (routes.length === 0) return undefined
  const types = truth === undefined ? [...new Set(routes.map((route) => route.type))] : ['boolean']
  return {
    path: name,
    kind,
    routes,
    types,
    implied: kind === 'token' && types.every((one) => IMPLIED_SYSTEM.has(one)),
    ...(targets === undefined ? {} : { targets }),
    ...(truth === undefined ? {} : { truth }),
  }
}

function isRoot(step: Step, type: string, definitions: Definitions): boolean {
  if (step.kind === 'variable') return true
  return step.kind === 'member' && isOrDerives(type, step.name, definitions)
}

/** Whether `type` is `ancestor` or built on it, as Patient on DomainResource on Resource. */
export function isOrDerives(type: string, ancestor: string, definitions: Definitions): boolean {
  for (let at: string | undefined = type; at !== undefined; at = definitions.types.get(at)?.base) {
    if (at === ancestor) return true
  }
  return false
}

// Expressions write DateTime for dateTime here and there.
const typeNamed = (name: string, definitions: Definitions): string =>
  definitions.types.has(name) ? name : name.charAt(0).toLowerCase() + name.slice(1)

function choices(
  type: string,
  element: string,
  only: string | undefined,
  definitions: Definitions,
): readonly { readonly name: string; readonly type: string }[] {
  const found: { name: string; type: string }[] = []
  const wanted = only === undefined ? undefined : typeNamed(only, definitions)
  for (const property of definitions.properties(type).values()) {
    if (property.element.name !== element) continue
    const actual = property.type.name
    if (wanted !== undefined && !isOrDerives(actual, wanted, definitions)) continue
    found.push({ name: property.name, type: actual })
  }
  return found
}
