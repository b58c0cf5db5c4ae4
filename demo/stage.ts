// Where a story is played: a server with AUTH=oauth in a folder of its own, clients with keys made for it, and a narrator
// that prints each request with its answer.
// Must not reach into the server: everything goes over HTTP, as it would from a hospital's system.
import { generateKeyPairSync, randomUUID, sign, type KeyObject } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startServer } from '../src/cli/serve.ts'
import { readConfig } from '../src/config.ts'
import { loadPackages } from '../src/job/package/start.ts'
import { createLog } from '../src/log.ts'

export type Json = Record<string, any>

export type Answer = { readonly status: number; readonly body: Json }

/** A system that calls the server with tokens of its own. */
export type Caller = {
  readonly name: string
  /** Send a request, print it with its answer, and give the answer back. */
  ask(method: string, path: string, body?: Json, headers?: Record<string, string>): Promise<Answer>
}

/** A client of a server: who calls, for which organisation, as what. */
export type Part = {
  readonly id: string
  readonly name: string
  readonly organization: string
  readonly roles: readonly string[]
  readonly scopes: readonly string[]
  /** The Device that it is, for a program. */
  readonly device?: string
}

/** `cast`: clients besides those of every stage; `settings`: of the server, over those that a stage has. */
export type Scene = {
  readonly cast?: readonly Part[]
  readonly settings?:
    Readonly<Record<string, string>> | (() => Promise<Readonly<Record<string, string>>>)
}

/** A server of a story. */
export type Server = {
  /** Its FHIR base, without a trailing slash. */
  readonly base: string
  /** Where devices send HL7 v2 messages, when the scene's settings have MLLP_PORT. */
  readonly mllpPort: number | undefined
  /** A folder of its own, gone when the stage closes. */
  readonly folder: string
  caller(name: string): Caller
  /** A file with the private key of a client, for a system that comes as it. */
  keyFile(name: string): Promise<string>
}

export type Stage = Server & {
  /** Another server, with a store of its own. */
  beside(scene: Scene): Promise<Server>
  /** Say what comes next. */
  readonly tell: (text: string) => void
  /** Go on only when it is so. */
  readonly expect: (what: string, holds: boolean) => void
  checks(): number
  close(): Promise<void>
}

type Registered = { readonly client: Json; readonly key: KeyObject }

const CAST: readonly Part[] = [
  {
    id: 'administrator',
    name: 'Administrator of the network',
    organization: 'network',
    roles: ['administrator'],
    scopes: ['system/*.cruds'],
  },
  {
    id: 'almaty',
    name: 'Kit site in Almaty',
    organization: 'almaty-kit',
    roles: ['system'],
    scopes: ['system/*.cruds'],
  },
  {
    id: 'busan',
    name: 'Hospital in Busan',
    organization: 'busan-hospital',
    roles: ['system'],
    scopes: ['system/*.cruds'],
  },
  {
    id: 'auditor',
    name: 'Auditor',
    organization: 'network',
    roles: ['auditor'],
    scopes: ['system/*.rs'],
  },
]

/** A stage with one server, its cast registered. */
export async function openStage(scene: Scene = {}): Promise<Stage> {
  const servers = [await openServer(scene)]
  let checked = 0
  return {
    ...servers[0]!,
    beside: async (another) => {
      const server = await openServer(another)
      servers.push(server)
      return server
    },
    tell: (text) => {
      console.log(`\n${text}`)
    },
    expect: (what, holds) => {
      if (!holds) throw new Error(`This should have been so, and is not: ${what}`)
      checked++
      console.log(`    ✓ ${what}`)
    },
    checks: () => checked,
    close: async () => {
      for (const server of servers) await server.close()
    },
  }
}

