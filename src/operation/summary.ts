// Patient/$summary: an International Patient Summary, in the reader's language and units, of what the caller may see.
// https://hl7.org/fhir/uv/ips/STU2/OperationDefinition-summary.html
// Must not keep the document, nor tell that anything was left out of it.
import { onlyTold } from '../audit/told.ts'
import type { Context } from '../context.ts'
import { fail } from '../errors.ts'
import { MAX_ANSWER_LENGTH } from '../fhir/limits.ts'
import type { FhirRequest, FhirResponse } from '../fhir/message.ts'
import { requirePresent } from '../interaction/read.ts'
import { documentOf } from '../network/summary/document.ts'
import { gather } from '../network/summary/gather.ts'
import { shown } from '../search/emit.ts'
import { viewOf, type UnitsView } from '../search/result.ts'
import type { Version } from '../store/store.ts'
import { languageOf, type Language } from '../words/language.ts'
import { inputOf, type Input } from './input.ts'

const KNOWN = ['identifier', 'profile', '_units', 'displayLanguage', '_format', '_pretty']

const PROFILE =
  /^http:\/\/hl7\.org\/fhir\/uv\/ips\/StructureDefinition\/(?:Composition|Bundle)-uv-ips(?:\|2\.0\.[01])?$/

/** Units that are usual where a language is. */
const UNITS: Readonly<Partial<Record<Language, UnitsView>>> = {
  ko: 'conventional',
  ru: 'si',
  kk: 'si',
}

/**
 * `GET|POST [base]/Patient/[id]/$summary`, `…/Patient/$summary?identifier=system|value`; with `profile`, `_units`.
 * @throws Failure 404 and 410 for a patient who isn't there, 412 for an identifier of several, 400 for what isn't known
 */
export async function summary(request: FhirRequest, context: Context): Promise<FhirResponse> {
  const input = inputOf(request, context)
  requireKnown(request, input)
  const language = languageOf(input.text('displayLanguage') ?? request.headers['accept-language'])
  const asked = input.text('_units')
  const units = asked === undefined ? UNITS[language] : viewOf(asked, '_units')
  const patient = await patientAsked(request, input, context)
  const gathered = await gather(patient, units, request, context)
  // Organizations are shared by all.
  onlyTold(context, new Set(gathered.all.keys()))
  const body = await documentOf(gathered, language, context)
  if (body.length > MAX_ANSWER_LENGTH)
    throw fail('too-costly', `A document may have ${MAX_ANSWER_LENGTH} characters`)
  return { status: 200, headers: { 'content-language': language }, body }
}

function requireKnown({ query }: FhirRequest, input: Input): void {
  const unknown = query.find(([name]) => !KNOWN.includes(name))?.[0]
  if (unknown !== undefined)
    throw fail(
      'parameter',
      `$summary knows identifier, profile, _units and displayLanguage, not ${shown(unknown)}`,
      unknown.slice(0, 100),
    )
  const profile = input.text('profile')
  if (profile !== undefined && !PROFILE.test(profile))
    throw fail(
      'unsupported',
      `A summary is made by http://hl7.org/fhir/uv/ips/StructureDefinition/Composition-uv-ips, not by ${shown(profile)}`,
      'profile',
    )
}

async function patientAsked(
  request: FhirRequest,
  input: Input,
  { store, plan: planOf }: Context,
): Promise<Version> {
  const id = request.path.length === 3 ? request.path[1] : undefined
  const identifier = input.text('identifier')
  if (id !== undefined) {
    const version = await store.read('Patient', id)
    requirePresent(version, `Patient/${id}`)
    if (identifier === undefined) return version
  } else if (identifier === undefined || identifier === '')
    throw fail(
      'parameter',
      'Without an id in the URL, identifier says whose summary it is, as in identifier=system|value',
      'identifier',
      'required',
    )
  const { plan } = planOf(
    'Patient',
    [['identifier', identifier], ...(id === undefined ? [] : ([['_id', id]] as const))],
    { strict: true },
  )
  const { matches } = await store.search({ ...plan, count: 2 }, request)
  if (matches.length > 1)
    throw fail('multiple-matches', 'Several patients have this identifier', 'identifier')
  const [found] = matches
  if (found === undefined)
    throw fail(
      'not-found',
      `There is no patient with the identifier ${shown(identifier)}`,
      'identifier',
    )
  return found
}
