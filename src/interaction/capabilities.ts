// capabilities: what this server can do, https://hl7.org/fhir/R4/http.html#capabilities
// Made from what is there: resource types, search parameters, operations, settings. Must not promise anything else.
import { readFileSync } from 'node:fs'
import type { Endpoints } from '../auth/endpoints.ts'
import type { Context } from '../context.ts'
import { fail } from '../errors.ts'
import { stringify } from '../fhir/json.ts'
import type { FhirRequest, FhirResponse, Resource } from '../fhir/message.ts'
import { restOf } from './capabilities-rest.ts'

const BACKPORT_SERVER = 'http://hl7.org/fhir/uv/subscriptions-backport/CapabilityStatement'

const MODES = ['full', 'normative', 'terminology'] as const
type Mode = (typeof MODES)[number]

/** Day of the last change to what is stated. */
const DATE = '2026-11-24'

const { version: VERSION } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
) as { version: string }

/** `GET [base]/metadata`, with `mode`. @throws Failure 400 for another mode */
export async function capabilities(request: FhirRequest, context: Context): Promise<FhirResponse> {
  const asked = request.query.findLast(([name]) => name === 'mode')?.[1] ?? 'full'
  const mode = MODES.find((m) => m === asked)
  if (mode === undefined)
    throw fail('parameter', `mode is one of ${MODES.join(', ')}, not "${asked}"`, 'mode')
  return { status: 200, headers: {}, body: await statement(mode, context) }
}

type Kept = {
  /** Another one when search parameters were added. */
  readonly parameters: Context['parameters']['all']
  readonly texts: Map<Mode, string>
}
const statements = new WeakMap<Context['config'], Kept>()

/** Clients ask at each start and load balancers all the time, so the text is kept. */
async function statement(mode: Mode, context: Context): Promise<string> {
  const { config } = context
  const parameters = context.parameters.all
  let known = statements.get(config)
  if (known?.parameters !== parameters) {
    known = { parameters, texts: new Map() }
    statements.set(config, known)
  }
  const kept = known.texts
  let text = kept.get(mode)
  if (text === undefined) {
    const endpoints = await context.endpoints?.()
    const resource =
      mode === 'terminology'
        ? terminologyCapabilities(context)
        : capabilityStatement(context, mode === 'normative', endpoints)
    text = stringify(resource)
    // What an issuer elsewhere hasn't said yet comes into a later one.
    if (context.endpoints === undefined || endpoints !== undefined) kept.set(mode, text)
  }
  return text
}

const about = (context: Context) => ({
  status: 'active',
  date: DATE,
  publisher: 'Ieum',
  kind: 'instance',
  software: { name: 'Ieum', version: VERSION },
  implementation: { description: 'Ieum, a FHIR R4 server', url: context.baseUrl },
})

const capabilityStatement = (
  context: Context,
  normative: boolean,
  endpoints: Endpoints | undefined,
): Resource => ({
  resourceType: 'CapabilityStatement',
  name: 'Ieum',
  title: 'Ieum FHIR R4 server',
  ...about(context),
  ...(normative ? {} : { instantiates: [`${BACKPORT_SERVER}/backport-subscription-server-r4`] }),
  fhirVersion: '4.0.1',
  format: ['application/fhir+json', 'application/fhir+xml', 'json', 'xml'],
  patchFormat: ['application/json-patch+json', 'application/fhir+json', 'application/fhir+xml'],
  rest: [restOf(context, normative, endpoints)],
})

/** Honest about what is not there: no code system is served and no terminology operation exists. */
const terminologyCapabilities = (context: Context): Resource => ({
  resourceType: 'TerminologyCapabilities',
  name: 'IeumTerminology',
  title: 'Ieum terminology',
  ...about(context),
  description:
    'CodeSystem, ValueSet and ConceptMap resources are stored and searched; there are no terminology operations. Codes with a required binding are checked against the value sets of FHIR R4.',
})
