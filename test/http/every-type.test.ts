// Every resource type of R4 goes the whole way: created, read, searched, updated, patched, deleted, and its past read.
import assert from 'node:assert/strict'
import { unique } from '../interaction/bundles.ts'
import { onBothStores } from '../support/server.ts'
import { soundResource } from '../validation/sound-resource.ts'
import { createdId } from './outcome.ts'

const FHIR = { accept: 'application/fhir+json' }

onBothStores('every type', (server) => {
  const send = (
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ) => server().send(method, path, body, { ...FHIR, ...headers })

  /** What the server adds. */
  const without = ({ id, meta, ...rest }: any): unknown => {
    const { versionId, lastUpdated, ...others } = meta ?? {}
    return Object.keys(others as object).length > 0 ? { ...rest, meta: others } : rest
  }

  it('is created, read, searched, updated, deleted, and has a history', async function () {
    this.timeout(240_000)
    const types = server().context.definitions.resourceTypes
    assert.ok(types.length >= 146, String(types.length))
    for (const [seed, type] of types.entries()) {
      const resource: any = soundResource(server().context, type, seed)
      const made = await send('POST', `/${type}`, resource)
      assert.equal(made.status, 201, `${type}: ${made.text}`)
      const id = createdId(made)
      assert.deepEqual(without(made.body), without(resource), type)

      const read = await send('GET', `/${type}/${id}`)
      assert.deepEqual([read.status, read.body], [200, made.body], type)

      const found = await send('GET', `/${type}?_id=${id}&_total=accurate`)
      assert.deepEqual([found.status, found.body.total], [200, 1], type)
      assert.deepEqual(found.body.entry[0].resource, made.body)

      const language = `x-${unique()}`
      const updated = await send('PUT', `/${type}/${id}`, { ...made.body, language })
      assert.deepEqual([updated.status, updated.body.language], [200, language], type)

      const xml = await send('GET', `/${type}/${id}`, undefined, { accept: 'application/fhir+xml' })
      assert.equal(xml.status, 200, type)
      const back = await send('PUT', `/${type}/${id}`, xml.text, {
        'content-type': 'application/fhir+xml',
      })
      assert.equal(back.status, 200, `${type}: ${back.text}`)
      assert.deepEqual(without(back.body), without(updated.body), type)

      const gone = await send('DELETE', `/${type}/${id}`)
      assert.equal(gone.status, 204, type)
      const last = Number(/\d+/.exec(gone.headers.get('etag')!)![0])
      assert.equal((await send('GET', `/${type}/${id}`)).status, 410, type)
      assert.equal((await send('GET', `/${type}/${id}/_history/${last}`)).status, 410, type)
      assert.deepEqual((await send('GET', `/${type}/${id}/_history/1`)).body, made.body, type)

      const history = await send('GET', `/${type}/${id}/_history`)
      assert.equal(history.body.total, last, type)
      assert.equal(history.body.entry[0].request.method, 'DELETE', type)
      assert.deepEqual(history.body.entry.at(-1).resource, made.body, type)
    }
  })
})
