// A result as the report has it: judged, flagged, in the units of the reader, beside the value of the visit before. It is
// contained in the report and derived from the Observation of the laboratory, which nobody touches.
// https://hl7.org/fhir/R4/observation.html
// Must not be stored by itself: a search for results would find each twice.
import { numberFrom } from '../../fhir/json.ts'
import type { Resource } from '../../fhir/message.ts'
import type { CodeableConcept, Coding } from '../../terminology/resource.ts'
import { UCUM } from '../../terminology/ucum.ts'
import { LOINC } from '../../terminology/units.ts'
import type { Language } from '../../words/language.ts'
import { REPORT_WORDS } from '../../words/report.ts'
import type { Amount } from './measure.ts'
import { BAND, BASE, ITEM, RESULT, type Programme } from './programme.ts'
import type { Bounded, Part, Row } from './row.ts'
import { COMPARISON, INTERPRETATION, rowName, unitName } from './speech.ts'
import type { Terms } from './terms.ts'
import { effectiveOf, type Fields, type Visit } from './visit.ts'

export const CRITERIA = `${BASE}/StructureDefinition/checkup-criteria`
const OPEN_BOUND = `${BASE}/StructureDefinition/open-bound`
/** The same quantity in another unit: here as it was received. */
const TRANSLATED = 'http://hl7.org/fhir/StructureDefinition/iso21090-PQ-translation'
const SEQUEL = 'http://hl7.org/fhir/StructureDefinition/observation-sequelTo'

export type Judging = {
  readonly visit: Visit
  readonly programme: Programme
  readonly terms: Terms
  readonly language: Language
  /** Of the report: what it says is no more final than it is. */
  readonly status: string
}

/** The contained Observation of a row. @param id within the report */
export function judgedObservation(row: Row, id: string, judging: Judging): Resource {
  const { visit, programme, terms, language, status } = judging
  const words = REPORT_WORDS[language]
  const [first] = row.parts
  const { observation } = first!.measure
  const isPanel = row.parts.length > 1 || first!.measure.of !== observation
  const sources = unique(row.parts.map(({ measure }) => referenceTo(measure.observation)))
  const before = unique(
    row.parts.flatMap((part) =>
      part.before === undefined ? [] : [referenceTo(part.before.observation)],
    ),
  )
  const notes = row.count > 1 ? [{ text: words.repeated(row.count) }] : []
  const components = [
    ...(isPanel ? row.parts.map((part) => componentOf(part, judging)) : []),
    ...comparison(row, isPanel, judging),
  ]
  const isJudged = row.band !== undefined || row.reason !== undefined
  return defined({
    resourceType: 'Observation',
    id,
    extension: [
      ...(isJudged ? [{ url: CRITERIA, valueString: programme.edition }] : []),
      ...before.map((reference) => ({ url: SEQUEL, valueReference: { reference } })),
    ],
    status,
    category: observation['category'],
    code: codeOf(row, judging),
    subject: { reference: visit.subject },
    encounter: { reference: `Encounter/${visit.encounter.id ?? ''}` },
    effectiveDateTime: effectiveOf(observation),
    ...(isPanel ? {} : valueOf(first!, observation, judging)),
    interpretation: [...(isPanel ? [] : flagConcept(first!, terms)), ...bandConcept(row, judging)],
    note: notes,
    referenceRange: isPanel ? [] : rangeOf(first!, judging),
    derivedFrom: sources.map((reference) => ({ reference })),
    component: components,
  }) as Resource
}

const unique = (texts: readonly string[]): readonly string[] => [...new Set(texts)]

const referenceTo = ({ resourceType, id }: Resource): string => `${resourceType}/${id ?? ''}`

