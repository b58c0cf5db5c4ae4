// Whether the log is what was written: every chain, every head, and the AuditEvents made of it. docs/audit.md
// Must not change anything, nor stop others: it reads page by page. Names the first entry that is wrong in each chain.
import type { Store, Version } from '../store/store.ts'
import type { Sealed, Tail } from '../store/trail.ts'
import { entryHash, NOTHING, rootOf } from './bytes.ts'
import { LOG_TAG } from './event.ts'
import { digestOf, headOf, statementOf, type Head, type Statement } from './head.ts'
import { knownIds, type Ids } from './id.ts'
import { isSigned, publicKeys, type PublicKey } from './key.ts'
import { entryText, idIn } from './make.ts'

/** What is wrong. `number`: of the entry, or of the last one that a head covers. */
export type Finding = {
  readonly kind: 'changed' | 'dropped' | 'inserted' | 'reordered' | 'head'
  readonly chain: string
  readonly number: number
  readonly message: string
}

export type Verified = {
  readonly chains: number
  readonly entries: number
  readonly heads: number
  /** The first of each chain, and of its AuditEvents; empty when all is well. */
  readonly findings: readonly Finding[]
}

export type VerifyOptions = {
  /** One chain only. */
  readonly chain?: string
  /** Only what was recorded then (ms); whole stretches between heads are looked at. */
  readonly since?: number
  readonly until?: number
  /** Heads that an outsider kept. */
  readonly kept?: readonly Head[]
  /** Hashes of heads that an outsider kept; for the whole log only. */
  readonly digests?: readonly string[]
  /** The only keys that are trusted, in the place of those that the store has. */
  readonly keys?: readonly PublicKey[]
  readonly onProgress?: (entries: number, of: number, chain: string) => void
}

export type Verifiable = Pick<Store, 'trail' | 'notes' | 'readMany' | 'search'>

const PAGE = 500

export async function verify(store: Verifiable, options: VerifyOptions = {}): Promise<Verified> {
  const { since, until, onProgress } = options
  const tails = await tailsOf(store, options)
  const pending = await pendingOf(store)
  const ids = await knownIds(store.notes)
  const keys = options.keys ?? (await publicKeys(store.notes))
  const of = tails.reduce((sum, { number }) => sum + number, 0)
  const tally = { chains: tails.length, entries: 0, heads: 0 }
  const findings: Finding[] = []
  const missing = new Set(options.digests)
  for (const tail of tails) {
    const kept = (options.kept ?? []).filter((head) => statementOf(head).chain === tail.chain)
    const heads = await headsOf(store, tail.chain, kept)
    const found = await verifyChain(
      { store, ids, tail, heads, keys, pending, since, until },
      () => {
        tally.entries++
        if (tally.entries % PAGE === 0) onProgress?.(tally.entries, of, tail.chain)
      },
    )
    tally.heads += heads.length
    for (const head of heads) missing.delete(digestOf(head))
    findings.push(...found)
  }
  findings.push(...(await lostChains(store, tails, options)))
  const isWhole = options.chain === undefined && since === undefined && until === undefined
  if (isWhole && missing.size > 0) findings.push(lostDigests(missing))
  if (isWhole && findings.length === 0) findings.push(...(await strays(store, tails, ids)))
  return { ...tally, findings: firstOfEach(findings) }
}

const lostDigests = (missing: ReadonlySet<string>): Finding => ({
  kind: 'head',
  chain: '',
  number: 0,
  message: `${missing.size} heads whose hashes were kept are not here (any more), so what they covered may be another; the first is ${[...missing][0]!}`,
})

/** What else is wrong with a chain may come of the same. */
function firstOfEach(findings: readonly Finding[]): readonly Finding[] {
  const known = new Set<string>()
  return findings.filter(({ chain }) => !known.has(chain) && known.add(chain))
}

