// A record → the items that are sent and that fail one by one: a resource, or a Bundle that must stay whole.
// https://hl7.org/fhir/R4/bundle.html
// Must not change a resource: its text is sent with the digits that it came with.
import { Failure, fail, type Issue } from '../../errors.ts'
import { parseJson, parseLossless, stringify } from '../../fhir/json.ts'
import { isId } from '../../interaction/id.ts'
import type { Record } from './record.ts'

/** Where an item stands: the line (1 for a document that is no NDJSON) and the index in its Bundle. */
export type Position = { readonly line: number; readonly entry?: number }

/** Where to go on: a line, and how many of its items are done. */
export type Next = { readonly line: number; readonly item: number }

export type Item = {
  readonly at: Position
  /** What comes after it. */
  readonly next: Next
  /** JSON text as it came: a resource, a Bundle, or what could not be read. */
  readonly text: string
  /** `entry`: a resource that may share a transaction with others; `bundle`: sent alone. */
  readonly kind: 'entry' | 'bundle' | 'unreadable'
  /** Text of a Bundle entry, or of a Bundle. */
  readonly send: string
  /** What it writes, as in `Patient/p1`: two items with a key in common must not be sent at the same time. */
  readonly keys: readonly string[]
  /** Resources in it. */
  readonly count: number
  readonly issues: readonly Issue[]
}

type Loose = { readonly [element: string]: unknown }

type Entry = {
  readonly fullUrl?: unknown
  readonly resource?: Loose
  readonly search?: { readonly mode?: unknown }
  readonly request?: { readonly url?: unknown; readonly ifNoneExist?: unknown }
}

/** The items of a record, in the order in which they must be written. */
export function itemsOf({ line, text }: Record): readonly Item[] {
  try {
    if (text === undefined) throw fail('malformed', 'It is not UTF-8 text')
    const items = read(text, { line })
    return items.map((item, i) =>
      i + 1 < items.length ? { ...item, next: { line, item: i + 1 } } : item,
    )
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return [unreadable(line, text ?? '', error.issues)]
  }
}

/** What stands for a record, or the rest of a source, that can't be read. */
export const unreadable = (line: number, text: string, issues: readonly Issue[]): Item => ({
  ...bare({ line }, text),
  kind: 'unreadable',
  count: 1,
  issues,
})

const bare = (at: Position, text: string): Item => ({
  at,
  next: { line: at.line + 1, item: 0 },
  text,
  kind: 'entry',
  send: '',
  keys: [],
  count: 0,
  issues: [],
})

function read(text: string, at: Position): readonly Item[] {
  const value = parseJson(text) as Loose
  const type = value.resourceType
  // A line of a file of failures: what it holds is tried again.
  if (type === undefined && typeof value.source === 'string' && isObject(value.resource))
    return read(stringify((parseLossless(text) as Loose).resource), at)
  if (typeof type !== 'string' || !/^[A-Z][A-Za-z]+$/.test(type))
    throw fail('malformed', 'It has no "resourceType"; a FHIR resource names its type there')
  if (type !== 'Bundle') return [resourceItem(value, text, at)]
  if (value.type === 'transaction' || value.type === 'batch')
    return [wholeBundle(entriesOf(value), text, text, at)]
  return looseEntries(value, text, at)
}

function resourceItem(resource: Loose, text: string, at: Position): Item {
  const type = String(resource.resourceType)
  const url = typeof resource.id === 'string' && isId(resource.id) ? `${type}/${resource.id}` : type
  const method = url === type ? 'POST' : 'PUT'
  return {
    ...bare(at, text),
    send: `{"resource":${text},"request":{"method":"${method}","url":"${url}"}}`,
    keys: method === 'PUT' ? [url] : [],
    count: 1,
  }
}

function wholeBundle(entries: readonly Entry[], text: string, send: string, at: Position): Item {
  const keys = entries.flatMap(({ request }) =>
    [request?.url, request?.ifNoneExist].filter(
      (key): key is string => typeof key === 'string' && /[/?=]/.test(key),
    ),
  )
  const count = entries.filter((e) => e.resource !== undefined).length
  return { ...bare(at, text), kind: 'bundle', send, keys, count }
}

/** The resources of a collection, searchset, history or document, each as an entry of its own. */
function looseEntries(bundle: Loose, text: string, at: Position): readonly Item[] {
  const exact = entriesOf(parseLossless(text) as Loose)
  const items: Item[] = []
  entriesOf(bundle).forEach((entry, index) => {
    if (entry.resource === undefined || entry.search?.mode === 'outcome') return
    items.push(
      resourceItem(entry.resource, stringify(exact[index]?.resource), { ...at, entry: index }),
    )
  })
  // Newest first: the oldest has to be written first.
  if (bundle.type === 'history') items.reverse()
  return isLinked(exact, text) ? [linkedBundle(exact, items, text, at)] : items
}

/** Whether entries refer to one another by URNs, which only a transaction resolves. */
const isLinked = (entries: readonly Entry[], text: string): boolean =>
  /"reference"\s*:\s*"urn:/.test(text) &&
  entries.some((e) => typeof e.fullUrl === 'string' && e.fullUrl.startsWith('urn:'))

function linkedBundle(
  entries: readonly Entry[],
  items: readonly Item[],
  text: string,
  at: Position,
): Item {
  const sends = items.map((item) => {
    const fullUrl = entries[item.at.entry ?? 0]?.fullUrl
    return typeof fullUrl === 'string'
      ? `{"fullUrl":${stringify(fullUrl)},${item.send.slice(1)}`
      : item.send
  })
  return {
    ...bare(at, text),
    kind: 'bundle',
    send: transaction(sends),
    keys: items.flatMap((i) => i.keys),
    count: items.length,
  }
}

/** Text of a transaction Bundle of entries that are text already. */
export const transaction = (entries: readonly string[]): string =>
  `{"resourceType":"Bundle","type":"transaction","entry":[${entries.join(',')}]}`

/** @throws Failure when the entries are none */
function entriesOf(bundle: Loose): readonly Entry[] {
  const entries = bundle.entry ?? []
  if (!Array.isArray(entries) || !entries.every(isEntry))
    throw fail('malformed', 'The entries of the Bundle are not a list of objects', 'Bundle.entry')
  return entries
}

const isObject = (value: unknown): value is Loose =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isEntry = (value: unknown): value is Entry =>
  isObject(value) && (value.resource === undefined || isObject(value.resource))