/** Without what is empty, which FHIR doesn't have. */
const defined = (fields: Fields): Fields =>
  Object.fromEntries(
    Object.entries(fields).filter(
      ([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0),
    ),
  )

/** The item, and the LOINC code of that kind of quantity. */
function codeOf(row: Row, { terms, language }: Judging): CodeableConcept {
  const [part] = row.parts
  const loinc = row.parts.length > 1 ? undefined : (part!.shown?.loinc ?? part!.measure.loinc)
  const own = ((part!.measure.observation['code'] ?? {}) as CodeableConcept).coding ?? []
  const codings: Coding[] = [
    ...(row.item === undefined ? [] : [named({ system: ITEM, code: row.item }, terms)]),
    ...(loinc === undefined ? own : [named({ system: LOINC, code: loinc }, terms)]),
  ]
  const text = rowName(row, terms, language)
  return codings.length === 0 ? { text } : { coding: codings, text }
}

/** With its English name: displays are the code system's own. */
function named(coding: Coding, terms: Terms): Coding {
  return coding.system === LOINC || !terms.knows(coding, 'en')
    ? coding
    : { ...coding, display: terms.name(coding, 'en') }
}

function valueOf(part: Part, observation: Resource, judging: Judging): Fields {
  const { shown, received, coded, measure } = part
  if (shown !== undefined && received !== undefined) {
    const original = measure.of['valueQuantity']
    const extension =
      shown.unit === received.unit
        ? {}
        : { extension: [{ url: TRANSLATED, valueQuantity: original }] }
    return { valueQuantity: { ...extension, ...quantity(shown, judging) } }
  }
  const { valueQuantity, valueCodeableConcept, valueString, dataAbsentReason } = measure.of
  if (valueQuantity !== undefined) return { valueQuantity }
  if (coded?.coding !== undefined) return { valueCodeableConcept: codedValue(coded, judging.terms) }
  if (valueCodeableConcept !== undefined) return { valueCodeableConcept }
  if (valueString !== undefined) return { valueString }
  const other = Object.keys(observation).find((name) => /^value[A-Z]/.test(name))
  if (other !== undefined) return { [other]: observation[other] }
  if (dataAbsentReason !== undefined) return { dataAbsentReason }
  const system = 'http://terminology.hl7.org/CodeSystem/data-absent-reason'
  return { dataAbsentReason: { coding: [{ system, code: 'unknown', display: 'Unknown' }] } }
}

/** Its text stays as it came; a code of ours has its English name. */
const codedValue = (
  { coding = [], ...others }: CodeableConcept,
  terms: Terms,
): CodeableConcept => ({
  coding: coding.map((one) => (one.system === RESULT ? named(one, terms) : one)),
  ...others,
})

function quantity(amount: Amount, { terms, language }: Judging): Fields {
  return {
    value: numberFrom(amount.digits),
    ...(amount.comparator === undefined ? {} : { comparator: amount.comparator }),
    unit: unitName(amount.unit, terms, language),
    system: UCUM,
    code: amount.unit,
  }
}

function flagConcept({ flag }: Part, terms: Terms): CodeableConcept[] {
  return flag === undefined
    ? []
    : [{ coding: [named({ system: INTERPRETATION, code: flag }, terms)] }]
}

/** The band; where there should be one and is none, why. */
function bandConcept({ band, reason }: Row, { terms, language }: Judging): CodeableConcept[] {
  if (band !== undefined)
    return [
      {
        coding: [named({ system: BAND, code: band }, terms)],
        text: terms.name({ system: BAND, code: band }, language),
      },
    ]
  if (reason === undefined) return []
  const text = REPORT_WORDS[language].reasons[reason] ?? reason
  return [{ coding: [named({ system: BAND, code: 'not-judged' }, terms)], text }]
}

/** What normal A is. */
function rangeOf({ normal }: Part, { terms, language }: Judging): Fields[] {
  if (normal === undefined) return []
  const bound = (one: Bounded | undefined): Fields | undefined =>
    one && {
      ...(one.open ? { extension: [{ url: OPEN_BOUND, valueBoolean: true }] } : {}),
      value: numberFrom(one.digits),
      unit: unitName(one.unit, terms, language),
      system: UCUM,
      code: one.unit,
    }
  const [low, high] = [bound(normal.low), bound(normal.high)]
  return [
    defined({ low, high, type: { coding: [named({ system: BAND, code: 'normal-a' }, terms)] } }),
  ]
}

/** One of the two pressures. */
function componentOf(part: Part, judging: Judging): Fields {
  const { terms, language } = judging
  const { definition, measure, judged } = part
  const loinc = measure.loinc ?? definition?.loinc
  const coding = { system: LOINC, code: loinc ?? '' }
  const band = judged !== undefined && 'band' in judged ? judged.band : undefined
  return defined({
    code: { coding: [coding], text: terms.name(coding, language) },
    ...valueOf(part, measure.of as Resource, judging),
    interpretation: [
      ...flagConcept(part, terms),
      ...bandConcept({ band, reason: undefined } as Row, judging),
    ],
    referenceRange: rangeOf(part, judging),
  })
}

/** The visit before: its value, its date, and the change since. */
function comparison(row: Row, isPanel: boolean, judging: Judging): Fields[] {
  const { terms, language } = judging
  const components: Fields[] = []
  const add = (code: string, value: Fields): void => {
    const coding = { system: COMPARISON, code }
    components.push({
      code: { coding: [named(coding, terms)], text: terms.name(coding, language) },
      ...value,
    })
  }
  for (const { before, shown, definition } of row.parts) {
    if (before === undefined) continue
    const of = isPanel ? `-${definition?.id ?? ''}` : ''
    if (before.shown !== undefined)
      add(`previous${of}`, { valueQuantity: quantity(before.shown, judging) })
    else if (before.coded !== undefined)
      add(`previous${of}`, { valueCodeableConcept: codedValue(before.coded, terms) })
    if (before.difference !== undefined && shown !== undefined) {
      const amount = { ...shown, digits: before.difference, comparator: undefined }
      add(`difference${of}`, { valueQuantity: quantity(amount, judging) })
    }
  }
  const at = row.parts.find(({ before }) => before !== undefined)?.before?.at
  if (at !== undefined && at !== '') add('previous-date', { valueDateTime: at })
  return components
}
