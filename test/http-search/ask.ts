// Asks a server for a search and reads the answer, checking what holds of every searchset.
// https://hl7.org/fhir/R4/bundle.html#searchset
import assert from 'node:assert/strict'
import type { TestServer } from '../support/server.ts'
import { RECORDS } from './records.ts'

export type Searchset = {
  readonly body: any
  /** Matches, in order. */
  readonly ids: readonly string[]
  readonly matches: readonly any[]
  /** `Type/id` of what is included, sorted. */
  readonly included: readonly string[]
  /** Resources of entries with search mode outcome. */
  readonly outcomes: readonly any[]
  readonly self: string
  readonly next: string | undefined
}

/** Store the records of these tests. */
export async function fill(server: TestServer): Promise<void> {
  const { status, text } = await server.send('POST', '', RECORDS)
  assert.equal(status, 200, text)
}

/** The first page of a search: a path and query behind the base, or a whole URL. */
export async function ask(
  server: TestServer,
  query: string,
  headers: Record<string, string> = {},
): Promise<Searchset> {
  return readSearchset(server, await server.send('GET', pathOf(server, query), undefined, headers))
}

/** Ids of all pages, in order. */
export async function idsOfAll(server: TestServer, query: string): Promise<string[]> {
  const ids: string[] = []
  let page = await ask(server, query)
  for (let pages = 1; ; pages++) {
    ids.push(...page.ids)
    if (page.next === undefined) return ids
    assert.ok(pages < 500, 'the pages have no end')
    page = await ask(server, page.next)
  }
}

const pathOf = (server: TestServer, query: string): string => {
  if (query.startsWith('http')) return query
  const text = query.replaceAll('{base}', server.base)
  return text.startsWith('?') ? text : `/${text}`
}

/** Read an answer as a searchset. */
export function readSearchset(
  server: TestServer,
  { status, body, text }: { status: number; body: any; text: string },
): Searchset {
  assert.equal(status, 200, text)
  assert.equal(body.resourceType, 'Bundle')
  assert.equal(body.type, 'searchset')
  const entries: any[] = body.entry ?? []
  const of = (mode: string): any[] =>
    entries.filter((e) => e.search.mode === mode).map((e) => e.resource)
  for (const { fullUrl, resource, search } of entries) {
    if (search.mode === 'outcome') assert.match(fullUrl, /^urn:uuid:[0-9a-f-]{36}$/)
    else assert.equal(fullUrl, `${server.base}/${resource.resourceType}/${resource.id}`)
  }
  // Only what https://www.rfc-editor.org/rfc/rfc3986#section-3.4 lets a query have: Java's URI takes nothing else.
  for (const { url } of body.link) assert.match(url, /^[\w.~!$&'()*+,;=:@/?%-]+$/)
  const link = (relation: string): string | undefined =>
    body.link.find((l: any) => l.relation === relation)?.url
  const matches = of('match')
  return {
    body,
    matches,
    ids: matches.map((r) => r.id),
    included: of('include')
      .map((r) => `${r.resourceType}/${r.id}`)
      .sort(),
    outcomes: of('outcome'),
    self: link('self')!,
    next: link('next'),
  }
}
