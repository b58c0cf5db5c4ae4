// A resource inside of what is validated, and what holds for each: contained ones, and the profiles that it declares.
// https://hl7.org/fhir/R4/domainresource.html and https://hl7.org/fhir/R4/references.html#contained
// Must not take a profile that is not known for one that is met: it says so.
import type { Resource } from '../fhir/message.ts'
import { typeUrl } from '../fhir/structure-definition.ts'
import { message } from '../words/message.ts'
import { report, type Scope } from './scope.ts'
import { ProfileError } from './snapshot.ts'
import type { Workshop } from './workshop.ts'

/** @param kind whether it is contained in another, or stands in an entry or a parameter of its own */
export function resourceCheck(
  value: unknown,
  scope: Scope,
  kind: 'contained' | 'entry',
  workshop: Workshop,
): void {
  const outer = { resource: scope.resource, root: scope.root }
  const inner = value as Resource
  scope.resource = inner
  if (kind === 'entry') scope.root = inner
  rootCheck(inner, scope, [], workshop)
  scope.resource = outer.resource
  scope.root = outer.root
}

/** @param profiles that it has to meet besides those that it declares */
export function rootCheck(
  resource: Resource,
  scope: Scope,
  profiles: readonly string[],
  workshop: Workshop,
): void {
  if (resource.contained !== undefined) containedCheck(resource, scope)
  workshop.typeCheck(resource.resourceType)(resource, scope)
  const declared = resource.meta?.profile
  if (Array.isArray(declared))
    for (const [i, profile] of declared.entries())
      if (typeof profile === 'string') {
        profileCheck(
          profile,
          resource,
          scope,
          workshop,
          [`meta.profile[${i}]`],
          workshop.unknownProfile,
        )
      }
  const asked = declared?.includes(VITAL_SIGNS) ? [...profiles, ...vitalSign(resource)] : profiles
  for (const profile of asked)
    if (!Array.isArray(declared) || !declared.includes(profile))
      profileCheck(profile, resource, scope, workshop, [], 'error')
}

const VITAL_SIGNS = typeUrl('vitalsigns')

/**
 * The profile of R4 for what a vital sign measures: one that is exchanged as such has to meet it.
 * https://hl7.org/fhir/R4/observation-vitalsigns.html
 */
function vitalSign(resource: Resource): readonly string[] {
  const { coding } = (resource.code ?? {}) as {
    coding?: readonly { system?: string; code?: string }[]
  }
  return (coding ?? []).flatMap(({ system, code }) => {
    const profile = system === 'http://loinc.org' ? MEASURED.get(code ?? '') : undefined
    return profile === undefined ? [] : [typeUrl(profile)]
  })
}

const MEASURED: ReadonlyMap<string, string> = new Map([
  ['85353-1', 'vitalspanel'],
  ['9279-1', 'resprate'],
  ['8867-4', 'heartrate'],
  ['2708-6', 'oxygensat'],
  ['8310-5', 'bodytemp'],
  ['8302-2', 'bodyheight'],
  ['9843-4', 'headcircum'],
  ['29463-7', 'bodyweight'],
  ['39156-5', 'bmi'],
  ['85354-9', 'bp'],
])

function profileCheck(
  profile: string,
  resource: Resource,
  scope: Scope,
  workshop: Workshop,
  at: readonly string[],
  unknown: 'warning' | 'error',
): void {
  const structure = workshop.find(profile)
  if (structure === undefined) {
    report(scope, unknown, 'not-found', message('profile-unknown', { found: profile }), ...at)
    return
  }
  if (!isOrDerives(resource.resourceType, structure.type, workshop)) {
    const params = { found: profile, type: structure.type, resource: resource.resourceType }
    report(scope, 'error', 'invalid', message('profile-type', params), ...at)
    return
  }
  try {
    workshop.profileCheck(profile)?.(resource, scope)
  } catch (error) {
    if (!(error instanceof ProfileError)) throw error
    const params = { found: profile, why: error.message }
    report(scope, unknown, 'not-supported', message('profile-broken', params), ...at)
  }
}

function isOrDerives(type: string, ancestor: string, { definitions }: Workshop): boolean {
  for (let at: string | undefined = type; at !== undefined; at = definitions.types.get(at)?.base)
    if (at === ancestor) return true
  return false
}

/** dom-3, dom-4, dom-5, and that ids are there once. */
function containedCheck(resource: Resource, scope: Scope): void {
  const contained = resource.contained as readonly Resource[]
  const { references } = fragmentsIn(resource)
  const ids = new Set<string>()
  for (const [i, one] of contained.entries()) {
    const at = `contained[${i}]`
    const { id, meta } = one
    if (meta?.versionId !== undefined || meta?.lastUpdated !== undefined)
      report(scope, 'error', 'invariant', message('contained-version'), at)
    if (meta?.security !== undefined)
      report(scope, 'error', 'invariant', message('contained-security'), at)
    if (typeof id !== 'string') continue
    if (ids.has(id)) report(scope, 'error', 'duplicate', message('contained-twice', { id }), at)
    ids.add(id)
    if (!references.has(`#${id}`) && !fragmentsIn(one).references.has('#'))
      report(scope, 'error', 'invariant', message('contained-unused', { id }), at)
  }
}

/** Texts inside that start with `#`: references to what is contained, as reference, canonical or uri. */
function fragmentsIn(value: unknown): { readonly references: ReadonlySet<string> } {
  const references = new Set<string>()
  const left = [value]
  for (const one of left) {
    if (typeof one === 'string') {
      if (one.startsWith('#')) references.add(one)
    } else if (typeof one === 'object' && one !== null) {
      for (const inside of Object.values(one)) left.push(inside)
    }
  }
  return { references }
}
