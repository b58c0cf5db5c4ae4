// Task/[id]/$review: a second person releases a teaching case, or rejects it and says why.
// profiles/ieum/OperationDefinition-review.json, docs/adr/0010-teaching-cases.md
// Must not release what its maker made alone, nor what a patient no longer permits.
import { createPermitted } from '../consent/permitted.ts'
import {
  authorOf,
  AUTHOR_SYSTEM,
  caseTags,
  isCase,
  STATE_SYSTEM,
} from '../consent/teaching-case.ts'
import type { Context } from '../context.ts'
import { fail } from '../errors.ts'
import { parseBoth } from '../fhir/json.ts'
import type { FhirRequest, FhirResponse, Resource } from '../fhir/message.ts'
import { written } from '../interaction/answer.ts'
import { toContent } from '../interaction/content.ts'
import { isId } from '../interaction/id.ts'
import { requirePresent } from '../interaction/read.ts'
import { fieldsOf, textOf } from '../search/emit.ts'
import type { Change, Version } from '../store/store.ts'
import { sourcesNote } from './de-identify.ts'
import { inputOf, type Input } from './input.ts'

const OUTCOMES = ['release', 'reject']
/** Characters of a reason. */
const LONGEST = 1000

/**
 * `POST [base]/Task/[id]/$review` with `outcome` (release, reject), `reason` (needed to reject), and to release `recipient`:
 * organizations that may read it besides the one that made it.
 * @returns the Task, completed or rejected
 * @throws Failure 403 for who made it, 409 when it was decided already or a consent was withdrawn meanwhile
 */
export async function review(request: FhirRequest, context: Context): Promise<FhirResponse> {
  const [, id] = request.path as [string, string]
  const input = inputOf(request, context)
  const asked = askedIn(input)
  const version = await context.store.read('Task', id)
  requirePresent(version, `Task/${id}`)
  const task = readBoth(version)
  if (!isCase(version) || codeOf(task.plain, STATE_SYSTEM) === undefined)
    throw fail('invalid', `Task/${id} asks for no review of a teaching case`, 'Task.code')
  requireOther(task.plain, request)
  if (task.plain['status'] !== 'requested')
    throw fail(
      'conflict',
      `It was decided already: the Task is ${String(task.plain['status'])}`,
      'Task.status',
    )
  const reference = textOf(fieldsOf(task.plain['focus'])?.['reference']) ?? ''
  const [, bundleId = ''] = reference.split('/')
  const stored = await context.store.read('Bundle', bundleId)
  requirePresent(stored, `Bundle/${bundleId}`)
  const isReleased = asked.outcome === 'release'
  if (isReleased) {
    await requireRecipients(asked.recipients, context)
    await requirePermission(id, task.plain, request, context)
  }
  const author = codeOf(task.plain, AUTHOR_SYSTEM)
  const own = request.principal?.organization
  const audience = [...new Set([...(own === undefined ? [] : [own]), ...asked.recipients])]
  const tags = isReleased ? caseTags('released', undefined, audience) : caseTags('rejected', author)
  const change = async (
    from: Version,
    more: Readonly<Record<string, unknown>>,
  ): Promise<Change> => {
    const { plain, exact } = readBoth(from)
    const changed = (one: Resource): Resource => ({
      ...one,
      ...more,
      meta: { ...one.meta, tag: [...othersIn(one), ...tags] },
    })
    const content = await toContent(
      { plain: changed(plain), exact: changed(exact) },
      from.id,
      context,
    )
    const { type, id: of, version: ifVersion } = from
    return { kind: 'put', type, id: of, method: 'PUT', content, ifVersion }
  }
  const committed = await context.store.commit([
    await change(version, decided(asked, request)),
    await change(stored, {}),
  ])
  if (!committed.ok) throw fail('conflict', 'Somebody else decided at the same time')
  await context.store.notes.write(sourcesNote(id), undefined)
  return written(200, committed.applied[0]!.current!, 'Reviewed', request, context)
}

type Asked = {
  readonly outcome: string
  readonly reason: string | undefined
  readonly recipients: readonly string[]
}

