// A group → what was loaded and what failed, each failure by itself: a group that is refused is split until the
// items at fault stand alone. https://hl7.org/fhir/R4/http.html#transaction
// Must not count what a server could not take for a passing reason as a failure of the data: it waits, then gives up.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Issue } from '../../errors.ts'
import type { Group } from './group.ts'
import { transaction, type Item, type Position } from './item.ts'
import { issuesIn } from '../../fhir/issues.ts'
import type { Answer, Target } from './target.ts'

/** `status` is that of the answer; 400 for what could not be read. */
export type Failed = {
  readonly at: Position
  readonly status: number
  readonly issues: readonly Issue[]
  readonly text: string
}

export type Sent = { readonly loaded: number; readonly failed: readonly Failed[] }

/** The server can't go on: nothing that was not yet sent would fare better. */
export class Away extends Error {}

/** No answer, too many requests, away, or a gateway before a server that is away. */
const PASSING = new Set([0, 429, 502, 503, 504])
/** Who we are is refused, or the disk is full. */
const HOPELESS = new Set([401, 507])
const CONFLICT = 409
const CONFLICT_TRIES = 4

export type Patience = {
  /** Seconds to wait in all for a server that is away. */
  readonly seconds: number
  /** Ends the waiting. */
  readonly stop?: AbortSignal | undefined
}

/**
 * Send a group.
 * @throws Away when the server stays away
 */
export async function sendGroup(group: Group, target: Target, patience: Patience): Promise<Sent> {
  const [only] = group.items
  if (only?.kind === 'unreadable') {
    const { at, issues, text } = only
    return { loaded: 0, failed: [{ at, status: 400, issues, text }] }
  }
  if (only?.kind === 'bundle') return sendBundle(only, target, patience)
  return sendEntries(group.items, target, patience)
}

async function sendEntries(
  items: readonly Item[],
  target: Target,
  patience: Patience,
): Promise<Sent> {
  const answer = await persist(transaction(items.map((i) => i.send)), target, patience)
  if (isFine(answer.status)) return { loaded: items.length, failed: [] }
  if (items.length === 1) return { loaded: 0, failed: [ofItsOwn(failure(items[0]!, answer))] }
  const all = { loaded: 0, failed: [] as Failed[] }
  for (const part of split(items, answer)) {
    const { loaded, failed } = await sendEntries(part, target, patience)
    all.loaded += loaded
    all.failed.push(...failed)
  }
  return all
}

/** What to send in place of a group that was refused: what the issues name by itself and the rest, or two halves. */
function split(items: readonly Item[], { issues }: Answer): readonly (readonly Item[])[] {
  const named = new Set<number>()
  for (const { expression } of issues)
    for (const path of expression ?? []) {
      const index = /^Bundle\.entry\[(\d+)\]/.exec(path)?.[1]
      if (index !== undefined && Number(index) < items.length) named.add(Number(index))
    }
  if (named.size > 0 && named.size < items.length) {
    const rest = items.filter((_, i) => !named.has(i))
    return [rest, ...items.filter((_, i) => named.has(i)).map((item) => [item])]
  }
  const half = items.length >> 1
  return [items.slice(0, half), items.slice(half)]
}

/** Places in the Bundle of one that it was sent in → places in the resource. */
function ofItsOwn(failed: Failed): Failed {
  const type = (JSON.parse(failed.text) as { resourceType: string }).resourceType
  const issues = failed.issues.map((issue) =>
    issue.expression === undefined
      ? issue
      : {
          ...issue,
          expression: issue.expression.map((path) =>
            path.replace(/^Bundle\.entry\[0\](\.resource)?/, type),
          ),
        },
  )
  return { ...failed, issues }
}

async function sendBundle(item: Item, target: Target, patience: Patience): Promise<Sent> {
  const answer = await persist(item.send, target, patience)
  if (!isFine(answer.status)) return { loaded: 0, failed: [failure(item, answer)] }
  const failed = batchFailures(item, answer)
  return { loaded: item.count - failed.length, failed }
}

const failure = (item: Item, { status, issues }: Answer): Failed => ({
  at: item.at,
  status,
  issues,
  text: item.text,
})

type BatchAnswer = {
  readonly type?: string
  readonly entry?: readonly { readonly response?: { status?: string; outcome?: unknown } }[]
}

/** The entries of a batch that failed; a transaction that was taken has none. */
function batchFailures(item: Item, answer: Answer): readonly Failed[] {
  if (answer.body === undefined || !answer.body.includes('"batch-response"')) return []
  const { type, entry = [] } = JSON.parse(answer.body) as BatchAnswer
  if (type !== 'batch-response') return []
  const sent = JSON.parse(item.text) as { readonly entry?: readonly { resource?: unknown }[] }
  return entry.flatMap(({ response }, index) => {
    const status = Number.parseInt(response?.status ?? '', 10)
    const resource = sent.entry?.[index]?.resource
    // A GET or a DELETE that failed leaves nothing out of the load.
    if (isFine(status) || resource === undefined) return []
    return {
      at: { ...item.at, entry: index },
      status,
      issues: issuesIn(JSON.stringify(response?.outcome ?? null), status),
      text: JSON.stringify(resource),
    }
  })
}

const isFine = (status: number): boolean => status >= 200 && status < 300

/** Send until the answer is about the data. */
async function persist(text: string, target: Target, patience: Patience): Promise<Answer> {
  let waited = 0
  for (let attempt = 0; ; attempt++) {
    const answer = await target(text)
    const conflict = answer.status === CONFLICT && attempt + 1 < CONFLICT_TRIES
    const left = patience.seconds - waited
    if (HOPELESS.has(answer.status) || (PASSING.has(answer.status) && left <= 0))
      throw new Away(answer.issues[0]?.diagnostics ?? `Status ${answer.status}`)
    if (!conflict && !PASSING.has(answer.status)) return answer
    const seconds = conflict
      ? 0.05 * 2 ** attempt
      : Math.min(answer.retryAfter ?? 0.5 * 2 ** attempt, 15, left)
    waited += seconds
    await sleep(seconds * 1000, undefined, patience.stop ? { signal: patience.stop } : {}).catch(
      () => {
        throw new Away('stopped while waiting for the server')
      },
    )
  }
}