/** Ends of the chains to look at, as they are now: what comes later is not looked at. */
async function tailsOf({ trail }: Verifiable, options: VerifyOptions): Promise<readonly Tail[]> {
  const { chain, until = Infinity } = options
  const tails: Tail[] = []
  for (let before: string | undefined; ;) {
    const page = await trail.tails(PAGE, before)
    tails.push(...page)
    before = page.at(-1)?.chain
    if (page.length < PAGE) break
  }
  return tails
    .filter((tail) => (chain === undefined ? beganAt(tail.chain) <= until : tail.chain === chain))
    .reverse()
}

/** When a chain began (ms). */
const beganAt = (chain: string): number => Number.parseInt(chain.slice(0, 9), 36)

const MOST_PENDING = 100_000

/** Ids of entries that have no AuditEvent yet. */
async function pendingOf({ trail }: Verifiable): Promise<ReadonlySet<string>> {
  const pending = await trail.pending(MOST_PENDING)
  return new Set(pending.map(({ text }) => idIn(text) ?? ''))
}

async function headsOf(
  { trail }: Verifiable,
  chain: string,
  kept: readonly Head[],
): Promise<readonly Head[]> {
  const heads: Head[] = [...kept]
  for (let from = 1; ;) {
    const page = await trail.heads(chain, from, PAGE)
    heads.push(...page.map(headOf))
    if (page.length < PAGE) break
    from = page.at(-1)!.number + 1
  }
  return heads.sort((a, b) => statementOf(a).to - statementOf(b).to)
}

type ToVerify = {
  readonly store: Verifiable
  readonly ids: Ids
  readonly tail: Tail
  readonly heads: readonly Head[]
  readonly keys: readonly PublicKey[]
  readonly pending: ReadonlySet<string>
  readonly since: number | undefined
  readonly until: number | undefined
}

/** The first thing that is wrong with a chain, and the first that is wrong with its AuditEvents. */
async function verifyChain(to: ToVerify, onEntry: () => void): Promise<readonly Finding[]> {
  const { store, ids, tail, heads, keys, pending, since, until } = to
  const { chain } = tail
  const statements: Statement[] = []
  for (const head of heads) {
    const wrong = wrongHead(head, keys)
    if (wrong !== undefined) return [wrong]
    statements.push(statementOf(head))
  }
  const start = statements.findLast(({ time }) => Date.parse(time) < (since ?? -Infinity))
  const end =
    until === undefined ? undefined : statements.find(({ time }) => Date.parse(time) > until)
  const last = end?.to ?? tail.number
  let previous = start?.hash ?? NOTHING
  let next = (start?.to ?? 0) + 1
  const hashes: string[] = []
  const first = next
  let wrongEvent: Finding | undefined
  const due = statements.filter(({ to }) => to >= first && (end === undefined || to <= end.to))
  let covered = next - 1
  for (;;) {
    const page = await store.trail.read(chain, next, PAGE)
    const some = page.filter(({ number }) => number <= last)
    for (const [i, entry] of some.entries()) {
      const wrong = wrongEntry(entry, next, previous, some[i + 1], ids)
      if (wrong !== undefined) return [wrong]
      hashes.push(entry.hash)
      previous = entry.hash
      next++
      onEntry()
    }
    wrongEvent ??= await wrongEvents(store, some, pending, ids)
    for (let head = due[0]; head !== undefined && head.to < next; head = due[0]) {
      due.shift()
      const wrong = wrongCover(head, covered, hashes, first)
      if (wrong !== undefined) return [await nameChanged(store, wrong, covered + 1, ids)]
      covered = Math.max(covered, head.to)
    }
    if (some.length < PAGE) break
  }
  const missing = wrongEvent === undefined ? due.at(-1) : undefined
  if (missing !== undefined)
    return [
      {
        kind: 'dropped',
        chain,
        number: next,
        message: `entries ${next} to ${missing.to} are missing at the end: a head of ${missing.time} covers them`,
      },
    ]
  const lostTie = first === 1 ? await lostTies(store, chain) : undefined
  return [wrongEvent, lostTie].filter((finding) => finding !== undefined)
}

