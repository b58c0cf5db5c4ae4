// PlanDefinition/$apply and ActivityDefinition/$apply: what a programme asks to be done for one person, as a CarePlan with
// its RequestGroup and orders, or as one order.
// https://hl7.org/fhir/R4/plandefinition-operation-apply.html, https://hl7.org/fhir/R4/activitydefinition-operation-apply.html
// Must not store anything: whoever asked decides what to order. Knows orders (ServiceRequest) and conditions in FHIRPath.
import type { Context } from '../context.ts'
import { fail } from '../errors.ts'
import { compileBounded } from '../fhir/fhirpath.ts'
import { stringify } from '../fhir/json.ts'
import type { FhirRequest, FhirResponse, Resource } from '../fhir/message.ts'
import { requirePresent } from '../interaction/read.ts'
import { languagesOf } from '../words/language.ts'
import { inputOf, type Input } from './input.ts'

type Fields = Readonly<Record<string, unknown>>

/** What a request is made for, as each of its resources says it. */
type About = {
  readonly patient: Resource
  readonly subject: { readonly reference: string }
  readonly encounter: { readonly reference: string } | undefined
  readonly requester: { readonly reference: string } | undefined
  readonly languages: readonly string[]
}

/** @throws Failure 400 for a parameter, 404 for what isn't here, 422 for what can't be applied */
export async function applyPlan(request: FhirRequest, context: Context): Promise<FhirResponse> {
  const input = inputOf(request, context)
  const plan = await definitionOf('PlanDefinition', 'planDefinition', request, input, context)
  const about = await aboutOf(input, request, context)
  const orders: Resource[] = []
  const action: Fields[] = []
  for (const [i, one] of listOf(plan['action']).entries())
    action.push(...(await actionsOf(one, `PlanDefinition.action[${i}]`, about, orders, context)))
  const { subject, encounter, requester } = about
  const shared = {
    ...instantiates(plan),
    status: 'draft',
    intent: 'proposal',
    subject,
    ...(encounter === undefined ? {} : { encounter }),
  }
  const author = requester === undefined ? {} : { author: requester }
  const group = { resourceType: 'RequestGroup', id: 'requests', ...shared, ...author, action }
  const care = {
    resourceType: 'CarePlan',
    contained: [...(action.length === 0 ? [] : [group]), ...orders],
    ...shared,
    ...(plan['title'] === undefined ? {} : { title: inLanguage(plan, 'title', about.languages) }),
    created: new Date().toISOString(),
    ...author,
    ...(action.length === 0 ? {} : { activity: [{ reference: { reference: '#requests' } }] }),
  }
  return answer(care.contained.length === 0 ? { ...care, contained: undefined } : care)
}

/** @throws Failure as above */
export async function applyActivity(request: FhirRequest, context: Context): Promise<FhirResponse> {
  const input = inputOf(request, context)
  const name = 'activityDefinition'
  const activity = await definitionOf('ActivityDefinition', name, request, input, context)
  const about = await aboutOf(input, request, context)
  return answer(orderOf(activity, undefined, about, 'ActivityDefinition.kind'))
}

const answer = (resource: object): FhirResponse => ({
  status: 200,
  headers: {},
  body: stringify(resource),
})

/** What the operation is called on, or given in the body. */
async function definitionOf(
  type: string,
  name: string,
  { path }: FhirRequest,
  input: Input,
  { store }: Context,
): Promise<Resource> {
  if (path.length === 3) {
    const version = await store.read(type, path[1]!)
    requirePresent(version, `${type}/${path[1]!}`)
    return JSON.parse(version.text) as Resource
  }
  const given = input.resource(name)
  if (given?.resourceType === type) return given
  throw fail('parameter', `On the type, ${name} has to be given: a ${type}`, name)
}

async function aboutOf(input: Input, request: FhirRequest, context: Context): Promise<About> {
  const subjects = input.texts('subject')
  if (subjects.length !== 1)
    throw fail('parameter', 'One subject is needed, as in subject=Patient/p1', 'subject')
  const [, id] = /(?:^|\/)Patient\/([A-Za-z0-9\-.]{1,64})$/.exec(subjects[0]!) ?? []
  if (id === undefined) throw fail('parameter', 'The subject must be a Patient', 'subject')
  const version = await context.store.read('Patient', id)
  requirePresent(version, `Patient/${id}`)
  const encounter = referenceIn(input, 'encounter', ['Encounter'])
  if (encounter !== undefined) {
    const [, visit = ''] = encounter.reference.split('/')
    requirePresent(await context.store.read('Encounter', visit), encounter.reference)
  }
  const practitioner = referenceIn(input, 'practitioner', ['Practitioner', 'PractitionerRole'])
  const organization = referenceIn(input, 'organization', ['Organization'])
  return {
    patient: JSON.parse(version.text) as Resource,
    subject: { reference: `Patient/${id}` },
    encounter,
    requester: practitioner ?? organization,
    languages: languagesOf(request.headers['accept-language']),
  }
}

