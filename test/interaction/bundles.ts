// Bundles for scenarios, written briefly: a request line, and what goes with it.
import type { Answer, TestServer } from '../support/server.ts'

export type TestEntry = {
  readonly fullUrl?: string
  readonly resource?: unknown
  readonly request?: Readonly<Record<string, unknown>>
}

/** An entry from `POST Patient`; `more` are further elements of the entry, `request` those of its request. */
export function entry(
  line: string,
  resource?: unknown,
  more: { fullUrl?: string } & Record<string, unknown> = {},
): TestEntry {
  const [method, url = ''] = line.split(/ (.*)/s)
  const { fullUrl, ...request } = more
  return {
    ...(fullUrl === undefined ? {} : { fullUrl }),
    ...(resource === undefined ? {} : { resource }),
    request: { method, url, ...request },
  }
}

export const bundleOf = (type: string, entries: readonly TestEntry[]) => ({
  resourceType: 'Bundle',
  type,
  ...(entries.length === 0 ? {} : { entry: entries }),
})

/** Most scenarios look at what was written; without this an answer tells of it only. */
const WHOLE = { prefer: 'return=representation' }

/** Post a Bundle to the base. */
export const transact = (
  server: TestServer,
  entries: readonly TestEntry[],
  headers: Record<string, string> = {},
): Promise<Answer> =>
  server.send('POST', '', bundleOf('transaction', entries), { ...WHOLE, ...headers })

export const sendBatch = (
  server: TestServer,
  entries: readonly TestEntry[],
  headers: Record<string, string> = {},
): Promise<Answer> => server.send('POST', '', bundleOf('batch', entries), { ...WHOLE, ...headers })

/** `201 Created`, … of each entry of an answer. */
export const statuses = (answer: Answer): string[] =>
  (answer.body?.entry ?? []).map((e: any) => e.response.status)

/** `Patient/1` from the location in an answer's entry. */
export const locationOf = (answer: Answer, index: number): string =>
  /(\w+\/[\w.-]+)\/_history\/\d+$/.exec(answer.body.entry[index].response.location as string)![1]!

let count = 0

/** A name that no other test uses. */
export const unique = (): string => `t${Date.now().toString(36)}${++count}`

export const patient = (value: string, more: object = {}) => ({
  resourceType: 'Patient',
  identifier: [{ system: 'urn:test', value }],
  ...more,
})

export const observation = (more: object = {}) => ({
  resourceType: 'Observation',
  status: 'final',
  code: { text: 'x' },
  ...more,
})

/** How many versions of anything the server holds: unchanged when nothing was written. */
export const versions = async (server: TestServer): Promise<number> => {
  const page = await server.context.store.history({ count: 100_000 })
  return page.total ?? page.versions.length
}

/** How many resources of a type have the identifier. */
export async function countOf(server: TestServer, type: string, value: string): Promise<number> {
  const { body } = await server.send('GET', `/${type}?identifier=urn:test|${value}&_summary=count`)
  return body.total as number
}