async function openServer(scene: Scene): Promise<Server & { close(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'ieum-demo-'))
  const cast = new Map([...CAST, ...(scene.cast ?? [])].map((part) => [part.id, register(part)]))
  const clients = join(folder, 'clients.json')
  await writeFile(
    clients,
    JSON.stringify({ clients: [...cast.values()].map(({ client }) => client) }),
  )
  const config = readConfig({
    PORT: '0',
    AUTH: 'oauth',
    CLIENTS: clients,
    SEED: 'none',
    STORE_URL: `sqlite:${join(folder, 'ieum.db')}`,
    LOG_LEVEL: 'silent',
    SHUTDOWN_SECONDS: '1',
    CACHE: process.env.CACHE,
    ...(typeof scene.settings === 'function' ? await scene.settings() : scene.settings),
  })
  const server = await startServer(config, createLog('silent'), {
    prepare: (context) => loadPackages(config.packages, context),
  })
  const base = server.context.baseUrl
  const tokens = new Map<string, string>()
  return {
    base,
    mllpPort: server.mllpPort,
    folder,
    caller: (name) => ({
      name,
      ask: async (method, path, body, headers = {}) => {
        let token = tokens.get(name)
        if (token === undefined) {
          token = await tokenFor(base, cast.get(name)!)
          tokens.set(name, token)
        }
        const response = await fetch(`${base}/${path}`, {
          method,
          headers: {
            authorization: `Bearer ${token}`,
            ...(body === undefined ? {} : { 'content-type': 'application/fhir+json' }),
            ...headers,
          },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        })
        const text = await response.text()
        const answer = {
          status: response.status,
          body: text === '' ? {} : (JSON.parse(text) as Json),
        }
        console.log(`  ${name}: ${method} /fhir/${path}`)
        if (body !== undefined) console.log(`    sends ${sentence(body)}`)
        console.log(`    ${String(answer.status)} ${sentence(answer.body)}`)
        return answer
      },
    }),
    keyFile: async (name) => {
      const file = join(folder, `${name}.key`)
      const jwk = cast.get(name)!.key.export({ format: 'jwk' })
      const key = { ...jwk, kid: `${name}-1`, alg: 'ES384', use: 'sig' }
      await writeFile(file, JSON.stringify(key), { mode: 0o600 })
      return file
    },
    close: async () => {
      await server.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function register({ id, ...about }: Part): Registered {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' })
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: `${id}-1`, alg: 'ES384', use: 'sig' }
  return {
    client: { client_id: id, ...about, jwks: { keys: [jwk] } },
    key: privateKey,
  }
}

/** A token by SMART Backend Services: https://hl7.org/fhir/smart-app-launch/backend-services.html */
async function tokenFor(base: string, { client, key }: Registered): Promise<string> {
  const found = await fetch(`${base}/.well-known/smart-configuration`)
  const { token_endpoint: endpoint } = (await found.json()) as { token_endpoint: string }
  const now = Math.floor(Date.now() / 1000)
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const id = client.client_id as string
  const unsigned = `${encode({ alg: 'ES384', typ: 'JWT', kid: `${id}-1` })}.${encode({
    iss: id,
    sub: id,
    aud: endpoint,
    jti: randomUUID(),
    iat: now,
    exp: now + 120,
  })}`
  const signature = sign('sha384', Buffer.from(unsigned), { key, dsaEncoding: 'ieee-p1363' })
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      scope: (client.scopes as string[]).join(' '),
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: `${unsigned}.${signature.toString('base64url')}`,
    }),
  })
  const answer = (await response.json()) as { access_token?: string; error_description?: string }
  if (answer.access_token === undefined)
    throw new Error(`${id} gets no token: ${answer.error_description ?? String(response.status)}`)
  return answer.access_token
}

/** A resource in a line, as far as a story needs it. */
function sentence(resource: Json): string {
  if (Array.isArray(resource))
    return (resource as Json[])
      .map(({ op, path, value }) => `${op} ${path} ${shown(value)}`)
      .join('; ')
  switch (resource.resourceType) {
    case undefined:
      return ''
    case 'Bundle': {
      const entries = (resource.entry ?? []) as Json[]
      const total = resource.total === undefined ? '' : `, total ${String(resource.total)}`
      return `Bundle ${resource.type as string} of ${String(entries.length)}${total}`
    }
    case 'OperationOutcome':
      return `OperationOutcome: ${((resource.issue ?? []) as Json[]).map((i) => i.diagnostics as string).join('; ')}`
    case 'Parameters':
      return `Parameters: ${((resource.parameter ?? []) as Json[])
        .map(
          (p) =>
            `${p.name as string} = ${String(Object.entries(p).find(([k]) => k.startsWith('value'))?.[1] ?? '…')}`,
        )
        .join(', ')}`
    default:
      return `${resource.resourceType as string}${resource.id === undefined ? '' : `/${resource.id as string}`}`
  }
}

const shown = (value: unknown): string => (typeof value === 'string' ? value : '…')
