// What an algorithm finds stays preliminary until a practitioner has said in a Provenance what is to be thought of it.
// docs/network.md, "Results of an AI"; https://hl7.org/fhir/R4/provenance.html
// Must not count what a program says in a practitioner's name, nor a word on a version that is no longer the current one.
import type { Context } from '../context.ts'
import { issueOf } from '../errors.ts'
import { parseJson } from '../fhir/json.ts'
import type { Resource } from '../fhir/message.ts'
import { FREE, type Rule, type Step, type Verdict } from '../interaction/rule.ts'
import { fieldsOf, textOf } from '../search/emit.ts'
import type { Plan } from '../search/plan.ts'
import type { Assertion } from '../store/store.ts'
import { message } from '../words/message.ts'
import { isOfAlgorithm, isProgram } from './algorithm.ts'
import { listOf, provenancesOf } from './beside.ts'
import { changedOf } from './changed.ts'
import { localOf } from './organization-of.ts'
import { ISSUED } from './report-rule.ts'

/** What a practitioner says of the finding of an algorithm: confirmed, corrected, rejected. */
const REVIEW = 'http://ieum.example/fhir/CodeSystem/ai-review'

/** Reviews of one finding that are looked at. */
const MOST = 100

export const algorithmRule: Rule = async (step, context) => {
  const { before, after } = step
  const status = textOf(after?.['status']) ?? ''
  if (after === undefined || !ISSUED.has(status)) return FREE
  // What was let through stays as it was let through.
  if (before !== undefined && textOf(before['status']) === status)
    if (changedOf(before, after).every((element) => element === 'text')) return FREE
  if (await isProgram(step, context)) return refused(step, status)
  const versions = before === undefined ? [after] : [after, before]
  const ofAlgorithm = versions.map((one) => isOfAlgorithm(one, step, context))
  if (!(await Promise.all(ofAlgorithm)).includes(true)) return FREE
  if (isReviewedBeside(step, context)) return FREE
  const review = before === undefined ? undefined : await reviewOf(step, before, context)
  return review === undefined ? refused(step, status) : { issues: [], assertions: [review] }
}

/** No program says in a Provenance that a practitioner did something. */
export const provenanceRule: Rule = async (step, context) => {
  const { after } = step
  if (after === undefined || !practitionerIn(after, context)) return FREE
  if (!(await isProgram(step, context))) return FREE
  const said = message('ai-provenance', { device: step.caller?.user })
  return { kind: 'forbidden', issues: [issueOf('error', 'forbidden', said, 'Provenance.agent')] }
}

function refused({ type, id, before }: Step, status: string): Verdict {
  const what = before === undefined ? type : `${type}/${id}`
  const said = message('ai-final', { what, status })
  return { issues: [issueOf('error', 'business-rule', said, `${type}.status`)] }
}

const isReviewedBeside = ({ type, id, beside }: Step, context: Context): boolean =>
  provenancesOf(`${type}/${id}`, beside, context).some((one) => isReview(one, context))

/** That a practitioner reviewed the version that stands there: the Provenance is still there at the commit. */
async function reviewOf(
  { type, id }: Step,
  before: Resource,
  { store, ...context }: Context,
): Promise<Assertion | undefined> {
  const plan: Plan = {
    types: ['Provenance'],
    where: {
      kind: 'reference',
      paths: ['Provenance.entity.what', 'Provenance.target'],
      type,
      id,
    },
    sort: [],
    count: MOST,
    total: false,
    includes: [],
  }
  const { matches } = await store.search(plan)
  const since = Date.parse(before.meta?.lastUpdated ?? '')
  const found = matches.find(
    ({ text, updated }) => updated >= since && isReview(parseJson(text!) as Resource, context),
  )
  if (found === undefined) return undefined
  const itself = { kind: 'id', type: 'Provenance', ids: [found.id] } as const
  return { plan: { ...plan, where: itself, count: 2 }, ids: [found.id] }
}

/** Whether a practitioner says something else in a Provenance than that what it names is wrong. */
const isReview = (provenance: Resource, context: Pick<Context, 'baseUrl'>): boolean =>
  practitionerIn(provenance, context) &&
  !listOf(fieldsOf(provenance['activity'])?.['coding']).some((coding) => {
    const fields = fieldsOf(coding)
    return fields?.['system'] === REVIEW && fields['code'] === 'rejected'
  })

const practitionerIn = (provenance: Resource, context: Pick<Context, 'baseUrl'>): boolean =>
  listOf(provenance['agent']).some((agent) => {
    const who = localOf(fieldsOf(agent)?.['who'], context) ?? ''
    return who.startsWith('Practitioner/') || who.startsWith('PractitionerRole/')
  })
