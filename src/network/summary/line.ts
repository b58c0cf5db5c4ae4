// A resource in a line of a table, for people: what it is, what it says, and when.
// https://hl7.org/fhir/R4/narrative.html
// Must not put a translation in the place of what was written: the name of a code comes first, the text behind it.
import type { Context } from '../../context.ts'
import { decimalText } from '../../fhir/json.ts'
import type { Resource } from '../../fhir/message.ts'
import { CONVERTED } from '../../interaction/units-view.ts'
import { serves } from '../../terminology/language.ts'
import type { Designation } from '../../terminology/resource.ts'
import type { Language } from '../../words/language.ts'
import { SUMMARY_WORDS } from '../../words/summary.ts'

type Fields = Readonly<Record<string, unknown>>

export type Line = { readonly what: string; readonly says: string; readonly when: string }

const fields = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {}
const items = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? (value as unknown[]) : []
const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined

/** Of a date: the day, or the day and the minute. */
const day = (value: unknown): string | undefined => text(value)?.slice(0, 16).replace('T', ' ')

const span = (value: unknown): string | undefined => {
  const { start, end } = fields(value)
  const [from, to] = [day(start), day(end)]
  return from === undefined && to === undefined ? undefined : `${from ?? ''} – ${to ?? ''}`
}

const joined = (...parts: readonly (string | undefined)[]): string =>
  parts.filter((part) => part !== undefined && part !== '').join('; ')

/** Names codes in a language, each asked for once. */
export function createNames(
  language: Language,
  { terminology: { finder } }: Context,
): (concept: unknown) => Promise<string | undefined> {
  const known = new Map<string, Promise<string | undefined>>()
  const designated = async (system: string, code: string): Promise<string | undefined> => {
    for (const supplement of await finder.supplements(system)) {
      const concept = supplement.concept?.find((one) => one.code === code)
      const found = nameIn(concept?.designation, language)
      if (found !== undefined) return found
    }
    const concept = (await finder.codeSystem(system))?.concept?.find((one) => one.code === code)
    return (
      nameIn(concept?.designation, language) ?? (language === 'en' ? concept?.display : undefined)
    )
  }
  const nameOf = (system: string, code: string): Promise<string | undefined> => {
    const key = `${system}|${code}`
    let name = known.get(key)
    if (name === undefined) known.set(key, (name = designated(system, code)))
    return name
  }
  return async (concept) => {
    const said = text(fields(concept)['text'])
    let display: string | undefined
    for (const coding of items(fields(concept)['coding']).map(fields)) {
      const [system, code] = [text(coding['system']), text(coding['code'])]
      const name =
        system === undefined || code === undefined ? undefined : await nameOf(system, code)
      if (name !== undefined)
        return said === undefined || said === name ? name : `${name} (${said})`
      display ??= text(coding['display']) ?? code
    }
    if (display === undefined || display === said) return said ?? display
    return said === undefined ? display : `${display} (${said})`
  }
}

const nameIn = (
  designations: readonly Designation[] | undefined,
  language: Language,
): string | undefined => designations?.find((one) => serves(one.language, language))?.value

type Names = ReturnType<typeof createNames>