function referenceIn(
  input: Input,
  name: string,
  types: readonly string[],
): { readonly reference: string } | undefined {
  const text = input.text(name)
  if (text === undefined) return undefined
  const found = new RegExp(`(?:^|/)((?:${types.join('|')})/[A-Za-z0-9\\-.]{1,64})$`).exec(text)
  if (found === null)
    throw fail('parameter', `It must be a reference to ${types.join(' or ')}`, name)
  return { reference: found[1]! }
}

const MOST_ORDERS = 500

const listOf = (value: unknown): readonly Fields[] =>
  Array.isArray(value) ? (value as readonly Fields[]) : []

/** An action that applies, with its own actions in it; none for one that doesn't. @param orders grows */
async function actionsOf(
  action: Fields,
  at: string,
  about: About,
  orders: Resource[],
  context: Context,
): Promise<readonly Fields[]> {
  if (orders.length >= MOST_ORDERS)
    throw fail('too-costly', `A plan may ask for ${MOST_ORDERS} orders`, at)
  for (const [i, { kind, expression }] of listOf(action['condition']).entries())
    if (kind === 'applicability' && !holds(expression as Fields, `${at}.condition[${i}]`, about))
      return []
  const within: Fields[] = []
  for (const [i, one] of listOf(action['action']).entries())
    within.push(...(await actionsOf(one, `${at}.action[${i}]`, about, orders, context)))
  const canonical = action['definitionCanonical'] as string | undefined
  const place = `${at}.definitionCanonical`
  let resource: Fields = {}
  if (canonical !== undefined) {
    const activity = await context.conformance.find('ActivityDefinition', canonical)
    if (activity === undefined)
      throw fail('invalid', `There is no ActivityDefinition ${canonical} here`, place, 'not-found')
    const id = `order-${orders.length + 1}`
    orders.push(orderOf(activity, id, about, place))
    resource = { resource: { reference: `#${id}` } }
  }
  const { prefix, code, title } = action
  return [
    {
      ...(prefix === undefined ? {} : { prefix }),
      ...(title === undefined ? {} : { title: inLanguage(action, 'title', about.languages) }),
      ...(code === undefined ? {} : { code }),
      ...resource,
      ...(within.length === 0 ? {} : { action: within }),
    },
  ]
}

/** @throws Failure 422 for a condition that isn't FHIRPath */
function holds(expression: Fields | undefined, at: string, { patient }: About): boolean {
  const { language, expression: text } = expression ?? {}
  if (language !== 'text/fhirpath' || typeof text !== 'string')
    throw fail(
      'invalid',
      'Conditions are decided in text/fhirpath',
      `${at}.expression`,
      'not-supported',
    )
  return compileBounded(text)(patient)[0] === true
}

/** A ServiceRequest. @throws Failure 422 for a definition of anything else */
function orderOf(activity: Fields, id: string | undefined, about: About, at: string): Resource {
  const { kind, code, priority, bodySite, doNotPerform } = activity
  if (kind !== undefined && kind !== 'ServiceRequest')
    throw fail(
      'invalid',
      `Orders are made as ServiceRequest, not as ${JSON.stringify(kind)}`,
      at,
      'not-supported',
    )
  const { subject, encounter, requester, languages } = about
  const text = inLanguage(activity, 'title', languages)
  return {
    resourceType: 'ServiceRequest',
    ...(id === undefined ? {} : { id }),
    ...instantiates(activity),
    status: 'draft',
    intent: 'proposal',
    ...(priority === undefined ? {} : { priority }),
    ...(doNotPerform === undefined ? {} : { doNotPerform }),
    code: { ...(code as Fields | undefined), ...(text === undefined ? {} : { text }) },
    subject,
    ...(encounter === undefined ? {} : { encounter }),
    authoredOn: new Date().toISOString(),
    ...(requester === undefined ? {} : { requester }),
    ...(bodySite === undefined ? {} : { bodySite }),
  }
}

/** By which definition it is made; a plan that is sent may have no URL. */
function instantiates({ url, version }: Fields): Fields {
  if (typeof url !== 'string') return {}
  return { instantiatesCanonical: [typeof version === 'string' ? `${url}|${version}` : url] }
}

const TRANSLATION = 'http://hl7.org/fhir/StructureDefinition/translation'

/** A text of a definition in the first language that it is translated into; as it stands where none is, or English is wanted first. */
function inLanguage(of: Fields, name: string, languages: readonly string[]): string | undefined {
  const translations = listOf((of[`_${name}`] as Fields | undefined)?.['extension'])
    .filter(({ url }) => url === TRANSLATION)
    .map(({ extension }) => {
      const parts = listOf(extension)
      const lang = parts.find(({ url }) => url === 'lang')?.['valueCode']
      const content = parts.find(({ url }) => url === 'content')
      return { lang, text: (content?.['valueString'] ?? content?.['valueMarkdown']) as string }
    })
  for (const wanted of languages) {
    const [primary] = wanted.split('-')
    if (primary === ((of['language'] as string | undefined) ?? 'en')) break
    const found = translations.find(({ lang }) => lang === primary)
    if (found !== undefined) return found.text
  }
  return of[name] as string | undefined
}