function wrongHead(head: Head, keys: readonly PublicKey[]): Finding | undefined {
  const { chain, to: number, key } = statementOf(head)
  const known = keys.find(({ kid }) => kid === key)
  const message =
    known === undefined
      ? `the head up to entry ${number} is signed with a key that is not known here (${key})`
      : isSigned(head.statement, head.signature, known)
        ? undefined
        : `the signature of the head up to entry ${number} is not that of its text`
  return message === undefined ? undefined : { kind: 'head', chain, number, message }
}

/** @param following the entry that stands behind it */
function wrongEntry(
  entry: Sealed,
  number: number,
  previous: string,
  following: Sealed | undefined,
  ids: Ids,
): Finding | undefined {
  const { chain, text, hash } = entry
  const finding = (kind: Finding['kind'], message: string): Finding => ({
    kind,
    chain,
    number,
    message: `entry ${number} ${message}`,
  })
  if (entry.number !== number) return finding('dropped', `is missing; ${entry.number} follows`)
  const own = numberIn(entry, ids)
  const next = following === undefined ? undefined : numberIn(following, ids)
  if (own !== number) {
    if (next === number) return finding('reordered', `has changed places with ${own ?? 'another'}`)
    if (own === undefined) return finding('changed', 'was changed: it has not its id')
    return own > number
      ? finding('dropped', `is missing: ${own} stands in its place`)
      : finding('inserted', `was inserted: it says to be ${own}`)
  }
  if (entryHash(previous, text) === hash) return undefined
  return next === number
    ? finding('inserted', 'was inserted before the one that has its number')
    : finding('changed', 'was changed: its hash is another')
}

/** The number that the text of an entry says. */
function numberIn({ text, chain }: Sealed, ids: Ids): number | undefined {
  const place = ids.placeOf(idIn(text) ?? '')
  return place?.chain === chain ? place.number : undefined
}

/** @param first number of the first of the hashes */
function wrongCover(
  { chain, from, to, hash, root, time }: Statement,
  covered: number,
  hashes: readonly string[],
  first: number,
): Finding | undefined {
  const finding = (kind: Finding['kind'], message: string): Finding => ({
    kind,
    chain,
    number: to,
    message,
  })
  if (from > covered + 1)
    return finding(
      'head',
      `the head that covers the entries ${covered + 1} to ${from - 1} is missing`,
    )
  const message = `the entries ${covered + 1} to ${to} are not those that the head of ${time} was signed for`
  if (hashes[to - first] !== hash) return finding('changed', message)
  // One that begins before what was looked at is known by its last hash, which holds all before it.
  if (from < first) return undefined
  return rootOf(hashes.slice(from - first, to - first + 1)) === root
    ? undefined
    : finding('changed', message)
}

/** Who changed an entry and all hashes behind it may have left its AuditEvent as it was. */
async function nameChanged(
  store: Verifiable,
  wrong: Finding,
  from: number,
  ids: Ids,
): Promise<Finding> {
  if (wrong.kind !== 'changed') return wrong
  for (let at = from; at <= wrong.number; at += PAGE) {
    const page = await store.trail.read(wrong.chain, at, Math.min(PAGE, wrong.number - at + 1))
    const found = await wrongEvents(store, page, new Set(), ids)
    if (found !== undefined)
      return {
        ...wrong,
        number: found.number,
        message: `${wrong.message}; the first that is not as its AuditEvent is ${found.number}`,
      }
  }
  return wrong
}

/** The first of some entries whose AuditEvent isn't what it says. */
async function wrongEvents(
  store: Verifiable,
  entries: readonly Sealed[],
  pending: ReadonlySet<string>,
  ids: Ids,
): Promise<Finding | undefined> {
  const references = entries
    .map(({ chain, number }) => ({ type: 'AuditEvent', id: ids.idOf(chain, number) }))
    .filter(({ id }) => !pending.has(id))
  if (references.length === 0) return undefined
  const found = new Map((await store.readMany(references)).map((one) => [one.id, one]))
  for (const { chain, number, text } of entries) {
    const id = ids.idOf(chain, number)
    if (pending.has(id)) continue
    const version = found.get(id)
    const finding = (kind: Finding['kind'], message: string): Finding => ({
      kind,
      chain,
      number,
      message: `AuditEvent/${id} ${message}`,
    })
    if (version === undefined) return finding('dropped', 'is missing')
    if (entryText(version.text ?? '') !== text)
      return finding('changed', 'was changed: it is not what the entry says')
  }
  return undefined
}

