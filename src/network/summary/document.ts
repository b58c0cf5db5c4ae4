// The document of a summary: a Composition with a narrative for each section, and all that it refers to.
// https://hl7.org/fhir/uv/ips/STU2/StructureDefinition-Bundle-uv-ips.html
// Must not be kept: it says what may be seen by who asked, at that moment.
import { randomUUID } from 'node:crypto'
import type { Context } from '../../context.ts'
import { stringify } from '../../fhir/json.ts'
import type { Resource } from '../../fhir/message.ts'
import { RELEASE } from '../../release.ts'
import { CUSTODIAN_SYSTEM } from '../../search/record.ts'
import { SUMMARY_WORDS } from '../../words/summary.ts'
import type { Language } from '../../words/language.ts'
import { fitted } from './fit.ts'
import { keyOf, type Filled, type Gathered } from './gather.ts'
import { createNames, lineOf, type Line } from './line.ts'

const IPS = 'http://hl7.org/fhir/uv/ips/StructureDefinition'
const LOINC = 'http://loinc.org'

/** Text of the Bundle. */
export async function documentOf(
  { patient, sections, all }: Gathered,
  language: Language,
  context: Context,
): Promise<string> {
  const { baseUrl } = context
  const words = SUMMARY_WORDS[language]
  const now = new Date().toISOString()
  const targetOf = (reference: string): string | undefined => {
    const local = reference.startsWith(`${baseUrl}/`)
      ? reference.slice(baseUrl.length + 1)
      : reference
    const [key] = /^[A-Z][A-Za-z]+\/[A-Za-z0-9.-]{1,64}(?=$|\/_history\/)/.exec(local) ?? []
    return key !== undefined && all.has(key) ? key : undefined
  }
  const resourceAt = (value: unknown): Resource | undefined => {
    const { reference } = (value ?? {}) as { reference?: unknown }
    return typeof reference === 'string' ? all.get(targetOf(reference) ?? '') : undefined
  }
  const urlOf = (key: string): string => `${baseUrl}/${key}`
  const names = createNames(language, context)
  const shown = sections.filter(
    ({ section, resources }) => section.presence !== 'optional' || resources.length > 0,
  )
  const section: object[] = []
  for (const one of shown) {
    const lines: Line[] = []
    for (const resource of one.resources)
      lines.push(await lineOf(resource, names, language, resourceAt))
    section.push(sectionOf(one, lines, language, urlOf))
  }
  const author = deviceOf()
  const keeper = await custodianOf(patient, context)
  const custodian = keeper === undefined || all.has(keyOf(keeper)) ? undefined : keeper
  const composition = {
    resourceType: 'Composition',
    id: randomUUID(),
    meta: { profile: [`${IPS}/Composition-uv-ips`] },
    language,
    text: {
      status: 'generated',
      div: div(
        language,
        `<p>${xml(words.title)}: ${xml(whoIs(patient, language))}</p><p>${xml(words.made)}: ${now.slice(0, 16).replace('T', ' ')} UTC</p>`,
      ),
    },
    identifier: { system: 'urn:ietf:rfc:3986', value: `urn:uuid:${randomUUID()}` },
    status: 'final',
    type: { coding: [{ system: LOINC, code: '60591-5', display: 'Patient summary Document' }] },
    subject: { reference: urlOf(keyOf(patient)) },
    date: now,
    author: [{ reference: `urn:uuid:${author.id}` }],
    title: words.title,
    confidentiality: confidentialityOf(all.values()),
    ...(keeper === undefined ? {} : { custodian: { reference: urlOf(keyOf(keeper)) } }),
    event: [
      {
        code: [
          {
            coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActClass', code: 'PCPR' }],
          },
        ],
        period: { end: now },
      },
    ],
    section,
  }
  const entry = [
    { fullUrl: `urn:uuid:${composition.id}`, resource: composition },
    ...[...all.values(), ...(custodian === undefined ? [] : [custodian])].map((resource) => ({
      fullUrl: urlOf(keyOf(resource)),
      resource: fitted(resource, (reference) =>
        custodian !== undefined && reference === keyOf(custodian) ? reference : targetOf(reference),
      ),
    })),
    { fullUrl: `urn:uuid:${author.id}`, resource: author },
  ]
  return stringify({
    resourceType: 'Bundle',
    id: randomUUID(),
    meta: { profile: [`${IPS}/Bundle-uv-ips`] },
    language,
    identifier: { system: 'urn:ietf:rfc:3986', value: `urn:uuid:${randomUUID()}` },
    type: 'document',
    timestamp: now,
    entry,
  })
}

