// What a server counts: requests, work of the store, the process, the build.
// Label values come from closed lists (interactions, resource types, statuses), so the number of series is bounded.
// Must not hold anything that a request said.
import { RELEASE } from '../release.ts'
import { indexStates, type IndexState } from '../job/index-keeper.ts'
import { relayStates, type Told } from '../relay/state.ts'
import { commitGroups } from '../store/group.ts'
import { deliveries, queueStates, type Queues, type Tried } from '../subscription/sender.ts'
import { processSnapshot, watchEventLoop } from './process.ts'
import {
  counter,
  gauge,
  histogram,
  measured,
  observe,
  type Cell,
  type Distribution,
  type Snapshot,
} from './series.ts'

/** Seconds. Most reads take less than a millisecond. */
const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]
const SIZES = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024]

export type StoreOperation =
  'read' | 'readMany' | 'vread' | 'history' | 'search' | 'count' | 'commit' | 'changes'

export type Metrics = {
  /** Requests that are being answered. */
  readonly inFlight: Cell
  /** Count an answered request. `type` is a resource type or ''; duration in milliseconds. */
  request(interaction: string, type: string, status: number, ms: number): void
  /** Work of the store in seconds. */
  readonly store: Readonly<Record<StoreOperation, Distribution>>
  /** Count a call to the store that failed; `kind` is that of a Failure, or 'fault'. */
  storeFailed(operation: StoreOperation, kind: string): void
  /** Commits that are not on disk yet. */
  readonly commitsWaiting: Cell
  /** 1 when the last commit failed for a reason that is not its own, 0 otherwise. */
  readonly writesFailing: Cell
  /** Changes in a commit. */
  readonly commitSize: Distribution
  /** All numbers of this process. */
  snapshot(): Snapshot
}

/** @param storeKind 'sqlite' or 'mongodb' */
export function createMetrics(storeKind: string): Metrics {
  const requests = counter('ieum_requests_total', 'Requests answered')
  const duration = histogram('ieum_request_duration_seconds', 'Time to the answer', SECONDS)
  const inFlight = gauge('ieum_requests_in_flight', 'Requests being answered')
  const store = histogram('ieum_store_duration_seconds', 'Time of the store', SECONDS)
  const failures = counter('ieum_store_failures_total', 'Calls to the store that failed')
  const waiting = gauge('ieum_commits_waiting', 'Commits that are not on disk yet')
  const failing = gauge('ieum_writes_failing', 'Processes whose last write failed')
  const size = histogram('ieum_commit_changes', 'Changes in a commit', SIZES)
  const group = histogram('ieum_commit_group_size', 'Commits made durable together', SIZES)
  const groups = group.of({})
  commitGroups.subscribe((message) => observe(groups, (message as { size: number }).size))
  let index: IndexState = { lack: new Map(), work: undefined }
  indexStates.subscribe((message) => (index = message as IndexState))
  let relay: Told | undefined
  relayStates.subscribe((message) => (relay = message as Told))
  const notified = counter('ieum_notifications_total', 'Tries to notify of a Subscription')
  deliveries.subscribe((message) => {
    notified.of({ outcome: (message as Tried).outcome }).value++
  })
  let queues: Queues = { subscriptions: 0, waiting: 0 }
  queueStates.subscribe((message) => (queues = message as Queues))
  watchEventLoop()

  const counted = new Map<string, { readonly count: Cell; readonly time: Distribution }>()
  const operation = (name: StoreOperation): Distribution => store.of({ operation: name })
  const families = [
    ...[requests, duration, inFlight, store, failures, waiting, failing, size, group],
    notified,
  ]
  return {
    inFlight: inFlight.of({}),
    request: (interaction, type, status, ms) => {
      const key = `${interaction} ${type} ${status}`
      let found = counted.get(key)
      if (found === undefined) {
        found = {
          count: requests.of({ interaction, type, status: String(status) }),
          time: duration.of({ interaction, type }),
        }
        counted.set(key, found)
      }
      found.count.value++
      observe(found.time, ms / 1000)
    },
    store: {
      read: operation('read'),
      readMany: operation('readMany'),
      vread: operation('vread'),
      history: operation('history'),
      search: operation('search'),
      count: operation('count'),
      commit: operation('commit'),
      changes: operation('changes'),
    },
    storeFailed: (name, kind) => void failures.of({ operation: name, kind }).value++,
    commitsWaiting: waiting.of({}),
    writesFailing: failing.of({}),
    commitSize: size.of({}),
    snapshot: () => [
      measured('ieum_build_info', 'What runs', 1, {
        over: 'max',
        labels: { version: RELEASE, node: process.version, store: storeKind },
      }),
      ...families.map((family) => family.family()),
      ...indexSnapshot(index),
      ...(relay === undefined ? [] : relaySnapshot(relay)),
      ...queueSnapshot(queues),
      ...processSnapshot(),
    ],
  }
}

/** Those of the one process that carries them out. */
const queueSnapshot = ({ subscriptions, waiting }: Queues): Snapshot => [
  measured('ieum_subscriptions', 'Subscriptions in force', subscriptions, {}),
  measured('ieum_notifications_waiting', 'Events to notify of that wait', waiting, {}),
]

/** All processes tell the same, so the most of them is it. */
const indexSnapshot = ({ lack, work }: IndexState): Snapshot => [
  measured('ieum_index_types_incomplete', 'Resource types whose index is being made', lack.size, {
    over: 'max',
  }),
  measured('ieum_reindex_resources', 'Resources of the work on the index', work?.of ?? 0, {
    over: 'max',
  }),
  measured('ieum_reindex_resources_done', 'Those looked at', work?.looked ?? 0, { over: 'max' }),
]

/** Of the one process that forwards. */
function relaySnapshot({ state, aside }: Told): Snapshot {
  const total = { type: 'counter' } as const
  const seconds = state.lastSuccess === '' ? 0 : Date.parse(state.lastSuccess) / 1000
  return [
    measured('ieum_relay_sent_total', 'Versions that went to the hub', state.sent, total),
    measured('ieum_relay_received_total', 'Versions that came from the hub', state.received, total),
    measured('ieum_relay_conflicts_total', 'Changes that gave way', state.conflicts, total),
    measured('ieum_relay_backlog', 'Versions that wait to be sent', state.backlog),
    measured('ieum_relay_aside', 'Resources that the hub refused', aside),
    measured('ieum_relay_failures', 'Attempts that failed in a row', state.failures),
    measured('ieum_relay_last_success_seconds', 'When the hub last took something', seconds),
    measured('ieum_relay_skew_seconds', 'Clock of the hub ahead of ours', (state.skew ?? 0) / 1000),
  ]
}
