// What a site writes while its line is bad, and whether the hub has just that in the end.
// Must not depend on the order in which things arrive.
import assert from 'node:assert/strict'
import type { TestServer } from '../support/server.ts'
import { observation, patient } from './pair.ts'

/** Write so many records at an edge: patients, what was measured of them, changes and a few deletions. */
export async function work(
  edge: TestServer,
  records: number,
  random: () => number,
  name: string,
): Promise<void> {
  const patients: string[] = []
  const measured: string[] = []
  const some = (list: readonly string[]): string => list[Math.floor(random() * list.length)]!
  for (let i = 0; i < records; i++) {
    const kind = random()
    if (patients.length === 0 || kind < 0.1) {
      const identified =
        random() < 0.7
          ? patient(`${name}-${String(i)}`)
          : { resourceType: 'Patient', name: [{ text: `${name} ${String(i)}` }] }
      patients.push((await edge.send('POST', '/Patient', identified)).body.id)
    } else if (kind < 0.7 || measured.length === 0) {
      const made = await edge.send(
        'POST',
        '/Observation',
        observation(`Patient/${some(patients)}`, i),
      )
      measured.push(made.body.id)
    } else if (kind < 0.9) {
      const path = `/Observation/${some(measured)}`
      const { body } = await edge.send('GET', path)
      if (body.resourceType === 'Observation')
        await edge.send('PUT', path, { ...body, note: [{ text: `change ${String(i)}` }] })
    } else if (kind < 0.92) await edge.send('DELETE', `/Observation/${some(measured)}`)
    else {
      // One transaction whose report stands before what it refers to.
      const about = { reference: `Patient/${some(patients)}` }
      const entry = (resource: object, method: string, url: string, fullUrl?: string) => ({
        ...(fullUrl === undefined ? {} : { fullUrl }),
        resource,
        request: { method, url },
      })
      const code = { text: 'Panel' }
      await edge.send('POST', '', {
        resourceType: 'Bundle',
        type: 'transaction',
        entry: [
          entry(
            {
              resourceType: 'DiagnosticReport',
              status: 'final',
              code,
              subject: about,
              result: [{ reference: 'urn:uuid:7f3c0e9a-3b1d-4a4e-9a53-1f1f8f0c2b11' }],
            },
            'POST',
            'DiagnosticReport',
          ),
          entry(
            observation(about.reference, i),
            'POST',
            'Observation',
            'urn:uuid:7f3c0e9a-3b1d-4a4e-9a53-1f1f8f0c2b11',
          ),
        ],
      })
    }
  }
}

type Listed = Map<string, { versions: number; last: string }>

/** All that a server has of what edges make, by type and id: how many versions, and what the last one says. */
export async function listed({ context }: TestServer): Promise<Listed> {
  const found: Listed = new Map()
  for (let cursor = ''; ;) {
    const page = await context.store.changes(cursor, 1000)
    if (page.versions.length === 0) return found
    cursor = page.cursor
    for (const { type, id, text } of page.versions) {
      if (type === 'AuditEvent') continue
      const name = `${type}/${id}`
      const before = found.get(name)
      found.set(name, { versions: (before?.versions ?? 0) + 1, last: bare(text) })
    }
  }
}

const bare = (text: string | undefined): string => {
  if (text === undefined) return 'deleted'
  const { meta: _meta, ...rest } = JSON.parse(text)
  return JSON.stringify(rest)
}

/**
 * What the hub should have of an edge, and has: nothing lost, each version once.
 * @param isOurs of what the edge has; all unless given
 * @returns versions that were compared
 */
export async function assertSame(
  edge: TestServer,
  hub: TestServer,
  isOurs: (type: string, last: string) => boolean = () => true,
): Promise<number> {
  const [here, there] = [await listed(edge), await listed(hub)]
  let versions = 0
  for (const [name, { versions: count, last }] of here) {
    if (!isOurs(name.split('/')[0]!, last)) continue
    const found = there.get(name)
    if (last === 'deleted' && found === undefined) continue
    assert.equal(found?.last, last, name)
    assert.equal(found.versions, count, `versions of ${name}`)
    versions += count
  }
  return versions
}

/** Names of what one server has and the other hasn't. */
export async function onlyAt(one: TestServer, other: TestServer): Promise<readonly string[]> {
  const [has, hasnt] = [await listed(one), await listed(other)]
  return [...has.keys()].filter((name) => !hasnt.has(name))
}
