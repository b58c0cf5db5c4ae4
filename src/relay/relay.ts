// The relay between this edge and its hub: what waits is sent, what concerns the edge is fetched, again and again, with
// pauses that grow while the line is down. docs/adr/0009-relay.md
// Must run once at a time for a store: the embedded store has one process that writes, on another a lease says who.
import type { Context } from '../context.ts'
import { Failure } from '../errors.ts'
import { sqliteFile } from '../config.ts'
import { underLease } from '../job/lease.ts'
import type { Version } from '../store/store.ts'
import { recover } from './arrive.ts'
import { asides, restartName, retryName } from './aside.ts'
import { keep, openEdge, type Clock, type Edge } from './edge.ts'
import { LineDown, openLine } from './line.ts'
import { pull } from './pull.ts'
import { waiting } from './outbox.ts'
import { push, sendAll, type Doubt } from './push.ts'
import { restart } from './restart.ts'
import { relayStates, type State, type Told } from './state.ts'

export type Relay = {
  /** Begin to work by itself. */
  start(): void
  /** Send and fetch what there is, once. @throws LineDown, Failure */
  once(): Promise<State>
  /** Ends what is under way; resolves when nothing of it is left. */
  stop(): Promise<void>
}

export type RelayOptions = {
  readonly clock?: Clock
  /** Numbers in [0, 1). */
  readonly random?: () => number
  /** Milliseconds for one request. */
  readonly timeoutMs?: number
}

const FIRST_PAUSE_MS = 1000
const LONGEST_PAUSE_MS = 30_000
/** What is written here is noticed so soon. */
const LOOK_MS = 500

/** @throws Error when the settings name no hub */
export function openRelay(context: Context, options: RelayOptions = {}): Relay {
  const { config, store, log } = context
  if (config.relayHub === '')
    throw new Error('RELAY_HUB names the hub to forward to; it is not set')
  const { clock = CLOCK, random = Math.random, timeoutMs } = options
  const stopping = new AbortController()
  const { signal } = stopping
  const line = openLine({
    hub: config.relayHub,
    clientId: config.relayClientId,
    keyFile: config.relayKeyFile,
    clock,
    signal,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  })
  const doubt: Doubt = { group: undefined }
  let opened: Promise<Edge> | undefined
  let running: Promise<unknown> = Promise.resolve()

  const edgeOf = (): Promise<Edge> =>
    (opened ??= openEdge(context, {
      hub: config.relayHub,
      line,
      organization: config.relayOrganization,
      clock,
    }))

  const pass = async (edge: Edge): Promise<void> => {
    await recover(edge)
    await restart(edge)
    await retry(edge, doubt, signal)
    while (await push(edge, doubt, signal));
    await pull(edge, signal)
    await keep(edge, [], {
      lastSuccess: new Date(clock.now()).toISOString(),
      failure: '',
      failures: 0,
      nextTry: '',
      backlog: 0,
      bytes: edge.state.bytes + line.bytes(),
    })
    await tell(edge)
  }

  /** @returns milliseconds until it is tried again */
  const failed = async (edge: Edge, error: unknown): Promise<number> => {
    const isKnown = error instanceof LineDown || error instanceof Failure
    if (!isKnown) log.error({ err: error }, 'the relay met a fault')
    const failures = edge.state.failures + 1
    const grown = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(failures - 1, 20))
    const asked = error instanceof LineDown ? (error.wait ?? 0) * 1000 : 0
    const pause = Math.max(asked, Math.round(grown * (0.5 + random() / 2)))
    const now = clock.now()
    const skew = line.skew()
    const state = {
      failure: isKnown ? error.message : 'A fault of this server, see its log',
      failures,
      lastFailure: new Date(now).toISOString(),
      nextTry: new Date(now + pause).toISOString(),
      backlog: await waiting(edge).catch(() => edge.state.backlog),
      ...(skew === undefined ? {} : { skew }),
    }
    edge.state = { ...edge.state, ...state }
    // A full disk is one of the reasons: then the memory knows it, and the page shows what was last kept.
    await keep(edge, []).catch(() => undefined)
    await tell(edge)
    if (failures === 1) log.warn({ reason: state.failure }, 'the relay waits for the hub')
    return pause
  }

  const work = async (lost: AbortSignal): Promise<void> => {
    const edge = await edgeOf()
    while (!signal.aborted && !lost.aborted) {
      let pause = config.relaySeconds * 1000
      try {
        await pass(edge)
      } catch (error) {
        if (signal.aborted) return
        pause = await failed(edge, error)
        await clock.sleep(pause, signal)
        continue
      }
      const until = clock.now() + pause
      // The hub is looked at now and then; what is written here goes out at once.
      while (!signal.aborted && !lost.aborted && clock.now() < until && !(await isAnything(edge)))
        await clock.sleep(Math.min(LOOK_MS, pause), signal)
    }
  }

  const loop = async (): Promise<void> => {
    if (sqliteFile(config.storeUrl) !== undefined) return work(signal)
    while (!signal.aborted) {
      await underLease(store.indexing!.leases, 'relay', work, { now: () => clock.now() })
      await clock.sleep(LONGEST_PAUSE_MS, signal)
    }
  }

  return {
    start: () => {
      running = loop().catch((error: unknown) => log.error({ err: error }, 'the relay ended'))
    },
    once: async () => {
      const edge = await edgeOf()
      try {
        await pass(edge)
      } catch (error) {
        await failed(edge, error)
        throw error
      }
      return edge.state
    },
    stop: async () => {
      stopping.abort()
      await running
    },
  }
}

const CLOCK: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal.aborted) return resolve()
      const end = (): void => {
        clearTimeout(timer)
        signal.removeEventListener('abort', end)
        resolve()
      }
      const timer = setTimeout(end, ms)
      signal.addEventListener('abort', end)
    }),
}

const isAnything = async ({
  context: { store },
  state: { cursor },
  prefix,
}: Edge): Promise<boolean> =>
  (await store.changes(cursor, 1)).versions.length > 0 ||
  (await store.notes.read(retryName(prefix))) !== undefined ||
  (await store.notes.read(restartName(prefix))) !== undefined

async function tell({ context, prefix, state }: Edge): Promise<void> {
  if (!relayStates.hasSubscribers) return
  const aside = (await asides(context.store.notes, prefix).catch(() => [])).length
  relayStates.publish({ state, aside } satisfies Told)
}

/** Send again what was set aside, as far as an operator asked for it. */
async function retry(edge: Edge, doubt: Doubt, signal: AbortSignal): Promise<void> {
  const { store } = edge.context
  const asked = await store.notes.read(retryName(edge.prefix))
  if (asked === undefined) return
  const names = new Set(asked.split(','))
  const versions: Version[] = []
  for (const { type, id, version } of await asides(store.notes, edge.prefix)) {
    if (!names.has('*') && !names.has(`${type}/${id}`)) continue
    const found = await store.vread(type, id, version)
    if (found !== undefined) versions.push(found)
  }
  await sendAll(edge, versions, doubt, signal)
  await keep(edge, [{ name: retryName(edge.prefix), text: undefined }])
}
