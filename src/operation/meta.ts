// $meta, $meta-add and $meta-delete: profiles, tags and security labels of a resource.
// https://hl7.org/fhir/R4/resource-operation-meta.html, -meta-add, -meta-delete
// Must not write a version when the meta stays as it was, nor change old versions.
import type { Context } from '../context.ts'
import { fail, Failure } from '../errors.ts'
import { parseBoth, parseJson, parseLossless, stringify } from '../fhir/json.ts'
import type { FhirRequest, FhirResponse, Meta, Resource } from '../fhir/message.ts'
import { versionHeaders } from '../interaction/answer.ts'
import { ifMatchVersion, requireVersion } from '../interaction/conditional.ts'
import { requireValid, resourceText, toContent, type Incoming } from '../interaction/content.ts'
import { requirePresent } from '../interaction/read.ts'
import { judgeFrom } from '../interaction/rule.ts'
import { write } from '../interaction/write.ts'
import type { Version } from '../store/store.ts'
import { keyOf, metaUnion } from './meta-union.ts'
import { parametersOf } from './parameters.ts'

/** `GET [base]{/[type]{/[id]{/_history/[vid]}}}/$meta`: the meta of a version, or what is in use on a type or everywhere. */
export async function meta(request: FhirRequest, context: Context): Promise<FhirResponse> {
  if (request.path.length < 3) return metaUnion(request, context)
  const [type, id, , vid] = request.path as [string, string, string?, string?]
  const isVersion = request.path.length === 5
  const what = isVersion ? `${type}/${id}/_history/${vid!}` : `${type}/${id}`
  if (isVersion && !/^[1-9][0-9]{0,14}$/.test(vid!))
    throw fail('not-found', `There is no ${what} here`)
  const version = isVersion
    ? await context.store.vread(type, id, Number(vid))
    : await context.store.read(type, id)
  requirePresent(version, what)
  return { status: 200, headers: versionHeaders(version), body: metaText(version.text) }
}

/** `POST [base]/[type]/[id]/$meta-add`: what is named is added, what is there already stays. */
export const metaAdd = (request: FhirRequest, context: Context): Promise<FhirResponse> =>
  change(request, context, add)

/** `POST [base]/[type]/[id]/$meta-delete`: what is named is taken away, what isn't there is passed over. */
export const metaDelete = (request: FhirRequest, context: Context): Promise<FhirResponse> =>
  change(request, context, remove)

type Change = (items: readonly unknown[], given: readonly unknown[]) => readonly unknown[]

async function change(request: FhirRequest, context: Context, by: Change): Promise<FhirResponse> {
  const [type, id] = request.path as [string, string]
  const given = givenMeta(request, context)
  const wanted = ifMatchVersion(request)
  return write(async () => {
    const current = await context.store.read(type, id)
    if (wanted !== undefined) requireVersion(current, wanted, type, id)
    requirePresent(current, `${type}/${id}`)
    const respond = (version: Version): FhirResponse => ({
      status: 200,
      headers: versionHeaders(version),
      body: metaText(version.text!),
    })
    const incoming = changed(current.text, given, by)
    if (incoming === undefined)
      return { changes: [], assertions: [], respond: () => respond(current) }
    await requireValid(incoming.plain, context)
    const judged = await judgeFrom(current, { type, id }, incoming.plain, context)
    const content = await toContent(incoming, id, context, judged)
    return {
      changes: [{ kind: 'put', type, id, method: 'PUT', content, ifVersion: current.version }],
      assertions: judged.assertions,
      respond: ([applied]) => respond(applied!.current!),
    }
  }, context)
}

/** The one parameter `meta`. @throws Failure 400 without it, 422 for one that is no Meta */
function givenMeta(request: FhirRequest, context: Context): Meta {
  const { plain, exact } = parseBoth(resourceText(request.body)) as Incoming
  const issues = context.validator.validate(plain)
  if (plain.resourceType !== 'Parameters')
    throw fail('malformed', 'The body must be Parameters with a parameter "meta"', 'resourceType')
  if (issues.some((i) => i.severity === 'error' || i.severity === 'fatal'))
    throw new Failure('invalid', issues)
  const found = parametersOf(exact).find((p) => p.name === 'meta')?.valueMeta
  if (found === undefined)
    throw fail(
      'malformed',
      'The Parameters have no parameter "meta" with a valueMeta',
      'Parameters.parameter',
      'required',
    )
  return found as Meta
}

const LISTS = ['profile', 'security', 'tag'] as const

/** The resource with its meta changed; undefined when that changes nothing. */
function changed(text: string, given: Meta, by: Change): Incoming | undefined {
  const exact = parseLossless(text) as Resource
  const meta: Meta = { ...exact.meta }
  let isChanged = false
  for (const list of LISTS) {
    const before: readonly unknown[] = meta[list] ?? []
    const after = by(before, given[list] ?? [])
    if (after.length === before.length) continue
    isChanged = true
    if (after.length === 0) delete meta[list]
    else meta[list] = after as string[]
  }
  if (!isChanged) return undefined
  const incoming: Resource = { ...exact, meta }
  return { exact: incoming, plain: parseJson(stringify(incoming)) as Resource }
}

function add(items: readonly unknown[], given: readonly unknown[]): readonly unknown[] {
  const known = new Set(items.map(keyOf))
  const added = given.filter((item) => {
    const isNew = !known.has(keyOf(item))
    known.add(keyOf(item))
    return isNew
  })
  return [...items, ...added]
}

const remove: Change = (items, given) => {
  const gone = new Set(given.map(keyOf))
  return items.filter((item) => !gone.has(keyOf(item)))
}

function metaText(text: string): string {
  const { meta: valueMeta } = parseLossless(text) as Resource
  return stringify({ resourceType: 'Parameters', parameter: [{ name: 'return', valueMeta }] })
}
