// Patient/$match: who a Patient may be among those that are here, each with a score and a grade.
// https://hl7.org/fhir/R4/patient-operation-match.html
// Must not write anything, nor look at anybody whom the caller may not see: the store has nobody else.
import { onlyTold } from '../audit/told.ts'
import type { Context } from '../context.ts'
import { fail, Failure, type Issue } from '../errors.ts'
import { bundleText, type EntryText } from '../fhir/bundle.ts'
import { parseBoth, parseJson } from '../fhir/json.ts'
import type { Body, FhirRequest, FhirResponse, Resource } from '../fhir/message.ts'
import { resourceText } from '../interaction/content.ts'
import { farther, nearest } from '../network/match/candidates.ts'
import { isTelling, personOf, type Person } from '../network/match/person.ts'
import { compare, type Match } from '../network/match/score.ts'
import type { Version } from '../store/store.ts'
import { inputOf } from './input.ts'
import { parametersOf, type Parameter } from './parameters.ts'

const KNOWN = ['resource', 'onlyCertainMatches', 'count', '_format', '_pretty']

const GRADE = 'http://hl7.org/fhir/StructureDefinition/match-grade'

/** Answers unless `count` says otherwise. */
const USUAL = 20

/**
 * `POST [base]/Patient/$match` with Parameters (`resource`, `onlyCertainMatches`, `count`), or with the Patient alone.
 * @throws Failure 400 for what can't be read, 422 for a Patient that says nothing to find anybody by
 */
export async function match(request: FhirRequest, context: Context): Promise<FhirResponse> {
  const { patient, isOnlyCertain, most } = await readAsked(request, context)
  const person = personOf(patient)
  if (!isTelling(person))
    throw fail(
      'invalid',
      'A Patient to be matched has at least a name, an identifier, a birthDate or a telecom',
      'Patient',
      'required',
    )
  const near = await nearest(patient, context, request)
  const judge = (versions: readonly Version[]): Promise<readonly Judged[]> =>
    judged(person, versions, near.people, context)
  let all = await judge(near.found)
  if (!all.some(({ match }) => match.grade === 'certain')) {
    const known = new Set(near.found.map(({ id }) => id))
    const more = await farther(patient, context, request)
    const fresh = more.filter(({ id }) => !known.has(id) && known.add(id))
    all = [...all, ...(await judge(fresh))]
  }
  const answered = withoutRivals(
    [...all].sort((one, other) => other.match.score - one.match.score),
    near.people,
  ).filter(({ match }) => !isOnlyCertain || match.grade === 'certain')
  const links = [{ relation: 'self', url: `${context.baseUrl}/Patient/$match` }]
  const told = answered.slice(0, most)
  onlyTold(context, new Set(told.map(({ version }) => `Patient/${version.id}`)))
  const entries = told.map((one) => entryOf(one, context))
  return {
    status: 200,
    headers: {},
    body: bundleText('searchset', links, entries, answered.length),
  }
}

type Asked = {
  readonly patient: Resource
  readonly isOnlyCertain: boolean
  readonly most: number
}

async function readAsked(request: FhirRequest, context: Context): Promise<Asked> {
  const { plain } = parseBoth(resourceText(request.body)) as { plain: Resource }
  const isAlone = plain.resourceType === 'Patient'
  const input = inputOf({ ...request, body: isAlone ? undefined : besides(plain) }, context)
  requireKnown(request, isAlone ? {} : plain)
  const patient = isAlone ? plain : parametersOf(plain).find(isResource)?.resource
  if (patient === undefined)
    throw fail(
      'parameter',
      'The parameter resource must be there, with a Patient',
      'resource',
      'required',
    )
  if (patient.resourceType !== 'Patient')
    throw fail(
      'parameter',
      `The parameter resource must be a Patient, not ${String(patient.resourceType).slice(0, 60)}`,
      'resource',
    )
  const issues = await context.validator.check(patient)
  const wrong = issues.filter(
    (issue) => /^(?:error|fatal)$/.test(issue.severity) && !isForgiven(issue),
  )
  if (wrong.length > 0) throw new Failure('invalid', wrong)
  const count = input.count('count')
  if (count === 0) throw fail('parameter', 'count is a whole number from 1, not "0"', 'count')
  return {
    patient,
    isOnlyCertain: input.flag('onlyCertainMatches') ?? false,
    most: Math.min(count ?? USUAL, context.config.maxPageSize),
  }
}

/** Part of a Patient is enough to look for one, and a code that isn't known says nothing of who it is. */
const FORGIVEN: ReadonlySet<string> = new Set(['required', 'code-invalid', 'invariant'])

