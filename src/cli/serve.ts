// `ieum serve`: start the server, fill an empty store when SEED=demo, and end it cleanly on a signal.
// Must not answer before the store is open and filled.
import { closeContext, openContext } from '../app.ts'
import { deriveBaseUrl, readConfig, type Config } from '../config.ts'
import type { Context } from '../context.ts'
import { createApp } from '../http/app.ts'
import { listen } from '../http/server.ts'
import { createLog, type Log } from '../log.ts'

export type Serving = {
  readonly context: Context
  /** `http://127.0.0.1:3000` */
  readonly origin: string
  close(): Promise<void>
}

/** Start a server; `prepare` may fill the store before the first request is answered. */
export async function startServer(
  config: Config,
  log: Log,
  prepare: (context: Context) => Promise<void> = async () => {},
): Promise<Serving> {
  const listening = await listen(config.host, config.port)
  try {
    // Port 0 was a wish; links need the port that came of it.
    const derived = config.baseUrl === deriveBaseUrl(config.host, config.port)
    const baseUrl = derived ? deriveBaseUrl(config.host, listening.port) : config.baseUrl
    const context = await openContext({ ...config, baseUrl }, log)
    await prepare(context)
    listening.serve(createApp(context))
    return {
      context,
      origin: deriveBaseUrl(config.host, listening.port).replace(/\/fhir$/, ''),
      close: async () => {
        await listening.close(config.shutdownSeconds)
        await closeContext(context)
      },
    }
  } catch (error) {
    await listening.close(0)
    throw error
  }
}

/** The command: resolves with the exit status once a signal has ended the server. */
export async function serve(): Promise<number> {
  let config: Config
  let server: Serving
  try {
    config = readConfig()
    server = await startServer(config, createLog(config.logLevel), (context) =>
      fill(config, context),
    )
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    return 1
  }
  console.log(welcome(server))
  const signal = await new Promise<string>((resolve) => {
    process.once('SIGINT', resolve)
    process.once('SIGTERM', resolve)
  })
  console.log(`${signal}: finishing requests in flight`)
  await server.close()
  return 0
}

async function fill(config: Config, context: Context): Promise<void> {
  if (config.seed === 'none') return
  const { seedDemo } = await import('../job/seed.ts')
  await seedDemo(context)
}

const welcome = ({ origin }: Serving): string => `
Ieum serves FHIR R4 at ${origin}/fhir

  Start page    ${origin}/
  What it does  ${origin}/fhir/metadata
  Try           curl '${origin}/fhir/Patient?name=Kim&_pretty=true'
                curl '${origin}/fhir/DiagnosticReport?_include=DiagnosticReport:result&_count=1&_pretty=true'

Ctrl-C ends it.`
