// What was taken must be had again: read, read as XML, listed and found, for everything that a server holds.
import assert from 'node:assert/strict'
import type { TestServer } from '../support/server.ts'
import type { Sender } from './send.ts'

/** Assert it of every current resource, and of every version; @returns how many resources there are */
export async function assertReadable(server: TestServer, sender: Sender): Promise<number> {
  const { store, validator } = server.context
  const seen = new Map<string, boolean>()
  let cursor: string | undefined
  do {
    const page = await store.history({ count: 500, ...(cursor === undefined ? {} : { cursor }) })
    for (const { type, id, text } of page.versions)
      if (!seen.has(`${type}/${id}`)) seen.set(`${type}/${id}`, text !== undefined)
    cursor = page.next
  } while (cursor !== undefined)
  const ok = async (path: string, headers: Record<string, string> = {}): Promise<string> => {
    const answer = await sender.send({ method: 'GET', path, headers })
    assert.equal(answer.status, 200, `${path} ${answer.text.slice(0, 300)}`)
    return answer.text
  }
  const types = new Set<string>()
  let count = 0
  for (const [reference, isHere] of seen) {
    if (!isHere) continue
    count++
    const [type, id] = reference.split('/') as [string, string]
    types.add(type)
    const json = { accept: 'application/fhir+json' }
    const text = await ok(`/${reference}`, json)
    assert.deepEqual(validator.validate(JSON.parse(text), { storing: true }), [], reference)
    await ok(`/${reference}`, { accept: 'application/fhir+xml' })
    const found = JSON.parse(await ok(`/${type}?_id=${id}`, json)) as { total?: number }
    assert.equal(found.total, 1, `${reference} is not found`)
  }
  for (const type of types) {
    const listed = await listedOf(type, ok)
    for (const [reference, isHere] of seen)
      if (reference.startsWith(`${type}/`))
        assert.equal(listed.has(reference), isHere, `${reference} in the list of its type`)
    await ok(`/${type}?_count=1000&_format=xml`)
    await ok(`/${type}/_history?_count=1000&_format=xml`)
  }
  return count
}

async function listedOf(
  type: string,
  ok: (path: string) => Promise<string>,
): Promise<ReadonlySet<string>> {
  const listed = new Set<string>()
  let path: string | undefined = `/${type}?_count=200`
  while (path !== undefined) {
    const page = JSON.parse(await ok(path)) as {
      entry?: { resource: { id: string } }[]
      link: { relation: string; url: string }[]
    }
    for (const { resource } of page.entry ?? []) listed.add(`${type}/${resource.id}`)
    path = page.link.find((l) => l.relation === 'next')?.url.replace(/^.*?\/fhir(?=\/)/, '')
  }
  return listed
}
