// Whatever stands at whatever place of a Bundle, the answer is one, and a transaction that fails wrote nothing.
import assert from 'node:assert/strict'
import { closeContext, openContext } from '../../src/app.ts'
import { readConfig } from '../../src/config.ts'
import type { Context } from '../../src/context.ts'
import { Failure } from '../../src/errors.ts'
import { handle } from '../../src/handle.ts'
import { createLog } from '../../src/log.ts'
import { bundleOf, entry, observation, patient } from './bundles.ts'

const bundle = (type: string) =>
  bundleOf(type, [
    entry('POST Patient', patient('1', { text: { div: '<a href="urn:uuid:1">x</a>' } }), {
      fullUrl: 'urn:uuid:1',
      ifNoneExist: 'identifier=urn:test|9',
    }),
    entry(
      'POST Observation',
      observation({
        contained: [{ resourceType: 'Patient', id: 'c' }],
        subject: { reference: 'urn:uuid:1/_history/1' },
        performer: [{ reference: 'Patient?identifier=urn:test|1' }],
      }),
      { fullUrl: 'http://elsewhere.example/Observation/2' },
    ),
    entry('PUT Patient/a', patient('a', { id: 'a' }), { ifMatch: 'W/"1"' }),
    entry('PUT Patient?identifier=urn:test|5', patient('5', { id: 'y' })),
    entry('PATCH Patient/b', {
      resourceType: 'Binary',
      contentType: 'application/json-patch+json',
      data: btoa('[{"op":"add","path":"/extension","value":[{"reference":"urn:uuid:1"}]}]'),
    }),
    entry('PATCH Patient/c', {
      resourceType: 'Parameters',
      parameter: [
        {
          name: 'operation',
          part: [
            { name: 'type', valueCode: 'add' },
            { name: 'path', valueString: 'Patient' },
            { name: 'name', valueString: 'active' },
            { name: 'value', valueBoolean: true },
          ],
        },
      ],
    }),
    entry('DELETE Patient/d'),
    entry('GET Patient?name=x', undefined, { ifModifiedSince: '2020-01-01T00:00:00Z' }),
  ])

const JUNK: readonly unknown[] = [
  null,
  [],
  {},
  -1.5e300,
  '',
  [null],
  { resourceType: 'Patient' },
  'Patient?identifier=urn:test|1',
  'constructor',
  '%',
]

type At = readonly (string | number)[]

function* places(value: unknown, at: At = []): Generator<At> {
  if (at.length > 0) yield at
  if (Array.isArray(value)) for (const [i, item] of value.entries()) yield* places(item, [...at, i])
  else if (typeof value === 'object' && value !== null)
    for (const [name, member] of Object.entries(value)) yield* places(member, [...at, name])
}

function replaced(type: string, at: At, junk: unknown): string {
  const copy: any = structuredClone(bundle(type))
  let holder = copy
  for (const step of at.slice(0, -1)) holder = holder[step]
  holder[at.at(-1)!] = junk
  return JSON.stringify(copy)
}

describe('a Bundle with junk at any place', () => {
  let context: Context
  const post = async (text: string): Promise<{ status: number; body: string }> => {
    const body = { type: 'application/fhir+json', text }
    try {
      const answer = await handle(
        { method: 'POST', path: [], query: [], headers: {}, body },
        context,
      )
      return { status: answer.status, body: answer.body! }
    } catch (error) {
      if (error instanceof Failure) return { status: error.status, body: '' }
      throw error
    }
  }

  before(async () => {
    const config = readConfig({ STORE_URL: 'sqlite::memory:', SEED: 'none' })
    context = await openContext(config, createLog('silent'))
    for (const id of ['b', 'c', 'd'])
      await post(
        JSON.stringify(bundleOf('batch', [entry(`PUT Patient/${id}`, patient(id, { id }))])),
      )
  })
  after(() => closeContext(context))

  for (const type of ['batch', 'transaction'])
    it(`is answered without a fault, as a ${type}`, async function () {
      this.timeout(120_000)
      const count = async () => (await context.store.history({ count: 1_000_000 })).versions.length
      let refused = 0
      for (const at of places(bundle(type)))
        for (const junk of JUNK) {
          const where = `${JSON.stringify(junk)} at ${at.join('.')}`
          const before = await count()
          const { status, body } = await post(replaced(type, at, junk))
          assert.ok(status < 500, where)
          assert.doesNotMatch(body, /"status":"5\d\d /, where)
          if (status === 200) continue
          refused++
          assert.equal(await count(), before, where)
        }
      assert.ok(refused > 100, `${refused} refused`)
    })
})
