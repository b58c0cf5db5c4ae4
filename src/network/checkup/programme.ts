// The programme of a check-up: its items with the bands by which they are judged, read from a PlanDefinition, the
// ActivityDefinitions that it names, and the ObservationDefinitions in those.
// https://hl7.org/fhir/R4/plandefinition.html, https://hl7.org/fhir/R4/observationdefinition.html
// Must not hold a band of its own: what the definitions don't say isn't judged.
import { fail } from '../../errors.ts'
import type { Conformance } from '../../fhir/conformance.ts'
import type { Resource } from '../../fhir/message.ts'
import type { Finder } from '../../terminology/finder.ts'
import type { CodeableConcept, Coding, ConceptMap } from '../../terminology/resource.ts'
import { LOINC } from '../../terminology/units.ts'

export const BASE = 'http://ieum.example/fhir'
export const ITEM = `${BASE}/CodeSystem/checkup-item`
export const BAND = `${BASE}/CodeSystem/checkup-band`
export const RESULT = `${BASE}/CodeSystem/checkup-result`
const OPEN_BOUND = `${BASE}/StructureDefinition/open-bound`
/** The programme by which is judged unless another is named. */
export const PROGRAMME = `${BASE}/PlanDefinition/korean-checkup`

export type Bound = {
  readonly value: number
  /** Whether the bound itself is outside of the range. */
  readonly open: boolean
}

/** A range and its band; `gender` and `age` (years) say for whom. */
export type Interval = {
  readonly band: string
  readonly low?: Bound
  readonly high?: Bound
  readonly gender?: string
  readonly age?: { readonly low: number; readonly high: number }
}

/** What one measured value of an item has to be. */
export type Definition = {
  /** Of the ObservationDefinition: `fasting-glucose`, `systolic`. */
  readonly id: string
  /** Code of the item, see CodeSystem checkup-item. */
  readonly item: string
  /** The code to order it by. */
  readonly loinc: string | undefined
  /** UCUM; undefined for a result in words. */
  readonly unit: string | undefined
  /** What else is written for the unit, as `plainUnit` has it. */
  readonly customary: ReadonlySet<string>
  /** Decimals of the criteria. */
  readonly digits: number
  readonly intervals: readonly Interval[]
  /** Whether its results are words that the map of results knows. */
  readonly isCoded: boolean
}

export type Programme = {
  /** `url|version` */
  readonly canonical: string
  /** What the criteria are called, with their edition. */
  readonly edition: string
  /** In the order of the programme. */
  readonly definitions: readonly Definition[]
  /** What a LOINC code under which a result comes is a value of. */
  readonly byLoinc: ReadonlyMap<string, Definition>
}

/**
 * The programme of a canonical URL.
 * @throws Failure 404 when it isn't here, 422 when it can't be judged by
 */
export async function programmeOf(
  canonical: string,
  conformance: Pick<Conformance, 'find'>,
  finder: Pick<Finder, 'conceptMap'>,
): Promise<Programme> {
  const plan = await conformance.find('PlanDefinition', canonical)
  if (plan === undefined)
    throw fail('not-found', `There is no PlanDefinition ${canonical} here`, 'programme')
  const definitions: Definition[] = []
  for (const url of activitiesOf(plan)) {
    const activity = await conformance.find('ActivityDefinition', url)
    if (activity === undefined)
      throw fail('invalid', `${canonical} names ${url}, which is not here`, 'programme')
    definitions.push(...definitionsIn(activity))
  }
  if (definitions.every(({ intervals, isCoded }) => intervals.length === 0 && !isCoded))
    throw fail(
      'invalid',
      `${canonical} has no bands: its ActivityDefinitions contain no ObservationDefinition with a qualifiedInterval`,
      'programme',
    )
  const map = await finder.conceptMap(`${BASE}/ConceptMap/checkup-item-to-loinc`)
  const { url = canonical, version } = plan
  const subtitle = textOf(plan['subtitle']) ?? textOf(plan['title']) ?? url
  return {
    canonical: version === undefined ? url : `${url}|${version}`,
    edition: `${subtitle}; ${url}${version === undefined ? '' : `|${version}`}`,
    definitions,
    byLoinc: codesOf(definitions, map),
  }
}

type Fields = Readonly<Record<string, unknown>>

const listOf = (value: unknown): readonly Fields[] =>
  Array.isArray(value) ? (value as readonly Fields[]) : []

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : undefined

