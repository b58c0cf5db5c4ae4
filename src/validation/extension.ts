// An extension against its definition: value, extensions inside, and where it may stand.
// https://hl7.org/fhir/R4/extensibility.html and https://hl7.org/fhir/R4/defining-extensions.html
// Must not refuse one that isn't known, unless it changes the meaning of what it stands in.
import { compileInvariant } from '../fhir/fhirpath.ts'
import { compilePath } from '../fhir/path-compile.ts'
import { truthOf, Unevaluable } from '../fhir/path-value.ts'
import type { StructureDefinition } from '../fhir/structure-definition.ts'
import { typeUrl } from '../fhir/structure-definition.ts'
import { isAbsolute } from './binding.ts'
import { contextsOf, holderOf } from './extension-context.ts'
import { message } from '../words/message.ts'
import { resolveIn } from './resolve.ts'
import { report, type Scope } from './scope.ts'
import { ProfileError } from './snapshot.ts'
import { valueOf } from './value-match.ts'
import type { Workshop } from './workshop.ts'
import { list, show } from './wording.ts'

/** @param kind whether it stands under modifierExtension, or inside of another extension, which may define it */
export function extensionCheck(
  value: unknown,
  scope: Scope,
  kind: 'extension' | 'modifier' | 'nested',
  workshop: Workshop,
): void {
  const { url } = value as { url?: unknown }
  workshop.typeCheck('Extension')(value, scope)
  if (typeof url !== 'string') return
  const found = show(url)
  if (!isAbsolute(url)) {
    if (kind !== 'nested') report(scope, 'error', 'value', message('extension-relative', { found }))
    return
  }
  const structure = workshop.find(url)
  if (structure === undefined) {
    // Whoever acts on a resource has to know them; a store keeps it. What a Basic means is in its extensions altogether.
    const matters = kind === 'modifier' && scope.resource.resourceType !== 'Basic'
    if (matters && !scope.storing)
      report(scope, 'error', 'extension', message('extension-modifier', { found }))
    else if (!matters)
      report(scope, 'information', 'extension', message('extension-unknown', { found }))
    return
  }
  if (structure.type !== 'Extension' || structure.url === typeUrl('Extension')) {
    const params = { found, type: structure.type }
    report(scope, 'error', 'extension', message('extension-type', params))
    return
  }
  knownCheck(value, scope, kind, structure, workshop)
}

function knownCheck(
  value: unknown,
  scope: Scope,
  kind: 'extension' | 'modifier' | 'nested',
  structure: StructureDefinition,
  workshop: Workshop,
): void {
  const found = show(structure.url)
  try {
    const root = workshop.snapshots.of(structure)
    workshop.profileCheck(structure.url)?.(value, scope)
    insideCheck(value, scope, structure.url, namesInside(structure, workshop))
    const isModifier = root.element.isModifier === true
    if (isModifier && kind === 'extension')
      report(scope, 'error', 'extension', message('extension-is-modifier', { found }))
    if (!isModifier && kind === 'modifier')
      report(scope, 'error', 'extension', message('extension-no-modifier', { found }))
  } catch (error) {
    if (!(error instanceof ProfileError)) throw error
    const params = { found: structure.url, why: error.message }
    report(scope, 'warning', 'not-supported', message('profile-broken', params))
  }
  invariantCheck(value, scope, structure, workshop)
  const { context } = structure
  if (context === undefined) return
  const places = contextsOf(scope.path, scope.resource, workshop.definitions)
  if (places === undefined) return
  const fits = context.some(
    ({ type, expression }) =>
      // Where an invariant decides, and in a definition of another time, anything goes.
      (type !== 'element' && type !== 'extension') || places.has(expression.replace(/\[x\]/g, '')),
  )
  if (!fits) {
    const allowed = list(context.map(({ expression }) => expression))
    const [place = ''] = places
    report(scope, 'error', 'extension', message('extension-context', { found, allowed, place }))
  }
}

/** What holds of the element that an extension stands in; of a primitive nothing is known but its value. */
function invariantCheck(
  extension: unknown,
  scope: Scope,
  { url, contextInvariant = [] }: StructureDefinition,
  { definitions }: Workshop,
): void {
  if (contextInvariant.length === 0) return
  const holder = holderOf(scope.path, scope.resource)
  if (holder === undefined) return
  const environment = {
    resource: scope.resource,
    rootResource: scope.root,
    context: holder.value,
    extension,
    resolve: (reference: string) => resolveIn(scope, reference),
  }
  for (const expression of contextInvariant) {
    const run =
      compilePath(expression, holder.type, definitions) ?? compileInvariant(expression, holder.type)
    let met: boolean | undefined
    try {
      met = truthOf(run(holder.value, environment))
    } catch (error) {
      if (!(error instanceof Unevaluable)) throw error
    }
    const said = message('extension-invariant', { found: show(url), expression })
    if (met === false) report(scope, 'error', 'extension', said)
  }
}

/** Urls of the extensions that one has inside; undefined if it says nothing of them. */
function namesInside(
  structure: StructureDefinition,
  { snapshots }: Workshop,
): ReadonlySet<unknown> | undefined {
  const slices = snapshots.of(structure).children.get('extension')?.slices
  if (slices === undefined || slices.size === 0) return undefined
  return new Set(
    [...slices.values()].map((slice) => {
      const url = snapshots.childrenOf(slice).get('url')
      return url === undefined ? undefined : valueOf(url.element, 'fixed')
    }),
  )
}

function insideCheck(
  value: unknown,
  scope: Scope,
  extension: string,
  names: ReadonlySet<unknown> | undefined,
): void {
  const { extension: inside } = value as { extension?: readonly { url?: unknown }[] }
  if (!Array.isArray(inside)) return
  for (const [i, { url }] of (inside as { url?: unknown }[]).entries()) {
    if (typeof url !== 'string' || isAbsolute(url) || names?.has(url)) continue
    const params = { extension, found: url }
    report(scope, 'error', 'extension', message('extension-nested', params), `extension[${i}]`)
  }
}
