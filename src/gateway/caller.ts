// Whose name the gateway works in, and how it asks: through the same door as everybody (handle.ts).
// Must not reach beneath what its caller may see.
import type { Principal } from '../auth/principal.ts'
import type { Context } from '../context.ts'
import type { FhirRequest, Origin, Query, Resource } from '../fhir/message.ts'
import { handle } from '../handle.ts'
import { CUSTODIAN_SYSTEM } from '../search/record.ts'

/** `principal`: absent in open mode. */
export type Caller = { readonly principal?: Principal; readonly from?: Origin }

export type Door = {
  /** Id of the caller's organisation; undefined in open mode. */
  readonly organization: string | undefined
  /** Of its own record: resources that a search finds, at most so many. */
  search(type: string, query: Query, most: number): Promise<readonly Resource[]>
  /** How many there are. */
  count(type: string, query: Query): Promise<number>
  post(path: readonly string[], resource: object | string, ifNoneExist?: string): Promise<Resource>
}

export function doorOf({ principal, from }: Caller, context: Context): Door {
  const ask = async (request: Omit<FhirRequest, 'principal' | 'from'>): Promise<Resource> => {
    const { body } = await handle(
      {
        ...request,
        ...(principal === undefined ? {} : { principal }),
        ...(from === undefined ? {} : { from }),
      },
      context,
    )
    return JSON.parse(body ?? '{}') as Resource
  }
  const organization = principal?.organization
  const own: Query =
    organization === undefined ? [] : [['_tag', `${CUSTODIAN_SYSTEM}|${organization}`]]
  const find = (type: string, query: Query): Promise<Resource> =>
    ask({
      method: 'GET',
      path: [type],
      query: [...query, ...own],
      headers: { prefer: 'handling=strict' },
      body: undefined,
    })
  return {
    organization,
    search: async (type, query, most) => {
      const { entry = [] } = (await find(type, [...query, ['_count', String(most)]])) as {
        entry?: { resource: Resource; search?: { mode?: string } }[]
      } & Resource
      return entry.filter(({ search }) => search?.mode !== 'outcome').map((one) => one.resource)
    },
    count: async (type, query) =>
      (await find(type, [...query, ['_summary', 'count']]))['total'] as number,
    post: (path, resource, ifNoneExist) =>
      ask({
        method: 'POST',
        path,
        query: [],
        headers: {
          prefer: 'return=representation',
          ...(ifNoneExist === undefined ? {} : { 'if-none-exist': condition(ifNoneExist, own) }),
        },
        body: {
          type: 'application/fhir+json',
          text: typeof resource === 'string' ? resource : JSON.stringify(resource),
        },
      }),
  }
}

/** A condition on what is the caller's own. */
const condition = (query: string, own: Query): string =>
  [query, ...own.map(([name, value]) => `${name}=${encodeURIComponent(value)}`)].join('&')

/** `identifier=system|value`, as a condition or part of a URL. */
export const identified = (
  { system, value }: { readonly system: string; readonly value: string },
  parameter = 'identifier',
): string => `${parameter}=${encodeURIComponent(tokenOf({ system, value }))}`

/** `system|value` as a search has it. */
export const tokenOf = ({
  system,
  value,
}: {
  readonly system: string
  readonly value: string
}): string => [system, value].map((part) => part.replace(/[\\$,|]/g, '\\$&')).join('|')

/** The same for a condition in a Bundle. */
export const ownCondition = (query: string, organization: string | undefined): string =>
  organization === undefined
    ? query
    : condition(query, [['_tag', `${CUSTODIAN_SYSTEM}|${organization}`]])