/** @param resourceAt the resource in the document that a reference leads to */
export async function lineOf(
  resource: Resource,
  names: Names,
  language: Language,
  resourceAt: (reference: unknown) => Resource | undefined,
): Promise<Line> {
  const of = resource as Fields
  const list = async (concepts: readonly unknown[]): Promise<string> =>
    joined(...(await Promise.all(concepts.map((one) => names(one)))))
  const named = async (concept: unknown): Promise<string> => (await names(concept)) ?? '–'
  switch (resource.resourceType) {
    case 'Condition':
      return {
        what: await named(of['code']),
        says: joined(await names(of['severity']), await list(items(of['bodySite']))),
        when: joined(
          day(of['onsetDateTime']) ?? span(of['onsetPeriod']) ?? text(of['onsetString']),
          day(of['abatementDateTime']),
        ),
      }
    case 'AllergyIntolerance':
      return {
        what: await named(of['code']),
        says: joined(
          text(of['criticality']),
          await list(items(of['reaction']).flatMap((one) => items(fields(one)['manifestation']))),
        ),
        when: day(of['onsetDateTime']) ?? '',
      }
    case 'MedicationStatement':
    case 'MedicationRequest': {
      const medication =
        of['medicationCodeableConcept'] ??
        (resourceAt(of['medicationReference']) as Fields | undefined)?.['code']
      const dosages = [...items(of['dosage']), ...items(of['dosageInstruction'])].map(fields)
      return {
        what: await named(medication),
        says: joined(...dosages.map((one) => joined(text(one['text']), doseOf(one)))),
        when:
          day(of['effectiveDateTime']) ??
          span(of['effectivePeriod']) ??
          day(of['authoredOn']) ??
          '',
      }
    }
    case 'Immunization':
      return {
        what: await named(of['vaccineCode']),
        says: joined(text(of['lotNumber'])),
        when: day(of['occurrenceDateTime']) ?? text(of['occurrenceString']) ?? '',
      }
    case 'Observation': {
      const parts = await Promise.all(
        items(of['component']).map(async (one) => {
          const part = fields(one)
          return `${await named(part['code'])} ${(await valueOf(part, names, language)) ?? ''}`
        }),
      )
      return {
        what: await named(of['code']),
        says: joined(
          await valueOf(of, names, language),
          ...parts,
          await list(items(of['interpretation'])),
        ),
        when: day(of['effectiveDateTime']) ?? span(of['effectivePeriod']) ?? '',
      }
    }
    case 'DiagnosticReport':
      return {
        what: await named(of['code']),
        says: joined(
          text(of['status']),
          text(of['conclusion']),
          await list(items(of['conclusionCode'])),
        ),
        when:
          day(of['effectiveDateTime']) ?? span(of['effectivePeriod']) ?? day(of['issued']) ?? '',
      }
    case 'Procedure':
      return {
        what: await named(of['code']),
        says: joined(await names(of['outcome'])),
        when: day(of['performedDateTime']) ?? span(of['performedPeriod']) ?? '',
      }
    case 'DeviceUseStatement': {
      const device = fields(resourceAt(of['device']))
      const [name] = items(device['deviceName']).map((one) => text(fields(one)['name']))
      return {
        what: (await names(device['type'])) ?? name ?? '–',
        says: joined(text(device['manufacturer'])),
        when: day(of['timingDateTime']) ?? span(of['timingPeriod']) ?? '',
      }
    }
    case 'CarePlan':
      return {
        what: text(of['title']) ?? (await list(items(of['category']))),
        says: joined(text(of['description'])),
        when: span(of['period']) ?? day(of['created']) ?? '',
      }
    case 'Consent':
      return {
        what: await list(items(of['category'])),
        says: '',
        when: day(of['dateTime']) ?? '',
      }
    default:
      return { what: await named(of['code']), says: '', when: span(of['period']) ?? '' }
  }
}

/** A number with its unit; the one that the reader is used to behind it. */
function quantityOf(value: unknown): string | undefined {
  const of = fields(value)
  const digits = decimalText(of['value'])
  if (digits === undefined) return undefined
  const said = `${text(of['comparator']) ?? ''}${digits} ${text(of['unit']) ?? text(of['code']) ?? ''}`
  const converted = items(of['extension'])
    .map(fields)
    .find((one) => one['url'] === CONVERTED)
  const [other] = items(converted?.['extension'])
    .map(fields)
    .filter((one) => one['url'] === 'value')
  const also = quantityOf(other?.['valueQuantity'])
  return also === undefined ? said.trim() : `${said.trim()} (${also})`
}

function doseOf({ doseAndRate }: Fields): string | undefined {
  return joined(...items(doseAndRate).map((one) => quantityOf(fields(one)['doseQuantity'])))
}

async function valueOf(of: Fields, names: Names, language: Language): Promise<string | undefined> {
  const { valueQuantity, valueCodeableConcept, valueString, valueBoolean, valueInteger } = of
  if (valueQuantity !== undefined) return quantityOf(valueQuantity)
  if (valueCodeableConcept !== undefined) return names(valueCodeableConcept)
  if (valueString !== undefined) return text(valueString)
  if (typeof valueBoolean === 'boolean') return String(valueBoolean)
  if (valueInteger !== undefined) return decimalText(valueInteger)
  const date = day(of['valueDateTime']) ?? span(of['valuePeriod'])
  if (date !== undefined) return date
  if (of['dataAbsentReason'] === undefined) return undefined
  return `${SUMMARY_WORDS[language]['no-value']}: ${(await names(of['dataAbsentReason'])) ?? ''}`
}