/** @throws Failure 400 */
function askedIn(input: Input): Asked {
  const outcome = input.text('outcome')
  if (outcome === undefined || !OUTCOMES.includes(outcome))
    throw fail('parameter', `outcome is ${OUTCOMES.join(' or ')}`, 'outcome')
  const reason = input.text('reason')?.trim()
  if (outcome === 'reject' && (reason === undefined || reason === ''))
    throw fail('parameter', 'Who rejects a case says why, in reason', 'reason')
  if (reason !== undefined && reason.length > LONGEST)
    throw fail('parameter', `reason may have ${LONGEST} characters`, 'reason')
  const recipients = [...input.texts('recipient'), ...input.references('recipient')].map((text) => {
    const id = text.startsWith('Organization/') ? text.slice('Organization/'.length) : text
    if (!isId(id))
      throw fail('parameter', 'recipient is an organization, as in Organization/1', 'recipient')
    return id
  })
  return { outcome, reason, recipients }
}

/** @throws Failure 403 */
function requireOther(task: Resource, { principal }: FhirRequest): void {
  if (principal === undefined) return
  if (codeOf(task, AUTHOR_SYSTEM) !== authorOf(principal)) return
  throw fail('forbidden', 'Who made a case does not review it: somebody else has to', 'Task.owner')
}

/** @throws Failure 400 for an organization that isn't known */
async function requireRecipients(ids: readonly string[], { store }: Context): Promise<void> {
  for (const id of ids)
    if ((await store.read('Organization', id))?.text === undefined)
      throw fail('parameter', `There is no Organization/${id} here`, 'recipient', 'not-found')
}

type Noted = { readonly type: string; readonly id: string; readonly patient?: string }

/**
 * All that the case was made of is still there and permitted: consents are asked underneath what a reviewer sees.
 * @throws Failure 409
 */
async function requirePermission(
  id: string,
  task: Resource,
  request: FhirRequest,
  context: Context,
): Promise<void> {
  const sources = JSON.parse(
    (await context.store.notes.read(sourcesNote(id))) ?? '[]',
  ) as readonly Noted[]
  const store = context.underneath ?? context.store
  const purpose = purposeIn(task)
  const isPermitted = createPermitted(request, purpose, context)
  const patients = new Map<string, Noted[]>()
  for (const source of sources)
    if (source.patient !== undefined)
      patients.set(source.patient, [...(patients.get(source.patient) ?? []), source])
  let withdrawn = 0
  for (const [patient, those] of patients) {
    const versions = await store.readMany(those)
    const isWhole = versions.length === those.length
    if (!isWhole || (await isPermitted(patient, versions)).includes(false)) withdrawn += 1
  }
  if (withdrawn > 0)
    throw fail(
      'conflict',
      `Of ${String(withdrawn)} of the patients not all is permitted, or there, any more that was when the case was made: reject it and make another`,
      'outcome',
      'suppressed',
    )
}

function purposeIn(task: Resource): string {
  const inputs: readonly unknown[] = Array.isArray(task['input']) ? task['input'] : []
  for (const input of inputs) {
    const code = textOf(fieldsOf(fieldsOf(input)?.['valueCoding'])?.['code'])
    if (code !== undefined) return code
  }
  return 'TRAIN'
}

function decided(
  { outcome, reason, recipients }: Asked,
  { principal }: FhirRequest,
): Record<string, unknown> {
  const user = principal?.user
  return {
    status: outcome === 'release' ? 'completed' : 'rejected',
    ...(reason === undefined ? {} : { statusReason: { text: reason } }),
    lastModified: new Date().toISOString(),
    ...(principal === undefined
      ? {}
      : {
          owner:
            user !== undefined && /^(Practitioner|PractitionerRole)\//.test(user)
              ? { reference: user }
              : { type: 'Device', identifier: { value: principal.client } },
        }),
    ...(recipients.length === 0
      ? {}
      : {
          restriction: {
            recipient: recipients.map((id) => ({ reference: `Organization/${id}` })),
          },
        }),
  }
}

const readBoth = ({ text }: Version): { readonly plain: Resource; readonly exact: Resource } =>
  parseBoth(text ?? '{}') as { plain: Resource; exact: Resource }

const tagsOf = ({ meta }: Resource): readonly unknown[] =>
  Array.isArray(meta?.tag) ? meta.tag : []

const codeOf = (resource: Resource, system: string): string | undefined =>
  textOf(fieldsOf(tagsOf(resource).find((tag) => fieldsOf(tag)?.['system'] === system))?.['code'])

const othersIn = (resource: Resource): readonly unknown[] =>
  tagsOf(resource).filter((tag) => !String(fieldsOf(tag)?.['system']).startsWith(STATE_SYSTEM))
