// $checkup-report: the report of a visit to a check-up centre. An operation of our own.
// profiles/ieum/OperationDefinition-checkup-report.json; docs/network.md
// Must not touch a report that somebody answers for, unless somebody answers for the new one, too.
import { allowed, requireAllowed } from '../auth/permission.ts'
import type { Context } from '../context.ts'
import { fail } from '../errors.ts'
import { parseBoth, parseLossless, stringify } from '../fhir/json.ts'
import type { FhirRequest, FhirResponse, Resource } from '../fhir/message.ts'
import { versionHeaders, versionUrl } from '../interaction/answer.ts'
import { select } from '../interaction/conditional.ts'
import type { Incoming } from '../interaction/content.ts'
import { createResource } from '../interaction/create.ts'
import { newId } from '../interaction/id.ts'
import { updateResource } from '../interaction/update.ts'
import { commit, type Write } from '../interaction/write.ts'
import { keptOf } from '../network/checkup/kept.ts'
import type { Units } from '../network/checkup/measure.ts'
import { PAGE_POLICY, pageOf } from '../network/checkup/page.ts'
import { PROGRAMME, programmeOf } from '../network/checkup/programme.ts'
import { FINAL, IDENTIFIER, identifierOf, reportOf } from '../network/checkup/report.ts'
import type { Draft, Standing } from '../network/checkup/report.ts'
import { rowsOf } from '../network/checkup/row.ts'
import { termsFor } from '../network/checkup/speech.ts'
import { readVisit, visitOf, visitOn } from '../network/checkup/visit.ts'
import { shown } from '../search/emit.ts'
import { CUSTODIAN_SYSTEM } from '../search/record.ts'
import type { Version } from '../store/store.ts'
import { LANGUAGES, languagesOf, type Language } from '../words/language.ts'
import { inputOf, type Input } from './input.ts'

const KNOWN = [
  ...['language', '_language', 'units', 'date', 'programme', 'status', 'interpreter', 'persist'],
  ...['_format', '_pretty'],
]

/** How units may be asked for. */
const UNITS: Readonly<Record<string, Units>> = {
  si: 'si',
  'mmol/L': 'si',
  conventional: 'conventional',
  'mg/dL': 'conventional',
  received: 'received',
}

/** What is usual in a country; where nothing is known, values stay as they were received. */
const USUAL: Readonly<Record<string, readonly [Language, Units]>> = {
  KR: ['ko', 'conventional'],
  RU: ['ru', 'si'],
  KZ: ['kk', 'si'],
  KG: ['ru', 'si'],
  BY: ['ru', 'si'],
  AM: ['ru', 'si'],
}

/**
 * `POST [base]/Encounter/[id]/$checkup-report` or `…/Patient/[id]/$checkup-report?date=…` keeps the report; GET shows it.
 * @throws Failure 400 for a parameter, 404 for what isn't here, 422 for a visit without results, 409 for a report that is
 *   final and would change
 */
export async function checkupReport(request: FhirRequest, context: Context): Promise<FhirResponse> {
  const input = inputOf(request, context)
  requireKnown(request)
  const asked = standingAsked(input, request)
  const isKept = request.method === 'POST' && input.flag('persist') !== false
  const draft = await draftOf(input, request, context)
  const performer = request.principal && `Organization/${request.principal.organization}`
  const make = (standing: Standing): Resource => reportOf(draft, standing, performer)
  const page = ({ status, issued }: Pick<Standing, 'status' | 'issued'>): string =>
    pageOf({ ...draft, isPreliminary: !FINAL.has(status), issued })
  if (!isKept) {
    const standing = { ...asked, status: asked.status ?? 'preliminary', issued: now() }
    return wantsPage(request) ? html(page(standing)) : json(stringify(make(standing)))
  }
  const { prepared, applied } = await commit(
    () => prepare(draft, asked, make, request, context),
    context,
  )
  const version = prepared.existing ?? applied[0]!.current!
  const headers = { ...versionHeaders(version), location: versionUrl(version, context) }
  if (!wantsPage(request)) return json(version.text!, headers)
  return html(page(JSON.parse(version.text!) as Standing), headers)
}

const now = (): string => new Date().toISOString()

