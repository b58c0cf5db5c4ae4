// Patient/[id]/$link and $unlink: two records are of one person, and no longer; both are changed at once, with a Provenance.
// profiles/ieum/OperationDefinition-link.json and -unlink.json; https://profiles.ihe.net/ITI/PMIR/
// Must not merge what the records say, nor change one that another organisation keeps.
import type { Context } from '../context.ts'
import { custodianIn } from '../consent/custody.ts'
import { fail } from '../errors.ts'
import { parseJson, parseLossless, stringify } from '../fhir/json.ts'
import type { FhirRequest, FhirResponse, Resource } from '../fhir/message.ts'
import { ifMatchVersion, requireVersion } from '../interaction/conditional.ts'
import { requireValid, toContent } from '../interaction/content.ts'
import { isId, newId } from '../interaction/id.ts'
import { requirePresent } from '../interaction/read.ts'
import { judgeFrom } from '../interaction/rule.ts'
import { write, type Write } from '../interaction/write.ts'
import { linked, linksOf, saidOf, unlinked, type LinkType } from '../network/link/links.ts'
import type { Assertion, Change, Version } from '../store/store.ts'
import { inputOf, type Input } from './input.ts'

/** `POST [base]/Patient/[id]/$link` with Parameters: `other`, `type` (seealso or replaced-by), `otherVersion`, `reason`. */
export const link = (request: FhirRequest, context: Context): Promise<FhirResponse> =>
  change(request, context, 'link')

/** `POST [base]/Patient/[id]/$unlink` with Parameters: `other`, `otherVersion`, `reason`. */
export const unlink = (request: FhirRequest, context: Context): Promise<FhirResponse> =>
  change(request, context, 'unlink')

type Act = 'link' | 'unlink'

/** One of the two, as it is and as it is to be. */
type Side = { readonly version: Version; readonly before: Resource; readonly after: Resource }

/** @throws Failure 404, 410 for whom nobody sees, 412 for another version, 409 for links that don't go together */
async function change(request: FhirRequest, context: Context, act: Act): Promise<FhirResponse> {
  const id = request.path[1]!
  const input = inputOf(request, context)
  const otherId = otherOf(input, context)
  const type = act === 'link' ? typeOf(input) : undefined
  const wanted = [ifMatchVersion(request), versionOf(input)] as const
  if (id === otherId) throw fail('invalid', 'A Patient is not linked with itself', 'other')
  return write(async () => {
    const versions = await Promise.all(
      [id, otherId].map((one) => context.store.read('Patient', one)),
    )
    versions.forEach((version, i) => {
      const patient = [id, otherId][i]!
      if (wanted[i] !== undefined) requireVersion(version, wanted[i], 'Patient', patient)
      requirePresent(version, `Patient/${patient}`)
    })
    const [lead, other] = versions as [Version, Version]
    const before = [lead, other].map(({ text }) => parseLossless(text!) as Resource) as [
      Resource,
      Resource,
    ]
    const after =
      type === undefined
        ? await apart(before, lead, context)
        : together(before, type, context.baseUrl)
    const sides: Side[] = [lead, other].map((version, i) => ({
      version,
      before: before[i]!,
      after: after[i]!,
    }))
    return writing(sides, { act, type, reason: input.text('reason') }, request, context)
  }, context)
}

function otherOf(input: Input, { baseUrl }: Context): string {
  const given = input.value<{ reference?: unknown }>('other', 'Reference')?.reference
  const text = typeof given === 'string' ? given : input.text('other')
  const local = text?.startsWith(`${baseUrl}/`) === true ? text.slice(baseUrl.length + 1) : text
  const id = /^Patient\/([^/]+)$/.exec(local ?? '')?.[1]
  if (id !== undefined && isId(id)) return id
  throw fail(
    'parameter',
    'other says which Patient of this server it is, as a reference such as Patient/p2',
    'other',
    text === undefined ? 'required' : 'value',
  )
}

function typeOf(input: Input): LinkType {
  const type = input.text('type') ?? 'seealso'
  if (type === 'seealso' || type === 'replaced-by') return type
  throw fail('parameter', `type is seealso or replaced-by, not "${type.slice(0, 60)}"`, 'type')
}

/** Of the other: what If-Match is for the one in the URL. */
function versionOf(input: Input): number | undefined {
  const text = input.text('otherVersion')
  if (text === undefined) return undefined
  const found = /^(?:W\/"([1-9]\d{0,14})"|([1-9]\d{0,14}))$/.exec(text)
  if (found !== null) return Number(found[1] ?? found[2])
  throw fail('parameter', 'otherVersion is a versionId, such as 3', 'otherVersion')
}

/** @throws Failure 409 where one of them was replaced already */
function together(
  [lead, other]: readonly [Resource, Resource],
  type: LinkType,
  baseUrl: string,
): readonly [Resource, Resource] {
  for (const [one, another] of [
    [lead, other],
    [other, lead],
  ] as const) {
    const replaced = linksOf(one).find((said) => said.type === 'replaced-by')
    const isSame = saidOf(one, another.id!, baseUrl) === 'replaced-by'
    if (replaced === undefined || (isSame && one === lead && type === 'replaced-by')) continue
    throw fail(
      'conflict',
      `Patient/${one.id!} was replaced already: link the one that replaced it, or unlink them first`,
      one === lead ? 'Patient.link' : 'other',
    )
  }
  return linked(lead, other, type, baseUrl)
}

/**
 * As they were before, whatever else was changed since.
 * @throws Failure 409 where they aren't linked
 */
