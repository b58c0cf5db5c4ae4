// $de-identify: the record of a patient, of a Group or of those whom a search finds, so that nobody can be known again.
// profiles/ieum/OperationDefinition-de-identify.json, docs/network.md, "Teaching cases". An operation of our own.
// Must not give anything to anybody but its maker and reviewers: what it makes is a draft until it is released.
import { authorOf, caseTags } from '../consent/teaching-case.ts'
import { isPurpose as isBelow } from '../consent/purpose.ts'
import { createPermitted } from '../consent/permitted.ts'
import { isPurpose } from '../auth/purpose.ts'
import type { Context } from '../context.ts'
import { collect } from '../deidentify/collect.ts'
import { deidentified } from '../deidentify/deidentify.ts'
import { reportOf } from '../deidentify/report.ts'
import { fail } from '../errors.ts'
import { parseJson, stringify } from '../fhir/json.ts'
import type { FhirRequest, FhirResponse, Query, Resource } from '../fhir/message.ts'
import { toContent } from '../interaction/content.ts'
import { newId } from '../interaction/id.ts'
import { requirePresent } from '../interaction/read.ts'
import { fieldsOf, textOf } from '../search/emit.ts'
import { pointerOf } from '../search/reference.ts'
import { createSettings } from '../search/settings.ts'
import type { Change } from '../store/store.ts'
import { languagesOf } from '../words/language.ts'
import { queryOf } from './input.ts'

/** What teaching and research are among the purposes of use. */
const PURPOSES = ['TRAIN', 'HRESCH']
const MOST_PATIENTS = 1000
/** Bytes; a store keeps a Bundle as one. */
const MOST_BYTES = 12_000_000
const OF_THE_FORM = ['_format', '_pretty']
const NOTE = 'teaching-case/'

/** Where the sources of a draft are noted: `Type/id` of each, for the consents to be asked again. */
export const sourcesNote = (task: string): string => NOTE + task

/**
 * `POST [base]/Patient/[id]/$de-identify`, `…/Patient/$de-identify?[search]`, `…/Group/[id]/$de-identify`; GET shows what
 * would come of it, and keeps nothing.
 * @throws Failure 403 for another purpose than teaching or research, 404 for what isn't there, 400 for a wrong parameter
 */
export async function deIdentify(request: FhirRequest, context: Context): Promise<FhirResponse> {
  const query = queryOf(request, context)
  const purpose = purposeOf(request, query)
  const ids = await patientsOf(request, query, context)
  const isPermitted = createPermitted(request, purpose, context)
  const collected = await collect(ids, isPermitted, request, context)
  const languages = languagesOf(request.headers['accept-language'] ?? 'en')
  const made = await deidentified(collected, languages, context)
  const { policy } = context.deidentify
  const report = reportOf(ids.length, collected, made, policy, purpose)
  const bundle: Resource = {
    resourceType: 'Bundle',
    meta: { security: [...policy.labels] },
    type: 'collection',
    ...(made.resources.length === 0
      ? {}
      : {
          entry: made.resources.map((resource) => ({
            fullUrl: `${WHERE}/${resource.resourceType}/${resource.id ?? ''}`,
            resource,
          })),
        }),
  }
  const text = stringify(bundle)
  if (Buffer.byteLength(text) > MOST_BYTES)
    throw fail(
      'too-costly',
      `A case may have ${MOST_BYTES} bytes; this one has ${Buffer.byteLength(text)}: name fewer patients`,
    )
  const parameter: object[] = [
    { name: 'result', resource: bundle },
    { name: 'report', resource: report },
  ]
  if (request.method === 'POST' && made.resources.length > 0) {
    const sources = made.sources.map(({ version, patient }) => ({
      type: version.type,
      id: version.id,
      ...(patient === undefined ? {} : { patient }),
    }))
    const task = await draft(bundle, report, purpose, sources, request, context)
    parameter.push({ name: 'task', valueReference: { reference: `Task/${task}` } })
  }
  return { status: 200, headers: {}, body: stringify({ resourceType: 'Parameters', parameter }) }
}

/** Where the resources of a case are said to be; nothing is there, and it is no server's name. */
const WHERE = 'http://ieum.example/teaching-case'

/** @throws Failure 400 for what is no such purpose, 403 where the request is made for another */
function purposeOf({ principal }: FhirRequest, query: Query): string {
  const asked = query.findLast(([name]) => name === 'purpose')?.[1]
  const isRight = (code: string): boolean => PURPOSES.some((of) => isBelow(code, of))
  if (asked !== undefined && !(isPurpose(asked) && isRight(asked)))
    throw fail(
      'parameter',
      `purpose is TRAIN (teaching), HRESCH (research) or a code below one of them, not "${asked.slice(0, 40)}"`,
      'purpose',
    )
  if (principal === undefined) return asked ?? 'TRAIN'
  const { purpose } = principal
  if (!isRight(purpose))
    throw fail(
      'forbidden',
      `This request is made for ${purpose}; $de-identify is for teaching or research: send X-Purpose-Of-Use: TRAIN or HRESCH`,
      'X-Purpose-Of-Use',
    )
  if (asked !== undefined && asked !== purpose)
    throw fail(
      'forbidden',
      `The request is made for ${purpose}, so purpose can't be ${asked}`,
      'purpose',
    )
  return purpose
}