const json = (body: string, headers = {}): FhirResponse => ({ status: 200, headers, body })

const html = (text: string, headers = {}): FhirResponse => ({
  status: 200,
  headers,
  raw: { type: 'text/html; charset=utf-8', bytes: Buffer.from(text), policy: PAGE_POLICY },
})

function requireKnown({ query }: FhirRequest): void {
  const unknown = query.find(([name]) => !KNOWN.includes(name))?.[0]
  if (unknown === undefined) return
  const known = KNOWN.filter((name) => !name.startsWith('_')).join(', ')
  throw fail(
    'parameter',
    `$checkup-report knows ${known}, not ${shown(unknown)}`,
    unknown.slice(0, 100),
  )
}

/** What the report is about, in the language and units of its reader. */
async function draftOf(input: Input, request: FhirRequest, context: Context): Promise<Draft> {
  const named = input.text('programme')
  // Who names a programme is judged by it, whoever posted it.
  const { conformance, finder } = keptOf(
    context,
    named === undefined ? request.principal?.organization : undefined,
  )
  const asked = languageAsked(input, request)
  const wanted = unitsAsked(input)
  const canonical = named ?? PROGRAMME
  const programme = await programmeOf(canonical, conformance, finder)
  const visit = await readVisit(await visitAsked(input, request, context), programme, context)
  const [usual, usualUnits] = USUAL[visit.country ?? ''] ?? (['en', 'received'] as const)
  const language = asked ?? usual
  const units = wanted ?? usualUnits
  const rows = await rowsOf(visit, programme, units, finder)
  if (rows.length === 0)
    throw fail(
      'invalid',
      'The Observations of the visit only group others',
      'Observation.hasMember',
    )
  return { visit, rows, terms: await termsFor(rows, finder), language, units, programme }
}

function visitAsked(input: Input, { path }: FhirRequest, context: Context): Promise<Version> {
  const [type, id] = path as [string, string]
  const date = input.text('date')
  if (type === 'Encounter') {
    if (date !== undefined)
      throw fail('parameter', 'An Encounter has its date; date is for a Patient', 'date')
    return visitOf(id, context)
  }
  return visitOn(id, date, context)
}

/** The language that is asked for by name, or by the first of ours in the header. */
function languageAsked(input: Input, { headers }: FhirRequest): Language | undefined {
  const name = input.text('language') === undefined ? '_language' : 'language'
  const named = input.text(name)
  const [tags, isNamed] =
    named === undefined ? [languagesOf(headers['accept-language']), false] : [[named], true]
  for (const tag of tags) {
    const found = LANGUAGES.find((one) => one === tag.toLowerCase().split(/[-_]/)[0])
    if (found !== undefined) return found
  }
  if (!isNamed) return undefined
  throw fail('parameter', `It must be one of ${LANGUAGES.join(', ')}, not ${shown(named!)}`, name)
}

function unitsAsked(input: Input): Units | undefined {
  const text = input.text('units')
  if (text === undefined) return undefined
  const found = Object.hasOwn(UNITS, text) ? UNITS[text] : undefined
  if (found !== undefined) return found
  throw fail('parameter', `It must be si, conventional or received, not ${shown(text)}`, 'units')
}

type Asked = { readonly status: string | undefined; readonly interpreter: unknown }

/** @throws Failure 400 for a status that isn't one of both, or a final one that nobody answers for */
function standingAsked(input: Input, { principal }: FhirRequest): Asked {
  const status = input.text('status')
  if (status !== undefined && status !== 'preliminary' && status !== 'final')
    throw fail('parameter', `It must be preliminary or final, not ${shown(status)}`, 'status')
  const text = input.text('interpreter')
  const given =
    input.value<{ readonly reference?: string }>('interpreter', 'Reference') ??
    (text === undefined ? undefined : { reference: text })
  if (
    given !== undefined &&
    !/(^|\/)Practitioner(Role)?\/[A-Za-z0-9\-.]{1,64}$/.test(given.reference ?? '')
  )
    throw fail(
      'parameter',
      'It must be a reference to a Practitioner or PractitionerRole',
      'interpreter',
    )
  const user = principal?.user?.startsWith('Practitioner')
    ? { reference: principal.user }
    : undefined
  const interpreter = status === 'final' ? (given ?? user) : given
  if (status === 'final' && interpreter === undefined)
    throw fail(
      'parameter',
      'A final report needs to say who judged: a Practitioner or PractitionerRole',
      'interpreter',
    )
  return { status, interpreter }
}

