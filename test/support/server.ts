// Servers for scenarios over HTTP: the same tests run against the embedded store and against MongoDB.
// Must not share data between suites: each has a store of its own.
import { MongoClient } from 'mongodb'
import { readConfig, type Environment } from '../../src/config.ts'
import type { Context } from '../../src/context.ts'
import { startServer, type Serving } from '../../src/cli/serve.ts'
import { createLog } from '../../src/log.ts'
import { databaseUrl, startMongo, type TestMongo } from './mongo.ts'

export type Answer = {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** Body as JSON; undefined when there is none or it is none. */
  readonly body: any
}

export type TestServer = {
  /** FHIR base. */
  readonly base: string
  readonly origin: string
  readonly context: Context
  /** Send a request to a path behind the base (or to an absolute URL of this server). */
  send(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Answer>
}

/** Define a suite twice, once for each store. `server()` is ready inside hooks and tests. */
export function onBothStores(
  title: string,
  tests: (server: () => TestServer) => void,
  environment: Environment = {},
): void {
  describe(`${title} (SQLite)`, () => {
    suite(async () => 'sqlite::memory:', tests, environment)
  })
  describe(`${title} (MongoDB)`, function () {
    this.timeout(120_000)
    let mongo: TestMongo | undefined
    let url = ''
    after(async () => {
      if (mongo === undefined) return
      const client = new MongoClient(url)
      await client.db().dropDatabase()
      await client.close()
      await mongo.stop()
    })
    const storeUrl = async (): Promise<string> => {
      mongo = await startMongo()
      url = databaseUrl(mongo.uri, `ieum_http_${process.pid}_${Date.now().toString(36)}_${++count}`)
      return url
    }
    suite(storeUrl, tests, environment)
  })
}

let count = 0

function suite(
  storeUrl: () => Promise<string>,
  tests: (server: () => TestServer) => void,
  environment: Environment,
): void {
  let serving: Serving | undefined
  before(async () => {
    serving = await startTestServer({ ...environment, STORE_URL: await storeUrl() })
  })
  after(async () => {
    await serving?.close()
  })
  tests(() => {
    if (serving === undefined) throw new Error('the server is there in hooks and tests only')
    return client(serving)
  })
}

/** A server on a free port; silent, without the demonstration network unless asked for. */
export const startTestServer = (environment: Environment): Promise<Serving> =>
  startServer(
    readConfig({
      PORT: '0',
      SEED: 'none',
      LOG_LEVEL: 'silent',
      SHUTDOWN_SECONDS: '1',
      MONGO_TIMEOUT_MS: '60000',
      SEARCH_BUDGET_MS: '60000',
      ...environment,
    }),
    createLog(environment.LOG_LEVEL ?? 'silent'),
  )

/** Send requests to a server. A body that is no string goes as JSON. */
export function client({ context, origin }: Pick<Serving, 'context' | 'origin'>): TestServer {
  const base = context.baseUrl
  return {
    base,
    origin,
    context,
    send: async (method, path, body, headers = {}) => {
      const json = body !== undefined && typeof body !== 'string' && !(body instanceof Uint8Array)
      const response = await fetch(path.startsWith('http') ? path : base + path, {
        method,
        headers: {
          ...(body === undefined ? {} : { 'content-type': 'application/fhir+json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: json ? JSON.stringify(body) : (body as string) }),
      })
      const text = await response.text()
      return { status: response.status, headers: response.headers, text, body: parsed(text) }
    },
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
