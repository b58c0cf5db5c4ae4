// A resource as it came → the Content that a store keeps, checked and indexed.
// https://hl7.org/fhir/R4/resource.html#Meta: versionId and lastUpdated are the server's.
// Must not change anything but id, versionId and lastUpdated.
import type { Context } from '../context.ts'
import { withCustody } from '../consent/custody.ts'
import { fail, Failure } from '../errors.ts'
import { stringify } from '../fhir/json.ts'
import { parsingBoth } from '../fhir/json-pieces.ts'
import { MAX_ENTRIES } from '../fhir/limits.ts'
import type { Body, Meta, Resource } from '../fhir/message.ts'
import type { Content } from '../store/store.ts'
import { withOwner } from '../subscription/owner.ts'
import { inSlices } from '../turn.ts'
import { message } from '../words/message.ts'
import type { Judged } from './rule.ts'

/** Media types that hold a resource, once http/ has turned XML into JSON. */
const RESOURCE_TYPES = new Set(['application/fhir+json', 'application/json', 'text/json'])

/** The JSON text of the resource in a body. @throws Failure 400 without one, 415 for another media type */
export function resourceText(body: Body | undefined): string {
  if (body === undefined || body.text.trim() === '')
    throw fail('malformed', message('body-missing'))
  if (!RESOURCE_TYPES.has(body.type))
    throw fail('media-type', message('media-type', { found: body.type }))
  return body.text
}

/**
 * A resource in its two readings: `plain` (JavaScript numbers) to look into, `exact` (digits kept) to write out; often one
 * and the same value, so nobody changes either.
 */
export type Incoming = { readonly plain: Resource; readonly exact: Resource }

/**
 * Parse a resource of a type.
 * @param type undefined = any
 * @throws Failure 400 for what isn't JSON or another type than asked for
 */
export async function readResource(
  text: string,
  type: string | undefined,
  context: Context,
): Promise<Incoming> {
  const { plain, exact } = (await inSlices(parsingBoth(text))) as Incoming
  requireType(plain, type, context)
  return { plain, exact }
}

/** @throws Failure 400 when a value is no resource of the type */
export function requireType(value: Resource, type: string | undefined, context: Context): void {
  const found = value.resourceType as unknown
  if (typeof found !== 'string' || !context.definitions.isResourceType(found))
    throw fail(
      'malformed',
      found === undefined
        ? message('body-untyped')
        : message('type-unknown', { type: JSON.stringify(found) }),
      'resourceType',
    )
  if (type !== undefined && found !== type)
    throw fail('malformed', message('body-type', { found, type }), found)
}

/**
 * Issues that forbid to store the resource: of structure, of R4's own rules, of the profiles that it declares and of
 * those that this server asks for; and what this server can do. @throws Failure 422 with all of them
 */
export async function requireValid(plain: Resource, context: Context): Promise<void> {
  const { validator, config } = context
  const profiles = config.requiredProfiles.get(plain.resourceType) ?? []
  const issues = await validator.check(plain, { profiles, storing: true })
  if (issues.some((i) => i.severity === 'error' || i.severity === 'fatal'))
    throw new Failure('invalid', issues)
  const refusals = context.refusals(plain)
  if (refusals.length > 0) throw new Failure('invalid', refusals)
}

/**
 * What the store keeps of a valid resource, with whose it is.
 * @param id the one it will have
 * @param judged what a rule says of whose it is
 * @throws Failure 413 for one with more to find than an index should hold
 */
export async function toContent(
  incoming: Incoming,
  id: string,
  context: Pick<Context, 'extracting' | 'access'>,
  judged?: Pick<Judged, 'custody' | 'recipients'>,
): Promise<Content> {
  const { plain, exact } = kept(incoming, id, context, judged)
  // The rest operators copy shallowly: the incoming value stays as it was.
  const { resourceType, id: _id, meta, ...others } = exact
  const { versionId, lastUpdated, ...metaOthers } = meta ?? {}
  const entries = await inSlices(context.extracting(plain))
  if (entries.length > MAX_ENTRIES)
    throw fail(
      'too-large',
      `A resource may have ${MAX_ENTRIES} values to search for; this one has ${entries.length}`,
      resourceType,
    )
  return {
    metaRest: members(metaOthers, ''),
    rest: members(others, '}'),
    entries,
  }
}

/** As it will be read: its own id, its custodian, and whom it is made for. */
function kept(
  { plain, exact }: Incoming,
  id: string,
  { access }: Pick<Context, 'access'>,
  { custody = access?.custody, recipients }: Pick<Judged, 'custody' | 'recipients'> = {},
): Incoming {
  if (access === undefined || custody === undefined)
    return plain.id === id ? { plain, exact } : { plain: { ...plain, id }, exact }
  const own = (meta: Meta | undefined): Meta => {
    const tagged = withCustody(meta, custody, recipients)
    return plain.resourceType === 'Subscription' ? withOwner(tagged, access.principal) : tagged
  }
  return {
    plain: { ...plain, id, meta: own(plain.meta) },
    exact: { ...exact, meta: own(exact.meta) },
  }
}

/** `,"a":1,"b":2` + `end` of an object's members. */
function members(object: object, end: string): string {
  const text = stringify(object)
  return text === '{}' ? end : `,${text.slice(1, -1)}${end}`
}
