// Finds a MongoDB for the tests: MONGODB_TEST_URI; mongod as a replica set of one; SecantusDB, which speaks its protocol.
// Must not wait for a download that can't work: one is tried only when MONGODB_DOWNLOAD=1.
import { execFile, execFileSync, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createServer, connect, type AddressInfo } from 'node:net'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

export type TestMongo = {
  /** Without a database name; see `databaseUrl`. */
  readonly uri: string
  /** What serves, in words. */
  readonly kind: string
  stop(): Promise<void>
}

const SECANTUS = 'secantusdb==0.7.0b3'
const START_MS = 120_000

/**
 * A server for the tests, found or started. Whoever starts one for a whole run sets MONGODB_TEST_URI for the others.
 * @throws Error of one line when none can be had
 */
export async function startMongo(): Promise<TestMongo> {
  const given = process.env.MONGODB_TEST_URI
  const found =
    given !== undefined && given !== ''
      ? { uri: given, kind: 'MONGODB_TEST_URI', stop: () => Promise.resolve() }
      : ((await startMongod()) ?? (await startSecantus()))
  if (found.kind !== 'MONGODB_TEST_URI') console.log(`MongoDB for the tests: ${found.kind}`)
  return found
}

/** The server's URI with a database name in it. */
export function databaseUrl(uri: string, database: string): string {
  const [, hosts, options] = /^(mongodb(?:\+srv)?:\/\/[^/?]+)\/?[^?]*(\?.*)?$/.exec(uri) ?? []
  if (hosts === undefined) throw new Error(`not a MongoDB URI: ${uri}`)
  return `${hosts}/${database}${options ?? ''}`
}

async function startMongod(): Promise<TestMongo | undefined> {
  const binary = (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'mongod'))
    .find((file) => existsSync(file))
  if (binary === undefined && process.env.MONGODB_DOWNLOAD !== '1') return undefined
  const { MongoMemoryReplSet } = await import('mongodb-memory-server-core')
  try {
    const server = await MongoMemoryReplSet.create({
      replSet: { count: 1, storageEngine: 'wiredTiger' },
      ...(binary === undefined ? {} : { binary: { systemBinary: binary } }),
    })
    return {
      uri: server.getUri(),
      kind: `mongod (${binary ?? 'downloaded'}), a replica set of one`,
      stop: async () => void (await server.stop()),
    }
  } catch (error) {
    console.log(`mongod did not start: ${String(error)}`)
    return undefined
  }
}

/** SecantusDB in a virtual environment of Python that is made once. */
async function startSecantus(): Promise<TestMongo> {
  const program = await installSecantus()
  const port = await freePort()
  const server = spawn(
    program,
    ['--host', '127.0.0.1', '--port', String(port), '--storage-path', ':memory:'],
    { stdio: 'ignore' },
  )
  let ended = false
  server.once('exit', () => (ended = true))
  const stop = async (): Promise<void> => {
    if (ended) return
    const exit = new Promise((resolve) => server.once('exit', resolve))
    server.kill('SIGTERM')
    await Promise.race([exit, sleep(5000)])
    if (!ended) server.kill('SIGKILL')
  }
  process.once('exit', () => server.kill('SIGKILL'))
  for (const end = Date.now() + START_MS; !(await answers(port)); await sleep(100))
    if (ended || Date.now() > end) {
      await stop()
      throw new Error('No MongoDB for the tests: SecantusDB did not start.')
    }
  return {
    uri: `mongodb://127.0.0.1:${String(port)}/?directConnection=true`,
    kind: 'SecantusDB 0.7.0b3, in memory',
    stop,
  }
}

async function installSecantus(): Promise<string> {
  const folder = join(import.meta.dirname, '../../.cache/secantusdb')
  const bin = join(folder, process.platform === 'win32' ? 'Scripts' : 'bin')
  const program = join(bin, 'secantusd-py')
  if (existsSync(program)) return program
  console.log(`Installing ${SECANTUS} for the MongoDB tests, once …`)
  const run = promisify(execFile)
  try {
    await run(pythonCommand(), ['-m', 'venv', folder])
    await run(join(bin, 'pip'), ['install', '--quiet', '--pre', SECANTUS], { timeout: 300_000 })
  } catch (error) {
    throw new Error(
      'No MongoDB for the tests: set MONGODB_TEST_URI, put mongod on the PATH, set MONGODB_DOWNLOAD=1, or have Python 3 ' +
        `with pip (${String(error).split('\n')[0] ?? ''}).`,
      { cause: error },
    )
  }
  return program
}

function pythonCommand(): string {
  for (const name of ['python3', 'python'])
    try {
      execFileSync(name, ['--version'], { stdio: 'ignore' })
      return name
    } catch {
      // the next name
    }
  throw new Error('no Python')
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve((socket.destroy(), true)))
    socket.once('error', () => resolve(false))
  })
}