/** What puts the summary together; nobody has read it. */
const deviceOf = (): Resource & { id: string } => ({
  resourceType: 'Device',
  id: randomUUID(),
  status: 'active',
  deviceName: [{ name: 'Ieum', type: 'user-friendly-name' }],
  type: { text: 'Software that puts a patient summary together' },
  version: [{ value: RELEASE }],
})

/** The organization that keeps the record, or the one that manages it. */
async function custodianOf(patient: Resource, { store }: Context): Promise<Resource | undefined> {
  const tag = (patient.meta?.tag ?? []).find(
    (one) => (one as { system?: unknown }).system === CUSTODIAN_SYSTEM,
  ) as { code?: string } | undefined
  const { reference } = (patient['managingOrganization'] ?? {}) as { reference?: string }
  const id = tag?.code ?? /^Organization\/([A-Za-z0-9.-]{1,64})$/.exec(reference ?? '')?.[1]
  if (id === undefined) return undefined
  const [version] = await store.readMany([{ type: 'Organization', id }])
  return version?.text === undefined ? undefined : (JSON.parse(version.text) as Resource)
}

function sectionOf(
  { section, resources, isCut }: Filled,
  lines: readonly Line[],
  language: Language,
  urlOf: (key: string) => string,
): object {
  const words = SUMMARY_WORDS[language]
  const isEmpty = resources.length === 0
  const head = `<thead><tr><th>${xml(words.what)}</th><th>${xml(words.says)}</th><th>${xml(words.when)}</th></tr></thead>`
  const rows = lines
    .map(
      ({ what, says, when }) =>
        `<tr><td>${xml(what)}</td><td>${xml(says)}</td><td>${xml(when)}</td></tr>`,
    )
    .join('')
  const more = isCut ? `<p>${xml(words.more)}</p>` : ''
  return {
    title: words[section.word],
    code: { coding: [{ system: LOINC, code: section.code, display: section.display }] },
    text: {
      status: 'generated',
      div: div(
        language,
        isEmpty
          ? `<p>${xml(words.none)}</p>`
          : `<table>${head}<tbody>${rows}</tbody></table>${more}`,
      ),
    },
    ...(isEmpty
      ? {
          emptyReason: {
            coding: [
              {
                system: 'http://terminology.hl7.org/CodeSystem/list-empty-reason',
                code: 'unavailable',
                display: 'Unavailable',
              },
            ],
            text: words.none,
          },
        }
      : { entry: resources.map((one) => ({ reference: urlOf(keyOf(one)) })) }),
  }
}

function whoIs(patient: Resource, language: Language): string {
  const words = SUMMARY_WORDS[language]
  const names = (Array.isArray(patient['name']) ? (patient['name'] as unknown[]) : []).map(
    (one) => {
      const { text, family, given } = one as { text?: string; family?: string; given?: string[] }
      return text ?? [family, ...(given ?? [])].filter((part) => part !== undefined).join(' ')
    },
  )
  const { gender, birthDate } = patient as { gender?: unknown; birthDate?: unknown }
  const sex = gender === 'male' || gender === 'female' || gender === 'other' ? gender : 'unknown'
  return [
    [...new Set(names)].join(' / '),
    words[sex],
    ...(typeof birthDate === 'string' ? [`${words.born} ${birthDate}`] : []),
  ].join(', ')
}

/** The strictest label of what is in it. */
function confidentialityOf(resources: Iterable<Resource>): string {
  const order = ['N', 'R', 'V']
  let most = 0
  for (const { meta } of resources)
    for (const label of meta?.security ?? []) {
      const { system, code } = label as { system?: string; code?: string }
      if (system?.endsWith('/v3-Confidentiality') === true)
        most = Math.max(most, order.indexOf(code ?? ''))
    }
  return order[most]!
}

const div = (language: Language, inside: string): string =>
  `<div xmlns="http://www.w3.org/1999/xhtml" lang="${language}" xml:lang="${language}">${inside}</div>`

const xml = (text: string): string =>
  text
    // Characters that XML has no way to write.
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
