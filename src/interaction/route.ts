// Which interaction or operation a method and a path mean, https://hl7.org/fhir/R4/http.html#summary
// Must not look into bodies or queries beyond telling a conditional interaction from one on an id.
import type { Context } from '../context.ts'
import { fail, Failure, issueOf } from '../errors.ts'
import type { FhirRequest, FhirResponse, Method } from '../fhir/message.ts'
import { operations, type Level } from '../operation/operations.ts'
import { bundle } from './bundle.ts'
import { capabilities } from './capabilities.ts'
import { prepareCreate } from './create.ts'
import { prepareConditionalDelete, prepareDelete } from './delete.ts'
import { history } from './history.ts'
import { links } from './links.ts'
import { isId } from './id.ts'
import { requireScopes } from './needs.ts'
import { prepareConditionalPatch, preparePatch } from './patch.ts'
import { read } from './read.ts'
import { compartmentSearch, search } from './search.ts'
import { prepareConditionalUpdate, prepareUpdate } from './update.ts'
import { vread } from './vread.ts'
import { write, type Prepare } from './write.ts'
import { message } from '../words/message.ts'

export type Interaction = (request: FhirRequest, context: Context) => Promise<FhirResponse>

type Methods = Partial<Record<Method, Interaction>>

/** A write as an interaction of its own; a transaction takes the preparation alone (see `writeOf`). */
const writing =
  (prepare: Prepare): Interaction =>
  (request, context) =>
    write(() => prepare(request, context), context)

const WRITES = {
  type: {
    POST: prepareCreate,
    PUT: prepareConditionalUpdate,
    PATCH: prepareConditionalPatch,
    DELETE: prepareConditionalDelete,
  },
  instance: { PUT: prepareUpdate, PATCH: preparePatch, DELETE: prepareDelete },
} as const

const SYSTEM: Methods = { GET: links, POST: bundle }
const SYSTEM_SEARCH: Methods = { GET: search }
const METADATA: Methods = { GET: capabilities }
const SEARCH_FORM: Methods = { POST: search }
const HISTORY: Methods = { GET: history }
const VREAD: Methods = { GET: vread }
const COMPARTMENT: Methods = { GET: compartmentSearch }
const COMPARTMENT_FORM: Methods = { POST: compartmentSearch }
const TYPE: Methods = {
  GET: search,
  POST: writing(WRITES.type.POST),
  PUT: writing(WRITES.type.PUT),
  PATCH: writing(WRITES.type.PATCH),
  DELETE: writing(WRITES.type.DELETE),
}
const INSTANCE: Methods = {
  GET: read,
  PUT: writing(WRITES.instance.PUT),
  PATCH: writing(WRITES.instance.PATCH),
  DELETE: writing(WRITES.instance.DELETE),
}

/**
 * The interaction that a request asks for.
 * @throws Failure 404 for a path that is none, 405 with `Allow` for a method that the path doesn't know, 403 when the
 *   caller's scopes don't allow it
 */
export function route(request: FhirRequest, context: Context): Interaction {
  const methods = methodsOf(request, context)
  const method = request.method === 'HEAD' ? 'GET' : request.method
  const interaction = methods[method]
  if (interaction !== undefined) {
    if (request.principal !== undefined) requireScopes(request, request.principal)
    return interaction
  }
  const allowed = Object.keys(methods).flatMap((m) => (m === 'GET' ? ['GET', 'HEAD'] : [m]))
  const allow = allowed.join(', ')
  const params = { method: request.method, place: `/${request.path.join('/')}`, allowed: allow }
  const issue = issueOf('error', 'not-supported', message('method', params))
  throw new Failure('method-not-allowed', [issue], { allow })
}

/** The preparation of a write, for an entry of a transaction; undefined when the request is no write. */
export function writeOf({ method, path }: FhirRequest): Prepare | undefined {
  // `$validate` and `_search` are posted too, but store nothing by themselves.
  if (/^[$_]/.test(path.at(-1) ?? '')) return undefined
  if (path.length === 1) return (WRITES.type as Partial<Record<Method, Prepare>>)[method]
  if (path.length === 2) return (WRITES.instance as Partial<Record<Method, Prepare>>)[method]
  return undefined
}

function methodsOf(request: FhirRequest, context: Context): Methods {
  const { path } = request
  const [first, second, third, fourth] = path
  if (first === undefined)
    return request.method !== 'POST' && isSearch(request) ? SYSTEM_SEARCH : SYSTEM
  const last = path.at(-1)!
  if (last.startsWith('$')) return operationMethods(path.slice(0, -1), last, context)
  if (first === 'metadata' && path.length === 1) return METADATA
  if (first === '_history' && path.length === 1) return HISTORY
  if (first === '_search' && path.length === 1) return SEARCH_FORM

  requireResourceType(first, context)
  if (second === undefined) return TYPE
  if (second === '_search' && path.length === 2) return SEARCH_FORM
  if (second === '_history' && path.length === 2) return HISTORY
  requireId(second)
  if (third === undefined) return INSTANCE
  if (third === '_history') {
    if (path.length === 3) return HISTORY
    if (path.length === 4) return VREAD
  } else if (context.definitions.compartments.has(first)) {
    if (third !== '*') requireResourceType(third, context)
    if (path.length === 3) return COMPARTMENT
    if (path.length === 4 && fourth === '_search') return COMPARTMENT_FORM
  }
  throw fail('not-found', `There is nothing at /${path.join('/')}`)
}

function operationMethods(target: readonly string[], name: string, context: Context): Methods {
  if (target[0] !== undefined) requireResourceType(target[0], context)
  if (target[1] !== undefined) requireId(target[1])
  const level = LEVELS[target.length]
  if (level === undefined || (target.length > 2 && target[2] !== '_history'))
    throw fail('not-found', `There is nothing at /${[...target, name].join('/')}`)
  const operation = operations.find(
    (o) =>
      `$${o.name}` === name &&
      o.levels.includes(level) &&
      (o.type === undefined || level === 'system' || o.type === target[0]),
  )
  if (operation === undefined) {
    const place = { system: '/', type: `/${target[0]}` }[level as string] ?? `/${target[0]}/[id]`
    throw fail('not-found', message('operation-unknown', { operation: name, place }))
  }
  return operation.methods
}

const LEVELS: readonly (Level | undefined)[] = ['system', 'type', 'instance', undefined, 'version']

function requireResourceType(name: string, context: Context): void {
  if (!context.definitions.isResourceType(name))
    throw fail(
      'not-found',
      message('type-unknown', { type: `"${name}"` }),
      undefined,
      'not-supported',
    )
}

function requireId(text: string): void {
  if (!isId(text))
    throw fail('malformed', message('id-form', { found: text }), 'Resource.id', 'value')
}

/** Whether a GET of the base is a search: it has a parameter that isn't about the form of the answer. */
const isSearch = ({ query }: FhirRequest): boolean =>
  query.some(([name]) => name !== '_format' && name !== '_pretty')