/** Actions within actions, too. */
const activitiesOf = (plan: Fields): readonly string[] =>
  listOf(plan['action']).flatMap((action) => {
    const url = textOf(action['definitionCanonical'])
    return [...(url === undefined ? [] : [url]), ...activitiesOf(action)]
  })

/** Those that it contains and asks for. */
function definitionsIn(activity: Resource): readonly Definition[] {
  const contained = new Map(
    listOf(activity['contained']).map((one) => [`#${textOf(one['id']) ?? ''}`, one]),
  )
  return listOf(activity['observationResultRequirement']).flatMap(({ reference }) => {
    const found = contained.get(textOf(reference) ?? '')
    return found?.['resourceType'] === 'ObservationDefinition' ? [definitionOf(found)] : []
  })
}

function definitionOf(one: Fields): Definition {
  const codings = (one['code'] as CodeableConcept | undefined)?.coding ?? []
  const codeOf = (system: string): string | undefined =>
    codings.find((coding) => coding.system === system)?.code
  const quantity = (one['quantitativeDetails'] ?? {}) as Fields
  const unit = (quantity['unit'] as CodeableConcept | undefined)?.coding?.[0]?.code
  const id = textOf(one['id']) ?? ''
  return {
    id,
    item: codeOf(ITEM) ?? id,
    loinc: codeOf(LOINC),
    unit,
    customary: customaryIn(quantity),
    digits: Number(quantity['decimalPrecision'] ?? 0),
    intervals: listOf(one['qualifiedInterval']).flatMap(intervalOf),
    isCoded: listOf(one['permittedDataType']).includes('CodeableConcept' as never),
  }
}

/** A unit without what people write in many ways: `мл/мин/1,73 м²` is `мл/мин/1.73м2`. */
export const plainUnit = (text: string): string =>
  text.normalize('NFKC').replaceAll(/\s+/g, '').replaceAll(',', '.')

/** Codes and texts of the customary unit, where that is as large as the unit. */
function customaryIn({ customaryUnit, conversionFactor = 1 }: Fields): ReadonlySet<string> {
  const { coding = [], text } = (customaryUnit ?? {}) as CodeableConcept
  if (conversionFactor !== 1) return new Set()
  const all = [text, ...coding.flatMap(({ code, display }) => [code, display])]
  return new Set(all.filter((one) => one !== undefined).map(plainUnit))
}

function intervalOf(one: Fields): readonly Interval[] {
  const coding = (one['context'] as CodeableConcept | undefined)?.coding ?? []
  const band = coding.find(({ system }: Coding) => system === BAND)?.code
  if (band === undefined) return []
  const range = (one['range'] ?? {}) as Fields
  const [low, high] = [boundOf(range['low']), boundOf(range['high'])]
  const gender = textOf(one['gender'])
  const age = one['age'] as Fields | undefined
  return [
    {
      band,
      ...(low === undefined ? {} : { low }),
      ...(high === undefined ? {} : { high }),
      ...(gender === undefined ? {} : { gender }),
      ...(age === undefined ? {} : { age: yearsOf(age) }),
    },
  ]
}

function boundOf(quantity: unknown): Bound | undefined {
  const { value, extension } = (quantity ?? {}) as Fields
  if (typeof value !== 'number') return undefined
  const open = listOf(extension).some((e) => e['url'] === OPEN_BOUND && e['valueBoolean'] === true)
  return { value, open }
}

/** Ages are given in years. */
const yearsOf = (age: Fields): { readonly low: number; readonly high: number } => ({
  low: boundOf(age['low'])?.value ?? -Infinity,
  high: boundOf(age['high'])?.value ?? Infinity,
})

/** Its own code, and what the map of items says for an item with one value. */
function codesOf(
  definitions: readonly Definition[],
  map: ConceptMap | undefined,
): ReadonlyMap<string, Definition> {
  const codes = new Map<string, Definition>()
  for (const one of definitions) if (one.loinc !== undefined) codes.set(one.loinc, one)
  for (const { source, target, element = [] } of map?.group ?? []) {
    if (source !== ITEM || target !== LOINC) continue
    for (const { code, target: targets = [] } of element) {
      const [of, ...others] = definitions.filter(({ item }) => item === code)
      if (of === undefined || others.length > 0) continue
      for (const { code: loinc } of targets)
        if (loinc !== undefined && !codes.has(loinc)) codes.set(loinc, of)
    }
  }
  return codes
}
