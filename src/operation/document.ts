// Composition/$document: a Bundle of the Composition and of all that it refers to, to be handed on as a whole.
// https://hl7.org/fhir/R4/composition-operation-document.html and documents.html#bundle
// Must not give a document with a gap: who reads it elsewhere can't look up what is missing.
import { randomUUID } from 'node:crypto'
import type { Context } from '../context.ts'
import { fail, Failure, type Issue } from '../errors.ts'
import { parseJson } from '../fhir/json.ts'
import { MAX_ANSWER_LENGTH } from '../fhir/limits.ts'
import type { FhirRequest, FhirResponse, Resource } from '../fhir/message.ts'
import { localReferences } from '../interaction/reference-check.ts'
import { requirePresent } from '../interaction/read.ts'
import { shown } from '../search/emit.ts'
import type { Version } from '../store/store.ts'
import { queryOf } from './input.ts'

const KNOWN = ['persist', '_format', '_pretty']

/**
 * `GET|POST [base]/Composition/[id]/$document`.
 * @throws Failure 404 and 410 for what isn't there, 422 that names references which lead nowhere
 */
export async function document(request: FhirRequest, context: Context): Promise<FhirResponse> {
  for (const [name, value] of queryOf(request, context)) {
    if (!KNOWN.includes(name))
      throw fail('parameter', `$document knows persist, not ${shown(name)}`, name.slice(0, 100))
    if (name === 'persist' && value !== 'false')
      throw fail(
        'unsupported',
        'persist must be false: post the document to Bundle to keep it',
        name,
      )
  }
  const { store, config } = context
  const id = request.path[1]!
  const composition = await store.read('Composition', id)
  requirePresent(composition, `Composition/${id}`)
  const named = localReferences(parseJson(composition.text) as Resource, context)
  if (named.length > config.maxBundleEntries)
    throw fail('too-costly', `A document may refer to ${config.maxBundleEntries} resources`)
  const others = new Map<string, Version | undefined>()
  for (const one of named) others.set(keyOf(one), undefined)
  others.delete(`Composition/${id}`)
  for (const one of await store.readMany([...others.keys()].map(partsOf)))
    others.set(keyOf(one), one)
  const issues = named
    .filter((one) => others.has(keyOf(one)) && others.get(keyOf(one)) === undefined)
    .map((one): Issue => ({
      severity: 'error',
      code: 'not-found',
      diagnostics: `There is no ${keyOf(one)} here, and a document has all that it refers to`,
      expression: [one.expression],
    }))
  if (issues.length > 0) throw new Failure('invalid', issues)
  const all = [composition, ...(others.values() as Iterable<Version>)]
  if (all.reduce((sum, { text }) => sum + text!.length, 0) > MAX_ANSWER_LENGTH)
    throw fail('too-costly', `A document may have ${MAX_ANSWER_LENGTH} characters`)
  return { status: 200, headers: {}, body: bodyOf(all, context) }
}

const keyOf = ({ type, id }: { type: string; id: string }): string => `${type}/${id}`

const partsOf = (reference: string): { type: string; id: string } => {
  const [type, id] = reference.split('/') as [string, string]
  return { type, id }
}

/** Resources as they are stored, none of them parsed. */
function bodyOf(resources: readonly Version[], { baseUrl }: Context): string {
  const identifier = { system: 'urn:ietf:rfc:3986', value: `urn:uuid:${randomUUID()}` }
  const head = JSON.stringify({
    resourceType: 'Bundle',
    identifier,
    type: 'document',
    timestamp: new Date().toISOString(),
  })
  const entries = resources.map(
    ({ type, id, text }) =>
      `{"fullUrl":${JSON.stringify(`${baseUrl}/${type}/${id}`)},"resource":${text!}}`,
  )
  return `${head.slice(0, -1)},"entry":[${entries.join(',')}]}`
}