/** Ids of the patients that are asked for. */
async function patientsOf(
  { path }: FhirRequest,
  query: Query,
  context: Context,
): Promise<readonly string[]> {
  const [type, id] = path.slice(0, -1) as [string, string?]
  const search = query.filter(([name]) => name !== 'purpose' && !OF_THE_FORM.includes(name))
  if (id === undefined) return found(search, context)
  const [other] = search
  if (other !== undefined)
    throw fail(
      'parameter',
      `$de-identify of one ${type} knows purpose, not "${other[0].slice(0, 60)}"`,
      other[0].slice(0, 60),
    )
  const version = await context.store.read(type, id)
  requirePresent(version, `${type}/${id}`)
  return type === 'Patient' ? [id] : membersOf(parseJson(version.text) as Resource, context)
}

async function found(query: Query, context: Context): Promise<readonly string[]> {
  const [count] = query.filter(([name]) => name === '_count' || name.startsWith('_cursor'))
  if (count !== undefined)
    throw fail('parameter', 'A cohort has no pages: it is all that the search finds', count[0])
  const { plan } = context.plan('Patient', query, { strict: true })
  const ids: string[] = []
  let next: string | undefined
  do {
    const page = await context.store.search({
      ...plan,
      includes: [],
      total: false,
      count: context.config.maxPageSize,
      ...(next === undefined ? {} : { cursor: next }),
    })
    ids.push(...page.matches.map(({ id }) => id))
    next = page.next
  } while (next !== undefined && ids.length <= MOST_PATIENTS)
  return bounded(ids)
}

/** Patients who are members now. */
function membersOf(group: Resource, { definitions, baseUrl, config }: Context): readonly string[] {
  const settings = createSettings(definitions, { baseUrl, zone: config.timeZone })
  const members: readonly unknown[] = Array.isArray(group['member']) ? group['member'] : []
  const ids = members.flatMap((member) => {
    const fields = fieldsOf(member)
    const reference = textOf(fieldsOf(fields?.['entity'])?.['reference'])
    if (reference === undefined || fields?.['inactive'] === true) return []
    const { type, id } = pointerOf(reference, settings)
    return type === 'Patient' ? [id] : []
  })
  return bounded([...new Set(ids)])
}

function bounded(ids: readonly string[]): readonly string[] {
  if (ids.length <= MOST_PATIENTS) return ids
  throw fail('too-costly', `A cohort may have ${MOST_PATIENTS} patients; narrow it`)
}

type Noted = { readonly type: string; readonly id: string; readonly patient?: string }

/** Keeps a case as a draft. @returns the id of its Task */
async function draft(
  bundle: Resource,
  report: Resource,
  purpose: string,
  sources: readonly Noted[],
  { principal }: FhirRequest,
  context: Context,
): Promise<string> {
  const [task, id] = [newId(), newId()]
  const author = principal === undefined ? undefined : authorOf(principal)
  const tags = caseTags('draft', author)
  const now = new Date().toISOString()
  const asked: Resource = {
    resourceType: 'Task',
    meta: { tag: [...tags] },
    contained: [{ ...report, id: 'report' }],
    status: 'requested',
    intent: 'order',
    code: { coding: [{ system: CODES, code: 'review' }] },
    description: 'A teaching case waits for its review',
    focus: { reference: `Bundle/${id}` },
    authoredOn: now,
    lastModified: now,
    ...requesterOf(principal),
    input: [
      {
        type: { coding: [{ system: CODES, code: 'purpose' }] },
        valueCoding: { system: ACT_REASON, code: purpose },
      },
      {
        type: { coding: [{ system: CODES, code: 'report' }] },
        valueReference: { reference: '#report' },
      },
    ],
    output: [
      {
        type: { coding: [{ system: CODES, code: 'case' }] },
        valueReference: { reference: `Bundle/${id}` },
      },
    ],
  }
  const kept = { ...bundle, meta: { ...bundle.meta, tag: [...tags] } }
  const changes = [await creation(kept, id, context), await creation(asked, task, context)]
  await context.store.notes.write(sourcesNote(task), JSON.stringify(sources))
  const committed = await context.store.commit(changes)
  if (!committed.ok) throw fail('conflict', 'Something else took the id of the case; ask again')
  return task
}

const CODES = 'http://ieum.example/fhir/CodeSystem/teaching-case'
const ACT_REASON = 'http://terminology.hl7.org/CodeSystem/v3-ActReason'

/** Not an organization, whose every member would be asked. */
function requesterOf(principal: FhirRequest['principal']): object {
  if (principal === undefined) return {}
  const { user, client, clientName } = principal
  return user !== undefined && /^(Practitioner|PractitionerRole)\//.test(user)
    ? { requester: { reference: user } }
    : {
        requester: { type: 'Device', identifier: { value: client }, display: clientName ?? client },
      }
}

async function creation(resource: Resource, id: string, context: Context): Promise<Change> {
  const exact = parseBothOf(resource)
  const content = await toContent(exact, id, context)
  return { kind: 'put', type: resource.resourceType, id, method: 'POST', content, ifVersion: 0 }
}

const parseBothOf = (resource: Resource) => ({
  plain: parseJson(stringify(resource)) as Resource,
  exact: resource,
})