async function apart(
  [lead, other]: readonly [Resource, Resource],
  version: Version,
  context: Context,
): Promise<readonly [Resource, Resource]> {
  const { baseUrl } = context
  const said = saidOf(lead, other.id!, baseUrl)
  if (said === undefined && saidOf(other, lead.id!, baseUrl) === undefined)
    throw fail('conflict', `Patient/${lead.id!} and Patient/${other.id!} are not linked`, 'other')
  if (said === 'replaces' || saidOf(other, lead.id!, baseUrl) === 'replaced-by')
    throw fail(
      'conflict',
      `Patient/${lead.id!} replaces the other one: unlink the one that was replaced`,
      'other',
    )
  const first = unlinked(lead, other.id!, baseUrl)
  const second = unlinked(other, lead.id!, baseUrl)
  if (said !== 'replaced-by') return [first, second]
  return [await asActive(first, other.id!, version, context), second]
}

/** Versions that are looked back through for the one before the link. */
const MOST = 100

/** As active as it was before it was replaced. */
async function asActive(
  patient: Resource,
  other: string,
  { id, version }: Version,
  { store, baseUrl }: Context,
): Promise<Resource> {
  for (let at = version - 1; at > 0 && at > version - MOST; at--) {
    const text = (await store.vread('Patient', id, at))?.text
    if (text === undefined) continue
    const before = parseJson(text) as Resource
    if (saidOf(before, other, baseUrl) === 'replaced-by') continue
    const { active: _, ...rest } = patient
    return before['active'] === undefined ? rest : { ...rest, active: before['active'] }
  }
  return { ...patient, active: true }
}

type Said = {
  readonly act: Act
  readonly type: LinkType | undefined
  readonly reason: string | undefined
}

async function writing(
  sides: readonly Side[],
  said: Said,
  request: FhirRequest,
  context: Context,
): Promise<Write> {
  const changed = sides.filter(({ before, after }) => before !== after)
  // What another organisation keeps says nothing of a record that is only kept here.
  const mine = changed.filter(({ version }) => isKept(version, context))
  if (changed.length > 0 && (mine.length === 0 || said.type === 'replaced-by'))
    requireKept(changed, context)
  if (mine.length === 0) return { changes: [], assertions: [], respond: () => answer(sides) }
  const changes: Change[] = []
  const assertions: Assertion[] = []
  for (const { version, after } of mine) {
    const { type, id } = version
    const plain = parseJson(stringify(after)) as Resource
    await requireValid(plain, context)
    const judged = await judgeFrom(version, { type, id }, plain, context)
    assertions.push(...judged.assertions)
    changes.push({
      kind: 'put',
      type,
      id,
      method: 'PUT',
      content: await toContent({ plain, exact: after }, id, context, judged),
      ifVersion: version.version,
    })
  }
  const id = newId()
  const provenance = provenanceOf(mine, said, request, id)
  await requireValid(provenance, context)
  const content = await toContent({ plain: provenance, exact: provenance }, id, context)
  changes.push({ kind: 'put', type: 'Provenance', id, method: 'POST', content, ifVersion: 0 })
  return {
    changes,
    assertions,
    respond: (applied) => {
      const now = new Map(
        applied.map(({ current }) => [`${current!.type}/${current!.id}`, current!]),
      )
      return answer(
        sides.map((side) => ({
          ...side,
          version: now.get(`Patient/${side.version.id}`) ?? side.version,
        })),
        now.get(`Provenance/${id}`),
      )
    },
  }
}

const isKept = (version: Version, { access }: Context): boolean =>
  access === undefined || custodianIn(version) === access.custody.organization

/** @throws Failure 403 */
function requireKept(sides: readonly Side[], context: Context): void {
  const foreign = sides.find(({ version }) => !isKept(version, context))
  if (foreign !== undefined)
    throw fail(
      'forbidden',
      `Patient/${foreign.version.id} belongs to another organisation: only its custodian may change it`,
    )
}

const LIFECYCLE = 'http://terminology.hl7.org/CodeSystem/iso-21089-lifecycle'

function provenanceOf(
  sides: readonly Side[],
  { act, type, reason }: Said,
  { principal }: FhirRequest,
  id: string,
): Resource {
  const display = act === 'link' ? 'Link' : 'Unlink'
  return {
    resourceType: 'Provenance',
    id,
    target: sides.map(({ version }) => ({ reference: `Patient/${version.id}` })),
    recorded: new Date().toISOString(),
    activity: {
      coding: [
        {
          system: LIFECYCLE,
          code: act === 'unlink' ? 'unlink' : type === 'replaced-by' ? 'merge' : 'link',
          display:
            type === 'replaced-by'
              ? 'Merge Record Lifecycle Event'
              : `${display} Record Lifecycle Event`,
        },
      ],
    },
    ...(reason === undefined ? {} : { reason: [{ text: reason }] }),
    agent: [
      {
        who:
          principal === undefined
            ? { display: 'unknown' }
            : { reference: principal.user ?? `Organization/${principal.organization}` },
        ...(principal?.user === undefined
          ? {}
          : { onBehalfOf: { reference: `Organization/${principal.organization}` } }),
      },
    ],
    entity: sides.map(({ version }) => ({
      role: 'revision',
      what: { reference: `Patient/${version.id}/_history/${version.version}` },
    })),
  }
}

function answer(sides: readonly Side[], provenance?: Version): FhirResponse {
  const [patient, other] = sides.map(({ version }) => version.text!)
  const parts = [
    `{"name":"patient","resource":${patient!}}`,
    `{"name":"other","resource":${other!}}`,
    ...(provenance === undefined ? [] : [`{"name":"provenance","resource":${provenance.text!}}`]),
  ]
  return {
    status: 200,
    headers: {},
    body: `{"resourceType":"Parameters","parameter":[${parts.join(',')}]}`,
  }
}
