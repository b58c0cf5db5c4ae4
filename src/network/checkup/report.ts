// The report of a visit as a DiagnosticReport of profile ieum-report-checkup: what was found, judged, told in a language,
// with the other languages beside it, marked as translations.
// https://hl7.org/fhir/R4/diagnosticreport.html, https://hl7.org/fhir/R4/languages.html
// Must not store it, nor make it final by itself.
import { fail } from '../../errors.ts'
import type { Resource } from '../../fhir/message.ts'
import { LANGUAGES, type Language } from '../../words/language.ts'
import type { Units } from './measure.ts'
import { CRITERIA, judgedObservation } from './observation.ts'
import { narrativeOf, pageOf, type Telling } from './page.ts'
import { BASE } from './programme.ts'
import { conclusionOf, JUDGEMENT, judgementsOf, REPORT_TYPE } from './speech.ts'
import type { Terms } from './terms.ts'
import type { Fields } from './visit.ts'

export const PROFILE = `${BASE}/StructureDefinition/ieum-report-checkup`
/** System of the identifier under which a visit has one report for each language and kind of units. */
export const IDENTIFIER = `${BASE}/sid/checkup-report`
const TRANSLATION = 'http://hl7.org/fhir/StructureDefinition/translation'
const INSTANTIATES = 'http://hl7.org/fhir/StructureDefinition/workflow-instantiatesCanonical'

/** What a report says of itself. */
export type Standing = {
  readonly status: string
  /** An instant. */
  readonly issued: string
  /** `Practitioner/p1`, who answers for it. */
  readonly interpreter: unknown
}

export type Draft = Omit<Telling, 'isPreliminary' | 'issued'> & { readonly units: Units }

/** `visit.language.units` */
export const identifierOf = ({ visit, language, units }: Draft): string =>
  `${visit.encounter.id ?? ''}.${language}.${units}`

/**
 * The report, without an id.
 * @param otherPerformer who reports where the visit doesn't say it
 * @throws Failure 422 when nobody does
 */
export function reportOf(draft: Draft, standing: Standing, otherPerformer?: string): Resource {
  const { visit, rows, terms, language, programme } = draft
  const { status, issued, interpreter } = standing
  const isPreliminary = !FINAL.has(status)
  const telling: Telling = { ...draft, isPreliminary, issued }
  const judging = {
    visit,
    programme,
    terms,
    language,
    status: isPreliminary ? 'preliminary' : 'final',
  }
  const contained = rows.map((row, i) => judgedObservation(row, idOf(row.item, i), judging))
  const judgements = judgementsOf(rows)
  const title = { system: REPORT_TYPE, code: 'korean-checkup' }
  return {
    resourceType: 'DiagnosticReport',
    meta: { profile: [PROFILE] },
    language,
    text: { status: 'generated', div: narrativeOf(telling) },
    contained,
    extension: [
      { url: CRITERIA, valueString: programme.edition },
      { url: INSTANTIATES, valueCanonical: programme.canonical },
    ],
    identifier: [{ system: IDENTIFIER, value: identifierOf(draft) }],
    status,
    category: [
      {
        coding: [
          {
            system: 'http://terminology.hl7.org/CodeSystem/v2-0074',
            code: 'LAB',
            display: 'Laboratory',
          },
        ],
      },
    ],
    code: {
      coding: [{ ...title, display: terms.name(title, 'en') }],
      ...translated('text', language, (one) => terms.name(title, one)),
    },
    subject: { reference: visit.subject },
    encounter: { reference: `Encounter/${visit.encounter.id ?? ''}` },
    effectiveDateTime: visit.at,
    issued,
    performer: [{ reference: performerOf(draft, otherPerformer) }],
    ...(interpreter === undefined ? {} : { resultsInterpreter: [interpreter] }),
    result: contained.map(({ id }) => ({ reference: `#${id ?? ''}` })),
    ...translated('conclusion', language, (one) => conclusionOf(rows, terms, one)),
    ...(judgements.length === 0
      ? {}
      : { conclusionCode: judgements.map((code) => judgement(code, terms, language)) }),
    presentedForm: [
      {
        contentType: 'text/html; charset=utf-8',
        language,
        data: Buffer.from(pageOf(telling), 'utf8').toString('base64'),
        title: terms.name(title, language),
        creation: issued,
      },
    ],
  }
}

/** Somebody answers for it: it is not preliminary any more. */
export const FINAL: ReadonlySet<string> = new Set(['final', 'amended', 'corrected', 'appended'])

const idOf = (item: string | undefined, i: number): string =>
  item === undefined ? `other-${String(i + 1)}` : item

const judgement = (code: string, terms: Terms, language: Language): Fields => {
  const coding = { system: JUDGEMENT, code }
  return {
    coding: [{ ...coding, display: terms.name(coding, 'en') }],
    text: terms.name(coding, language),
  }
}

/** A text in the language of the report, and beside it in the others, each marked as a translation. */
function translated(
  name: string,
  language: Language,
  textIn: (language: Language) => string,
): Fields {
  const others = LANGUAGES.filter((one) => one !== language)
  return {
    [name]: textIn(language),
    [`_${name}`]: {
      extension: others.map((one) => ({
        url: TRANSLATION,
        extension: [
          { url: 'lang', valueCode: one },
          { url: 'content', valueString: textIn(one) },
        ],
      })),
    },
  }
}

function performerOf({ visit }: Draft, other: string | undefined): string {
  const measured = visit.observations
    .flatMap((one) => (one['performer'] ?? []) as readonly Fields[])
    .map(({ reference }) => reference)
    .find((reference) => typeof reference === 'string')
  const found = visit.organization ?? other ?? measured
  if (typeof found === 'string') return found
  throw fail(
    'invalid',
    'Nobody reports: the visit names no organization',
    'Encounter.serviceProvider',
  )
}
