// References must resolve, when a deployment wants it (REFERENCES=enforce); https://hl7.org/fhir/R4/references.html
// Must not be asked on the way of a default deployment: records arrive out of order.
import type { Context } from '../context.ts'
import { Failure, issueOf } from '../errors.ts'
import type { Resource } from '../fhir/message.ts'
import { message } from '../words/message.ts'
import { ALONE, type Beside } from './rule.ts'

/** @throws Failure 422 naming each local reference whose target is not here, nor written by the same commit */
export async function requireReferences(
  resource: Resource,
  context: Context,
  beside: Beside = ALONE,
): Promise<void> {
  if (context.config.references === 'accept') return
  const found = localReferences(resource, context)
  const itself = `${resource.resourceType}/${resource.id}`
  const wanted = found.filter(({ type, id }) => {
    const target = `${type}/${id}`
    return target !== itself && !beside.has(target)
  })
  if (wanted.length === 0) return
  const present = new Set((await context.store.readMany(wanted)).map((v) => `${v.type}/${v.id}`))
  const issues = wanted
    .filter((f) => !present.has(`${f.type}/${f.id}`))
    .map(({ type, id, expression }) =>
      issueOf(
        'error',
        'not-found',
        message('reference-absent', { found: `${type}/${id}` }),
        expression,
      ),
    )
  if (issues.length > 0) throw new Failure('invalid', issues)
}

export type LocalReference = {
  readonly type: string
  readonly id: string
  readonly expression: string
}

/** References of the form `Type/id` (or absolute under our base) anywhere in a resource. */
export function localReferences(resource: Resource, context: Context): LocalReference[] {
  const found: LocalReference[] = []
  const visit = (value: unknown, at: string): void => {
    if (Array.isArray(value)) value.forEach((v, i) => visit(v, `${at}[${i}]`))
    else if (typeof value === 'object' && value !== null)
      for (const [name, v] of Object.entries(value)) {
        if (name === 'reference' && typeof v === 'string') {
          const local = v.startsWith(context.baseUrl + '/')
            ? v.slice(context.baseUrl.length + 1)
            : v
          const [type, id, ...rest] = local.split('/')
          if (type !== undefined && id !== undefined && context.definitions.isResourceType(type))
            if (rest.length === 0 || rest[0] === '_history')
              found.push({ type, id, expression: `${at}.reference` })
        } else visit(v, `${at}.${name}`)
      }
  }
  visit(resource, resource.resourceType)
  return found
}
