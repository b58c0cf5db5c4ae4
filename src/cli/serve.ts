// `ieum serve`: start the server, fill an empty store when SEED=demo, and end it cleanly on a signal.
// Must not answer before the store is open and filled.
import cluster from 'node:cluster'
import { closeContext, openContext } from '../app.ts'
import type { Auth } from '../auth/auth.ts'
import { readClientsFile } from '../auth/registry.ts'
import { deriveBaseUrl, readConfig, type Config } from '../config.ts'
import type { Context } from '../context.ts'
import type { Mllp } from '../gateway/mllp.ts'
import { createApp, type AppOptions } from '../http/app.ts'
import { openConverter } from '../http/convert.ts'
import { listen } from '../http/server.ts'
import { openSockets } from '../http/websocket.ts'
import { messagePage } from '../http/sign-in-page.ts'
import { createLog, type Log } from '../log.ts'
import type { Relay } from '../relay/relay.ts'
import type { Store } from '../store/store.ts'
import { giveBackWhenIdle } from './idle-memory.ts'

export type Serving = {
  readonly context: Context
  /** `http://127.0.0.1:3000` */
  readonly origin: string
  /** Where devices send HL7 v2 messages; undefined without MLLP_PORT. */
  readonly mllpPort: number | undefined
  /** Say on /readyz that this is the end; serve on for now. */
  stopping(): void
  close(): Promise<void>
}

export type ServeOptions = {
  /** Fills the store before the first request is answered. */
  readonly prepare?: (context: Context) => Promise<void>
  /** A store that is open already; that of the settings otherwise. */
  readonly store?: Store | undefined
  readonly app?: AppOptions
}

/** Start a server in this process. */
export async function startServer(
  config: Config,
  log: Log,
  options: ServeOptions = {},
): Promise<Serving> {
  const listening = await listen(config.host, config.port, config)
  let isStopping = false
  try {
    // Port 0 was a wish; links need the port that came of it.
    const derived = config.baseUrl === deriveBaseUrl(config.host, config.port)
    const baseUrl = derived ? deriveBaseUrl(config.host, listening.port) : config.baseUrl
    const opened = await openContext({ ...config, baseUrl }, log, options.store)
    await options.prepare?.(opened)
    const auth = config.auth === 'open' ? undefined : await openTokens(opened)
    const context = auth === undefined ? opened : { ...opened, endpoints: () => auth.endpoints() }
    const converter = openConverter(context.definitions, config.cacheFolder)
    const app = {
      ...options.app,
      converter,
      isStopping: () => isStopping,
      ...(auth === undefined ? {} : { auth }),
    }
    listening.serve(createApp(context, app))
    const sockets = openSockets(context, auth)
    listening.upgrades(sockets)
    const mllp = await openDevices(context, auth)
    const stopGivingBack = giveBackWhenIdle()
    context.index.start()
    // Where another process writes, that one does it.
    const isWriter = context.store.indexing !== undefined
    if (isWriter) {
      context.audit.start()
      context.subscriptions.start(context)
    }
    const relay = isWriter ? await startRelay(context) : undefined
    return {
      context,
      origin: deriveBaseUrl(config.host, listening.port).replace(/\/fhir$/, ''),
      mllpPort: mllp?.port,
      stopping: () => {
        isStopping = true
      },
      close: async () => {
        isStopping = true
        stopGivingBack()
        sockets.close()
        await relay?.stop()
        await Promise.all([
          listening.close(config.shutdownSeconds),
          mllp?.close(config.shutdownSeconds),
        ])
        await converter.close()
        auth?.close()
        await closeContext(context)
      },
    }
  } catch (error) {
    await listening.close(0)
    throw error
  }
}

/** Forward to a hub, where the settings name one. */
export async function startRelay(context: Context): Promise<Relay | undefined> {
  if (context.config.relayHub === '') return undefined
  const { openRelay } = await import('../relay/relay.ts')
  const relay = openRelay(context)
  relay.start()
  return relay
}

/** What only a server that asks for tokens needs to load. */
async function openTokens(context: Context): Promise<Auth> {
  const { openAuth } = await import('../auth/auth.ts')
  return openAuth(context, messagePage)
}

/** What only a server with a line for devices needs to load. */
async function openDevices(context: Context, auth: Auth | undefined): Promise<Mllp | undefined> {
  const { mllpPort } = context.config
  if (mllpPort === undefined) return undefined
  const { openMllp } = await import('../gateway/mllp.ts')
  return openMllp(mllpPort, context, auth?.registry)
}

