// Requests of callers from several organisations, through the door that all requests take.
import type { Principal, Role } from '../../src/auth/principal.ts'
import { parseScopes } from '../../src/auth/scope.ts'
import type { Context } from '../../src/context.ts'
import { Failure } from '../../src/errors.ts'
import type { FhirRequest, Method } from '../../src/fhir/message.ts'
import { outcomeText } from '../../src/fhir/outcome.ts'
import { readQuery } from '../../src/fhir/query.ts'
import { handle } from '../../src/handle.ts'

export const caller = (organization: string, ...roles: Role[]): Principal => ({
  client: `client-of-${organization}`,
  organization,
  roles: roles.length === 0 ? ['system'] : roles,
  purpose: 'TREAT',
  scopes: parseScopes('system/*.cruds'),
})

export type Asked = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
  readonly body: any
}

/**
 * Answer a request such as `GET Patient/p1?_summary=true`, by the base or behind it.
 * @param body a resource, or a form as text
 */
export async function ask(
  context: Context,
  principal: Principal | undefined,
  line: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Asked> {
  const [method, url = ''] = line.split(/ (.*)/s) as [Method, string?]
  const local = url.startsWith(context.baseUrl) ? url.slice(context.baseUrl.length) : url
  const [path = '', query = ''] = local.split(/\?(.*)/s)
  const isForm = typeof body === 'string'
  const type = Array.isArray(body) ? 'application/json-patch+json' : 'application/fhir+json'
  const request: FhirRequest = {
    method,
    path: path.split('/').filter(Boolean).map(decodeURIComponent),
    query: isForm ? readQuery(body) : readQuery(query),
    headers,
    body: body === undefined || isForm ? undefined : { type, text: JSON.stringify(body) },
    ...(principal === undefined ? {} : { principal }),
  }
  try {
    const answer = await handle(request, context)
    const text = answer.body ?? ''
    return { ...answer, text, body: text === '' ? undefined : JSON.parse(text) }
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    const text = outcomeText(error.issues, headers['accept-language'])
    return { status: error.status, headers: error.headers, text, body: JSON.parse(text) }
  }
}