/** Ends of other chains that the first entry of a chain names, and that are not there. */
async function lostTies(store: Verifiable, chain: string): Promise<Finding | undefined> {
  const [first] = await store.trail.read(chain, 1, 1)
  const ties = first?.text.matchAll(/"value":"([0-9a-z]{14})\/([0-9]+)\/([0-9a-f]{64})"/g) ?? []
  for (const [, name, number, hash] of ties) {
    const [entry] = await store.trail.read(name!, Number(number), 1)
    if (entry?.number === Number(number) && entry.hash === hash) continue
    const isThere = entry?.number === Number(number)
    return {
      kind: isThere ? 'changed' : 'dropped',
      chain: name!,
      number: Number(number),
      message: `entry ${number!} ${isThere ? 'is not the one' : 'is missing'} that the chain ${chain} names as the end of this one`,
    }
  }
  return undefined
}

/** Chains that have heads and nothing else. */
async function lostChains(
  { trail }: Verifiable,
  tails: readonly Tail[],
  { chain, since, until, kept = [] }: VerifyOptions,
): Promise<readonly Finding[]> {
  if (chain !== undefined || since !== undefined || until !== undefined) return []
  const known = new Set(tails.map((tail) => tail.chain))
  const heads = kept.map(statementOf)
  for (let before: string | undefined; ;) {
    const page = await trail.lastHeads(PAGE, before)
    heads.push(...page.map((one) => statementOf(headOf(one))))
    before = page.at(-1)?.chain
    if (page.length < PAGE) break
  }
  const lost = new Map<string, Finding>()
  for (const { chain: name, to, time } of heads)
    if (!known.has(name))
      lost.set(name, {
        kind: 'dropped',
        chain: name,
        number: 1,
        message: `the whole chain is missing: a head of ${time} covers its entries up to ${to}`,
      })
  return [...lost.values()]
}

/** AuditEvents that say they are of the log, and are of no entry. @param tails of chains that are whole */
async function strays(
  store: Verifiable,
  tails: readonly Tail[],
  ids: Ids,
): Promise<readonly Finding[]> {
  const ends = new Map(tails.map(({ chain, number }) => [chain, number]))
  const found: Finding[] = []
  for (let cursor: string | undefined; ;) {
    const page = await store.search({
      types: ['AuditEvent'],
      where: { kind: 'and', of: [] },
      sort: [],
      count: PAGE,
      ...(cursor === undefined ? {} : { cursor }),
      total: false,
      includes: [],
    })
    for (const version of page.matches) {
      const stray = await strayOf(store, version, ends, ids)
      if (stray !== undefined) found.push(stray)
    }
    if (page.next === undefined || found.length > MOST_STRAYS) break
    cursor = page.next
  }
  return found.sort((a, b) => (a.chain === b.chain ? a.number - b.number : 0))
}

/** Of which the first are named. */
const MOST_STRAYS = 10_000

const MARK = `"system":"${LOG_TAG.system}","code":"${LOG_TAG.code}"`

async function strayOf(
  store: Verifiable,
  { id, text }: Version,
  ends: ReadonlyMap<string, number>,
  ids: Ids,
): Promise<Finding | undefined> {
  const place = ids.placeOf(id)
  if (place === undefined && text?.includes(MARK) !== true) return undefined
  if (place !== undefined) {
    const { chain, number } = place
    if (number <= (ends.get(chain) ?? 0)) return undefined
    // It may have come meanwhile.
    const [entry] = await store.trail.read(chain, number, 1)
    if (entry?.number === number) return undefined
  }
  return {
    kind: 'inserted',
    chain: place?.chain ?? '',
    number: place?.number ?? 0,
    message: `AuditEvent/${id} was inserted: it says that it is of the log, which has no such entry`,
  }
}