/** The command: resolves with the exit status once a signal has ended the server. */
export async function serve(): Promise<number> {
  try {
    const config = readConfig()
    // What is wrong with it is better said before anything is made.
    if (config.auth === 'oauth') readClientsFile(config.clients)
    const log = createLog(config.logLevel)
    if (cluster.isWorker) return await serveAsWorker(config, log)
    if (config.workers === 1) return await serveAlone(config, log)
    const { runPrimary } = await import('./workers.ts')
    return await runPrimary(
      config,
      log,
      (context) => fill(config, context),
      (origin) => console.log(welcome(origin, config)),
    )
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    return 1
  }
}

async function serveAlone(config: Config, log: Log): Promise<number> {
  const server = await startServer(config, log, { prepare: (context) => fill(config, context) })
  console.log(welcome(server.origin, config))
  console.log(`${await untilSignal(config, server)}: finishing requests in flight`)
  await server.close()
  return 0
}

async function serveAsWorker(config: Config, log: Log): Promise<number> {
  const { openMail } = await import('./mail.ts')
  const { workerStore } = await import('./workers.ts')
  const { createMetrics } = await import('../metrics/metrics.ts')
  const metrics = createMetrics(config.storeUrl.startsWith('sqlite:') ? 'sqlite' : 'mongodb')
  const mail = openMail(process as never, { metrics: async () => metrics.snapshot() })
  const collect = async (): Promise<string> => (await mail.ask('metrics', undefined)) as string
  const server = await startServer(config, log, {
    store: await workerStore(config, mail),
    app: { metrics, collect },
  })
  await untilSignal(config, server)
  await server.close()
  process.disconnect?.()
  return 0
}

/** What clients sent on their way here before they could know is answered, with word that the connection ends. */
const LEAST_DRAIN_MS = 500

/** Resolves with the signal that ends the server, after a time in which /readyz says so; a second one ends it at once. */
async function untilSignal(config: Config, server: Serving): Promise<string> {
  const signal = await new Promise<string>((resolve) => {
    process.once('SIGINT', resolve)
    process.once('SIGTERM', resolve)
    // The primary has gone without a word: there is nobody to write any more.
    process.once('disconnect', () => resolve('disconnect'))
  })
  process.once('SIGINT', () => process.exit(1))
  process.once('SIGTERM', () => process.exit(1))
  server.stopping()
  const drain = Math.max(LEAST_DRAIN_MS, config.drainSeconds * 1000)
  await new Promise((resolve) => setTimeout(resolve, drain))
  return signal
}

/** What a store has to hold before the first request; the demonstration network only goes into an empty one. */
async function fill(config: Config, context: Context): Promise<void> {
  if (config.seed === 'demo') await fillDemo(context)
  if (config.packages.length === 0) return
  const { loadPackages } = await import('../job/package/start.ts')
  await loadPackages(config.packages, context)
}

async function fillDemo(context: Context): Promise<void> {
  const { seedDemo } = await import('../job/seed.ts')
  const { showProgress } = await import('./progress.ts')
  let done = 0
  let at = ''
  let part = 0
  const display = showProgress('resources', () => ({ done, failed: 0, part, at }))
  try {
    const written = await seedDemo(context, ({ files, of, resources }) => {
      done = resources
      part = files / of
      at = `demonstration network, file ${files} of ${of}`
    })
    if (written > 0) console.error(`Loaded the demonstration network: ${written} resources`)
  } finally {
    display.stop()
  }
}

const welcome = (origin: string, { workers, auth }: Config): string => `
Ieum serves FHIR R4 at ${origin}/fhir${workers > 1 ? `, with ${workers} processes` : ''}

  Start page    ${origin}/
  What it does  ${origin}/fhir/metadata
${auth === 'open' ? examples(origin) : tokens(origin)}

Ctrl-C ends it.`

const examples = (origin: string): string =>
  `  Try           curl '${origin}/fhir/Patient?name=Kim&_pretty=true'
                curl '${origin}/fhir/DiagnosticReport?_include=DiagnosticReport:result&_count=1&_pretty=true'`

const tokens = (origin: string): string =>
  `  Tokens        ${origin}/fhir/.well-known/smart-configuration
                docs/tokens.md says how to register a client and get one`