/** Nor is a number that was mistyped a reason not to look. */
const isForgiven = ({ code, expression, message }: Issue): boolean =>
  FORGIVEN.has(code) ||
  (/^(?:identifier-|check-digit)/.test(message?.key ?? '') &&
    /\.identifier\[\d+\]\.value$/.test(expression?.[0] ?? ''))

const isResource = ({ name }: Parameter): boolean => name === 'resource'

/** The Parameters with something else in the place of the resource, which is judged by itself. */
const besides = (plain: Resource): Body => ({
  type: 'application/fhir+json',
  text: JSON.stringify({
    ...plain,
    ...(Array.isArray(plain.parameter)
      ? {
          parameter: (plain.parameter as unknown[]).map((one) =>
            (one as Partial<Parameter> | null)?.name === 'resource' &&
            (one as Partial<Parameter>).resource !== undefined
              ? { name: 'resource', valueBoolean: true }
              : one,
          ),
        }
      : {}),
  }),
})

function requireKnown({ query }: FhirRequest, { parameter }: Partial<Resource>): void {
  const named = Array.isArray(parameter) ? (parameter as { name?: unknown }[]) : []
  for (const name of [...query.map(([one]) => one), ...named.map((one) => one.name)])
    if (typeof name === 'string' && !KNOWN.includes(name))
      throw fail(
        'parameter',
        `$match knows resource, onlyCertainMatches and count, not "${name.slice(0, 60)}"`,
        name.slice(0, 100),
      )
}

type Judged = { readonly version: Version; readonly person: Person; readonly match: Match }

/** Those worth an answer. One that was replaced stands for the one that replaced it. */
async function judged(
  person: Person,
  versions: readonly Version[],
  people: number,
  { store }: Context,
): Promise<readonly Judged[]> {
  const found = new Map<string, Judged>()
  const instead = new Map<string, Match>()
  const keep = (one: Judged): void => {
    const before = found.get(one.version.id)
    if (before === undefined || before.match.score < one.match.score) found.set(one.version.id, one)
  }
  for (const version of versions) {
    const resource = parseJson(version.text!) as Resource
    const other = personOf(resource)
    const match = compare(person, other, people)
    if (match.grade === undefined) continue
    const successor = replacing(resource)
    if (successor === undefined) keep({ version, person: other, match })
    else instead.set(successor, match)
  }
  const successors = [...instead.keys()].map((id) => ({ type: 'Patient', id }))
  for (const version of successors.length === 0 ? [] : await store.readMany(successors)) {
    const other = personOf(parseJson(version.text!) as Resource)
    keep({ version, person: other, match: instead.get(version.id)! })
  }
  return [...found.values()]
}

/** The id of the Patient that replaced this one. */
function replacing({ link }: Resource): string | undefined {
  const links = Array.isArray(link) ? (link as { type?: unknown; other?: unknown }[]) : []
  const { other } = links.find(({ type }) => type === 'replaced-by') ?? {}
  const { reference } = (other ?? {}) as { reference?: unknown }
  return typeof reference === 'string'
    ? /(?:^|\/)Patient\/([A-Za-z0-9.-]{1,64})$/.exec(reference)?.[1]
    : undefined
}

/** Bits by which one has to be ahead of another person to be certain. */
const AHEAD = 8
/** The score of either where two are as like. */
const RIVALLED = 0.5

/** Two people can't both be the one who is looked for: of two that are no match of each other, one must be far ahead. */
function withoutRivals(all: readonly Judged[], people: number): readonly Judged[] {
  const certain = all.filter(({ match }) => match.grade === 'certain')
  if (certain.length < 2) return all
  const isRival = (one: Judged, other: Judged): boolean => {
    const ahead = one.match.bits - other.match.bits
    if (one === other || ahead > AHEAD) return false
    const { isOther, grade } = compare(one.person, other.person, people)
    const isBehind = ahead < -AHEAD || (other.match.isIdentified && !one.match.isIdentified)
    return isOther || (isBehind && grade !== 'certain')
  }
  return all.map((one) =>
    one.match.grade === 'certain' && certain.some((other) => isRival(one, other))
      ? { ...one, match: { ...one.match, grade: 'probable', score: RIVALLED } }
      : one,
  )
}

function entryOf({ version, match }: Judged, { baseUrl }: Context): EntryText {
  return {
    fullUrl: `${baseUrl}/Patient/${version.id}`,
    resource: version.text!,
    search: {
      extension: [{ url: GRADE, valueCode: match.grade }],
      mode: 'match',
      score: Math.round(match.score * 10_000) / 10_000,
    },
  }
}
