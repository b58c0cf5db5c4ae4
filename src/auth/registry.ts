// Who is registered: clients and people of the file that CLIENTS names, and clients that `ieum client add` put into the
// store. Must not start with a file that is wrong in any part.
import { readFileSync } from 'node:fs'
import type { Notes } from '../store/indexing.ts'
import { readClient, type Client } from './client.ts'
import { isObject, type Problems } from './fields.ts'
import { allNotes, keptText, keptValue, noteName } from './note.ts'
import { readPerson, type Person } from './person.ts'

export type Registry = {
  /** By `client_id`, as it is registered now. */
  client(id: string): Promise<Client | undefined>
  /** All of them, those of the file first. */
  clients(): Promise<readonly Client[]>
  /** By login name, whatever its case. */
  person(login: string): Person | undefined
}

export type ClientsFile = {
  readonly clients: ReadonlyMap<string, Client>
  readonly people: ReadonlyMap<string, Person>
}

/** @throws Error that lists everything wrong with the file, a line each */
export function readClientsFile(path: string): ClientsFile {
  if (path === '') return { clients: new Map(), people: new Map() }
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw new Error(`CLIENTS: ${path} can't be read (${(error as { code: string }).code})`, {
      cause: error,
    })
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new Error(`CLIENTS: ${path} is not JSON`)
  }
  const problems: Problems = []
  const file = readClients(value, problems)
  if (problems.length > 0)
    throw new Error(problems.map((problem) => `CLIENTS: ${problem}`).join('\n'))
  return file
}

/** `{"clients": […], "people": […]}`, or a list of clients. */
export function readClients(value: unknown, problems: Problems): ClientsFile {
  const whole = Array.isArray(value) ? { clients: value as unknown } : value
  const clients = new Map<string, Client>()
  const people = new Map<string, Person>()
  if (!isObject(whole)) {
    problems.push('the file must hold {"clients": […], "people": […]}')
    return { clients, people }
  }
  for (const name of Object.keys(whole))
    if (name !== 'clients' && name !== 'people')
      problems.push(`"${name}" is not known; the file holds "clients" and "people"`)
  listOf(whole, 'clients', problems).forEach((one, i) => {
    const client = readClient(one, `clients[${i}]`, problems)
    if (client === undefined) return
    if (clients.has(client.id))
      problems.push(`clients[${i}].client_id: "${client.id}" is there twice`)
    clients.set(client.id, client)
  })
  listOf(whole, 'people', problems).forEach((one, i) => {
    const person = readPerson(one, `people[${i}]`, problems)
    if (person === undefined) return
    if (people.has(person.login)) problems.push(`people[${i}].login is there twice`)
    people.set(person.login, person)
  })
  return { clients, people }
}

function listOf(
  whole: Readonly<Record<string, unknown>>,
  name: string,
  problems: Problems,
): readonly unknown[] {
  const found = whole[name] ?? []
  if (Array.isArray(found)) return found
  problems.push(`"${name}" must be a list`)
  return []
}

const KIND = 'client'

export function openRegistry({ clients, people }: ClientsFile, notes: Notes): Registry {
  const read = new Map<string, { readonly text: string; readonly client: Client | undefined }>()
  const parsed = (text: string | undefined): Client | undefined => {
    const value = keptValue(text)
    return value === undefined ? undefined : readClient(value, 'client', [])
  }
  return {
    client: async (id) => {
      const known = clients.get(id)
      if (known !== undefined) return known
      // The note is read each time, so that one that was removed counts no more; it is parsed once.
      const text = await notes.read(noteName(KIND, id))
      if (text === undefined) {
        read.delete(id)
        return undefined
      }
      const before = read.get(id)
      if (before?.text === text) return before.client
      const client = parsed(text)
      read.set(id, { text, client })
      return client
    },
    clients: async () => {
      const all = [...clients.values()]
      for (const { client } of await storedClients(notes))
        if (client !== undefined && !clients.has(client.id)) all.push(client)
      return all
    },
    person: (login) => people.get(login.toLowerCase()),
  }
}

/** Those that the store keeps, as they were registered. */
export async function storedClients(
  notes: Notes,
): Promise<readonly { readonly value: unknown; readonly client: Client | undefined }[]> {
  const found = []
  for await (const { text } of allNotes(notes, `auth.${KIND}.`)) {
    const value = keptValue(text)
    if (value !== undefined) found.push({ value, client: readClient(value, 'client', []) })
  }
  return found
}

/** Keep a client in the store. @param value as readClient takes it */
export const storeClient = (notes: Notes, id: string, value: unknown): Promise<void> =>
  notes.write(noteName(KIND, id), keptText(value))

/** Remove one; its tokens count no more from now on. @returns whether it was there */
export async function removeClient(notes: Notes, id: string): Promise<boolean> {
  const name = noteName(KIND, id)
  if ((await notes.read(name)) === undefined) return false
  await notes.write(name, undefined)
  return true
}
