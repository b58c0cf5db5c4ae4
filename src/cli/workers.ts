// Several processes that serve one port (WORKERS): the primary starts them, replaces those that die, and on SQLite
// writes for all of them; reads are each worker's own. https://nodejs.org/api/cluster.html
// Must not serve a request in the primary: a long one would keep everybody's commits waiting.
import cluster, { type Worker } from 'node:cluster'
import { closeContext, openContext } from '../app.ts'
import { sqliteFile, type Config } from '../config.ts'
import type { Context } from '../context.ts'
import type { Log } from '../log.ts'
import { createMetrics } from '../metrics/metrics.ts'
import { exposition, merge, type Snapshot } from '../metrics/series.ts'
import { openSqliteReader, type Forward, type SqliteStore } from '../store/sqlite/store.ts'
import type { Assertion, Change, Store } from '../store/store.ts'
import type { KeptHead, Sealed } from '../store/trail.ts'
import { openMail, type Mail } from './mail.ts'
import { startRelay } from './serve.ts'

/** A worker that dies this soon did not serve at all. */
const AT_ONCE_MS = 5000

/** So many in a row that die at once, and there is no point in going on. */
const TOO_MANY = 3

type Commit = { readonly changes: readonly Change[]; readonly assertions: readonly Assertion[] }

/**
 * Run the primary until a signal ends it: exit status.
 * @param prepare fills the store before the first worker starts
 * @param ready called once, when all workers serve
 */
export async function runPrimary(
  config: Config,
  log: Log,
  prepare: (context: Context) => Promise<void>,
  ready: (origin: string) => void,
): Promise<number> {
  const context = await openContext(config, log)
  await prepare(context)
  // On MongoDB every worker writes for itself.
  const writer = sqliteFile(config.storeUrl) === undefined ? undefined : context.store
  if (writer === undefined) await closeContext(context)
  else {
    context.index.start()
    context.audit.start()
    context.subscriptions.start(context)
  }
  const relay = writer === undefined ? undefined : await startRelay(context)
  const status = await tend(config, log, writer, ready)
  await relay?.stop()
  if (writer !== undefined) await closeContext(context)
  return status
}

function tend(
  config: Config,
  log: Log,
  writer: Store | undefined,
  ready: (origin: string) => void,
): Promise<number> {
  // Workers take connections themselves: one that dies takes along what it had, and nothing waits in between.
  cluster.schedulingPolicy = cluster.SCHED_NONE
  cluster.setupPrimary({ serialization: 'advanced' })
  const mails = new Map<number, Mail>()
  let stopping = false
  let serving = 0
  let failures = 0

  const keeping = (writer as SqliteStore | undefined)?.trail.keeping

  // The primary counts the groups in which it commits.
  const own = writer === undefined ? undefined : createMetrics('sqlite')

  const snapshots = async (): Promise<Snapshot[]> => {
    const answers = await Promise.allSettled(
      [...mails.values()].map((mail) => mail.ask('metrics', undefined)),
    )
    const theirs = answers.flatMap((a) => (a.status === 'fulfilled' ? [a.value as Snapshot] : []))
    return own === undefined ? theirs : [own.snapshot(), ...theirs]
  }

  return new Promise((resolve) => {
    const start = (): void => {
      const worker = cluster.fork()
      const began = Date.now()
      mails.set(
        worker.id,
        openMail(worker, {
          commit: ({ changes, assertions }: Commit) => writer!.commit(changes, assertions),
          'trail-settle': () => keeping!.settle(),
          'trail-made': (entries: readonly Sealed[]) => keeping!.made(entries),
          'trail-publish': (head: KeptHead) => keeping!.publish(head),
          words: () => writer!.fullText!.ready(),
          metrics: async () => exposition(merge(await snapshots())),
        }),
      )
      worker.once('listening', ({ port }) => {
        if (++serving === config.workers)
          ready(`http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}`)
      })
      worker.once('exit', (code, signal) => {
        mails.delete(worker.id)
        if (stopping) {
          if (mails.size === 0) resolve(failures >= TOO_MANY ? 1 : 0)
          return
        }
        failures = Date.now() - began < AT_ONCE_MS ? failures + 1 : 0
        log.error({ code, signal, worker: worker.id }, 'a worker ended; another takes its place')
        if (failures >= TOO_MANY) stop()
        else start()
      })
    }
    const stop = (): void => {
      if (stopping) return
      stopping = true
      const left = Object.values(cluster.workers ?? {}).filter((w): w is Worker => w !== undefined)
      for (const worker of left) worker.process.kill('SIGTERM')
      if (mails.size === 0) resolve(1)
    }
    process.once('SIGINT', stop)
    process.once('SIGTERM', stop)
    for (let i = 0; i < config.workers; i++) start()
  })
}

/** The store of a worker: reads of its own, commits by the primary where there is one writer only. */
export async function workerStore(config: Config, mail: Mail): Promise<Store | undefined> {
  const file = sqliteFile(config.storeUrl)
  if (file === undefined) return undefined
  const ask = <T>(topic: string, body: unknown): Promise<T> => mail.ask(topic, body) as Promise<T>
  const forward: Forward = {
    commit: (changes, assertions) => ask('commit', { changes, assertions }),
    ready: () => ask('words', undefined),
    trail: {
      settle: () => ask('trail-settle', undefined),
      made: (entries) => ask('trail-made', entries),
      publish: (head) => ask('trail-publish', head),
    },
  }
  return openSqliteReader(file, forward, {
    threads: config.searchThreads,
    budgetMs: config.searchBudgetMs,
    mostTested: config.searchMaxTested,
  })
}
