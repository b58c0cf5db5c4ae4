// `ieum client`: who may ask for tokens. Clients in the store, keys, hashes of passwords, and a token to try things with.
// https://hl7.org/fhir/smart-app-launch/backend-services.html
// Must not print or keep a private key or a password, except where it is asked to make one.
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { readClient, type Client } from '../auth/client.ts'
import type { Problems } from '../auth/fields.ts'
import { readClientsFile, removeClient, storeClient, storedClients } from '../auth/registry.ts'
import { formatScope } from '../auth/scope.ts'
import { readConfig, type Config } from '../config.ts'
import { Failure } from '../errors.ts'
import { openUpkeep } from '../job/upkeep.ts'
import type { Notes } from '../store/indexing.ts'
import { settings } from './settings.ts'

const USAGE = `Usage: ieum client list
       ieum client add FILE|-
       ieum client remove ID
       ieum client hash
       ieum client key FILE
       ieum client keys
       ieum client token ID --key FILE --scope SCOPES [--url BASE]

Who may ask for tokens of this server (AUTH=oauth). Clients stand in the file that CLIENTS names, or in the store:

  list    those of both
  add     puts a client into the store, from JSON such as
          {"client_id": "lab", "name": "Laboratory", "organization": "busan", "roles": ["system"],
           "scopes": ["system/*.rs"], "jwks": {"keys": [...]}}
  remove  takes one out of the store again; its tokens count no more from then on
  hash    reads a password from standard input, and prints what to write for it into the people of the CLIENTS file
  key     makes a key for a client: the private key goes into FILE, the public one (for "jwks") to standard output
  keys    prints new keys for AUTH_KEYS
  token   asks the server at --url (BASE_URL when not given) for a token, as the client, and prints it

Exit status: 0 done, 1 not done, 2 the call or the settings are wrong.`

const VERBS: Readonly<Record<string, (args: readonly string[]) => Promise<number>>> = {
  list,
  add,
  remove,
  hash,
  key,
  keys,
  token,
}

/** Run the command. */
export async function client(args: readonly string[]): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    console.log(USAGE)
    return 0
  }
  const [name = '', ...rest] = args
  const verb = Object.hasOwn(VERBS, name) ? VERBS[name] : undefined
  if (verb === undefined) return wrong(USAGE)
  try {
    return await verb(rest)
  } catch (error) {
    if (!(error instanceof Failure) && (error as Error).name !== 'Error') throw error
    console.error((error as Error).message)
    return 1
  }
}

function wrong(text: string): number {
  console.error(text)
  return 2
}

/** @returns 2 when the settings are wrong */
async function withNotes(work: (notes: Notes, config: Config) => Promise<number>): Promise<number> {
  const config = settings()
  if (config === undefined) return 2
  const upkeep = await openUpkeep(config)
  try {
    return await work(upkeep.notes, config)
  } finally {
    await upkeep.close()
  }
}

async function list(args: readonly string[]): Promise<number> {
  if (args.length > 0) return wrong(USAGE)
  return withNotes(async (notes, config) => {
    const { clients } = readClientsFile(config.clients)
    const lines = [...clients.values()].map((one) => lineOf(one, 'file'))
    for (const { client: one } of await storedClients(notes))
      if (one !== undefined)
        lines.push(lineOf(one, clients.has(one.id) ? 'store, but the file counts' : 'store'))
    console.log(lines.length === 0 ? 'No client is registered.' : lines.join('\n'))
    return 0
  })
}

const lineOf = ({ id, organization, roles, scopes, others }: Client, where: string): string =>
  `${id}\tOrganization/${organization}\t${roles.join(',')}\t${[...others, ...scopes.map(formatScope)].join(' ')}\t(${where})`

async function add(args: readonly string[]): Promise<number> {
  const [file, ...more] = args
  if (file === undefined || more.length > 0) return wrong(USAGE)
  let value: unknown
  try {
    value = JSON.parse(readFileSync(file === '-' ? 0 : file, 'utf8'))
  } catch (error) {
    return wrong(`${file} can't be read as JSON: ${(error as Error).message}`)
  }
  const problems: Problems = []
  const read = readClient(value, 'client', problems)
  if (read === undefined) return wrong(problems.join('\n'))
  return withNotes(async (notes, config) => {
    if (readClientsFile(config.clients).clients.has(read.id))
      throw new Error(`${read.id} is in the file of CLIENTS already, and that counts`)
    await storeClient(notes, read.id, value)
    console.log(`${read.id} may ask for tokens now.`)
    return 0
  })
}

async function remove(args: readonly string[]): Promise<number> {
  const [id, ...more] = args
  if (id === undefined || more.length > 0) return wrong(USAGE)
  return withNotes(async (notes, config) => {
    if (await removeClient(notes, id)) {
      console.log(`${id} is gone; its tokens count no more.`)
      return 0
    }
    const where = readClientsFile(config.clients).clients.has(id)
      ? `is in the file of CLIENTS: take it out there, and start the server again`
      : 'is not registered'
    throw new Error(`${id} ${where}`)
  })
}

async function hash(args: readonly string[]): Promise<number> {
  if (args.length > 0) return wrong(USAGE)
  if (process.stdin.isTTY) console.error('The password, and then Enter and Ctrl-D:')
  const password = readFileSync(0, 'utf8').replace(/\r?\n$/, '')
  if (password.length < 8) return wrong('A password has 8 characters or more')
  const { hashPassword } = await import('../auth/person.ts')
  console.log(await hashPassword(password))
  return 0
}

async function key(args: readonly string[]): Promise<number> {
  const [file, ...more] = args
  if (file === undefined || more.length > 0) return wrong(USAGE)
  const { makeClientKey } = await import('../auth/client-key.ts')
  console.log(JSON.stringify({ keys: [await makeClientKey(file)] }))
  return 0
}

async function keys(args: readonly string[]): Promise<number> {
  if (args.length > 0) return wrong(USAGE)
  const { makeKeys } = await import('../auth/key.ts')
  console.log(JSON.stringify(await makeKeys(), undefined, 2))
  return 0
}

async function token(args: readonly string[]): Promise<number> {
  let call
  try {
    call = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { key: { type: 'string' }, scope: { type: 'string' }, url: { type: 'string' } },
    })
  } catch (error) {
    return wrong((error as Error).message)
  }
  const [id, ...more] = call.positionals
  const { key: file, scope, url } = call.values
  if (id === undefined || more.length > 0 || file === undefined || scope === undefined)
    return wrong(USAGE)
  const { askForToken } = await import('../auth/client-key.ts')
  console.log(
    await askForToken({ client: id, keyFile: file, scope, base: url ?? readConfig().baseUrl }),
  )
  return 0
}
