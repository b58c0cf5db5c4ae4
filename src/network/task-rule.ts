// What the network asks of a change of a Task by which one organization asks another: the right step, by the right side.
// https://hl7.org/fhir/R4/task.html#statemachine, docs/network.md, "Remote reading"
// Must not ask anything of other Tasks, nor who somebody is in open mode.
import type { Context } from '../context.ts'
import { issueOf, type Issue } from '../errors.ts'
import type { Resource } from '../fhir/message.ts'
import { FREE, type Rule, type Verdict } from '../interaction/rule.ts'
import { fieldsOf, textOf } from '../search/emit.ts'
import { COUNTRY_SYSTEM, custodianOf } from '../search/record.ts'
import { message } from '../words/message.ts'
import { changedOf } from './changed.ts'
import { localOf, organizationsOf } from './organization-of.ts'
import { following, OPEN, stepOf, UNDER_WAY, type Side } from './task-state.ts'

export const READING = 'http://ieum.example/fhir/StructureDefinition/ieum-task-reading'

/** What the organization that is asked may say in the Task of another. */
const ANSWER: ReadonlySet<string> = new Set([
  ...['status', 'statusReason', 'businessStatus', 'executionPeriod', 'lastModified', 'output'],
  ...['note', 'text', 'meta'],
])

/** What the organization that asked may no longer change once the other has taken it. */
const AGREED = ['basedOn', 'focus', 'for', 'owner', 'requester', 'intent', 'code', 'output']

/** Whether a Task asks one organization for something in the name of another: it says so, or stands for a ServiceRequest. */
export function isAsking(task: Resource, context: Pick<Context, 'baseUrl'>): boolean {
  if (task.meta?.profile?.includes(READING) === true) return true
  if (task['owner'] === undefined && task['requester'] === undefined) return false
  const based: readonly unknown[] = Array.isArray(task['basedOn']) ? task['basedOn'] : []
  return [task['focus'], ...based].some(
    (one) => localOf(one, context)?.startsWith('ServiceRequest/') === true,
  )
}

export const taskRule: Rule = async (step, context) => {
  const { before, after, caller } = step
  if (![before, after].some((task) => task !== undefined && isAsking(task, context))) return FREE
  const sides = caller === undefined ? BOTH : await sidesOf(step, caller.organization, context)
  const kept = caller === undefined ? FREE : keeping(before, caller.organization)
  if (before === undefined) return after === undefined ? FREE : beginning(after, sides)
  if (sides.size === 0) return forbidden('task-stranger', before)
  if (after === undefined) return ending(before)
  const [from, to] = [statusOf(before), statusOf(after)]
  if (from !== to) {
    const side = stepOf(from, to)
    if (side === undefined) return refused(wrongStep(from, to))
    if (!sides.has(side)) return forbidden(`task-of-${side}`, before, { to })
  }
  const changed = changedOf(before, after)
  if (!sides.has('requester')) {
    const foreign = changed.find((element) => !ANSWER.has(element))
    if (foreign !== undefined)
      return forbidden('task-element-of-requester', before, {}, `Task.${foreign}`)
  } else if (!sides.has('owner') && !OPEN.has(from)) {
    const agreed = changed.find((element) => AGREED.includes(element))
    if (agreed !== undefined)
      return refused(
        issueOf(
          'error',
          'business-rule',
          message('task-agreed', { element: agreed, status: from }),
          `Task.${agreed}`,
        ),
      )
  }
  return kept
}

type Sides = ReadonlySet<Side>
const BOTH: Sides = new Set(['requester', 'owner'])

/** What the caller's organization is to a Task: one that nobody is named as the owner of is the requester's own. */
async function sidesOf(
  { before, after }: Parameters<Rule>[0],
  organization: string,
  context: Context,
): Promise<Sides> {
  const task = before ?? after!
  const [owners, requesters] = await Promise.all([
    organizationsOf(task['owner'], context),
    organizationsOf(task['requester'], context),
  ])
  // Who writes a new one asks for itself, unless it names another.
  const custodian = before === undefined ? undefined : custodianOf(before)
  const isKeeper =
    before === undefined ? requesters.length === 0 : (custodian ?? organization) === organization
  const sides = new Set<Side>()
  if (isKeeper || requesters.includes(organization)) sides.add('requester')
  if (owners.includes(organization) || (owners.length === 0 && sides.has('requester')))
    sides.add('owner')
  return sides
}

/** A Task stays in the keeping of who wrote it first. */
function keeping(before: Resource | undefined, organization: string): Verdict {
  const custodian = before === undefined ? undefined : custodianOf(before)
  if (custodian === undefined || custodian === organization) return FREE
  const tags: unknown = before?.meta?.tag
  const country = (Array.isArray(tags) ? tags : [])
    .map(fieldsOf)
    .find((tag) => tag?.['system'] === COUNTRY_SYSTEM)?.['code']
  const code = textOf(country)
  return {
    issues: [],
    custody: { organization: custodian, ...(code === undefined ? {} : { country: code }) },
  }
}

/** Records come from elsewhere as they stand, but who asks another doesn't answer for it. */
function beginning(after: Resource, sides: Sides): Verdict {
  const status = statusOf(after)
  if (OPEN.has(status) || sides.has('owner')) return FREE
  // What others keep and hide is answered as if it were new.
  if (sides.size === 0) return forbidden('task-stranger', after)
  return refused(
    issueOf(
      'error',
      'business-rule',
      message('task-begin', { status, allowed: [...OPEN].join(', ') }),
      'Task.status',
    ),
  )
}

function ending(before: Resource): Verdict {
  const status = statusOf(before)
  if (!UNDER_WAY.has(status)) return FREE
  return refused(
    issueOf('error', 'business-rule', message('task-delete', { status }), 'Task.status'),
  )
}

function wrongStep(from: string, to: string): Issue {
  const allowed = following(from).join(', ')
  const said =
    allowed === ''
      ? message('task-ended', { from, to })
      : message('task-step', { from, to, allowed })
  return issueOf('error', 'business-rule', said, 'Task.status')
}

const refused = (issue: Issue): Verdict => ({ issues: [issue] })

function forbidden(
  key: 'task-stranger' | 'task-of-owner' | 'task-of-requester' | 'task-element-of-requester',
  task: Resource,
  params: Readonly<Record<string, string>> = {},
  expression = 'Task.status',
): Verdict {
  const owner = textOf(fieldsOf(task['owner'])?.['reference']) ?? ''
  const said = message(key, {
    task: `Task/${task.id ?? ''}`,
    owner,
    element: expression,
    ...params,
  })
  return { kind: 'forbidden', issues: [issueOf('error', 'forbidden', said, expression)] }
}

const statusOf = (task: Resource): string => textOf(task['status']) ?? ''