/** `existing`: the report as it is, when there is nothing to write. */
type Prepared = Pick<Write, 'changes' | 'assertions'> & { readonly existing?: Version }

async function prepare(
  draft: Draft,
  { status, interpreter }: Asked,
  make: (standing: Standing) => Resource,
  request: FhirRequest,
  context: Context,
): Promise<Prepared> {
  const { principal } = request
  const type = 'DiagnosticReport'
  const selected = await select(
    type,
    [
      ['identifier', `${IDENTIFIER}|${identifierOf(draft)}`],
      ['status:not', 'entered-in-error'],
      ...(principal === undefined
        ? []
        : [['_tag', `${CUSTODIAN_SYSTEM}|${principal.organization}`] as const]),
    ],
    context,
  )
  // What the caller says of versions is said of nothing that is here yet.
  const plain = { ...request, headers: {} }
  const [existing] = selected.versions
  if (existing === undefined) {
    if (principal !== undefined) requireAllowed(principal, { type, letters: ['c'] })
    const made = make({ status: status ?? 'preliminary', issued: now(), interpreter })
    return createResource(type, newId(), incomingOf(made), selected, plain, context)
  }
  const next = standingAfter(
    parseLossless(existing.text!) as Resource,
    { status, interpreter },
    make,
  )
  if (next === undefined) return { changes: [], assertions: [], existing }
  if (principal !== undefined && !allowed(principal, 'u', type))
    requireAllowed(principal, { type, letters: ['u'] })
  const report = incomingOf({ ...make({ ...next, issued: now() }), id: existing.id })
  return updateResource(type, existing.id, report, plain, context)
}

const incomingOf = (report: Resource): Incoming => parseBoth(stringify(report)) as Incoming

/** How a report that is here goes on; undefined when it may stay as it is. @throws Failure 409 */
function standingAfter(
  existing: Resource,
  { status, interpreter }: Asked,
  make: (standing: Standing) => Resource,
): Omit<Standing, 'issued'> | undefined {
  const before = existing['status'] as string
  const issued = existing['issued'] as string
  const own = ((existing['resultsInterpreter'] ?? []) as readonly unknown[])[0]
  const again = make({ status: before, issued, interpreter: interpreter ?? own })
  if (!FINAL.has(before)) {
    const next = status ?? (before === 'cancelled' ? 'preliminary' : before)
    const isSame = next === before && contentOf(again) === contentOf(existing)
    return isSame ? undefined : { status: next, interpreter: interpreter ?? own }
  }
  if (resultsOf(again) === resultsOf(existing)) return undefined
  if (interpreter !== undefined) return { status: 'amended', interpreter }
  throw fail(
    'conflict',
    `DiagnosticReport/${existing.id ?? ''} is ${before}, and its results have changed: say by status=final and interpreter who answers for the amended one`,
    'interpreter',
  )
}

const contentOf = ({ id: _id, meta: _meta, ...content }: Resource): string => stringify(content)

/** What was judged, whoever answers for it. */
const resultsOf = ({ contained }: Resource): string =>
  stringify(((contained ?? []) as readonly Resource[]).map(({ status: _status, ...one }) => one))

/** Whether a page is asked for rather than a resource: `_format=html`, or HTML before FHIR in Accept. */
function wantsPage({ query, headers }: FhirRequest): boolean {
  const format = query.findLast(([name]) => name === '_format')?.[1]
  if (format !== undefined) return isPage(format)
  const ranges = (headers['accept'] ?? '').split(',').map((range, i) => {
    const q = Number(/;\s*q\s*=\s*([0-9.]+)/i.exec(range)?.[1] ?? 1)
    return { type: range.split(';')[0]!.trim().toLowerCase(), q, i }
  })
  ranges.sort((one, other) => other.q - one.q || one.i - other.i)
  return isPage(ranges[0]?.type ?? '')
}

const isPage = (type: string): boolean =>
  type === 'html' || type === 'text/html' || type.startsWith('text/html;')
