import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { START, type Progress } from '../../../src/cli/load/journal.ts'
import { loadSources, type Options } from '../../../src/cli/load/run.ts'
import { Away, type Failed } from '../../../src/cli/load/send.ts'
import { listSources } from '../../../src/cli/load/source.ts'
import type { Answer, Target } from '../../../src/cli/load/target.ts'

type Sent = {
  type: string
  entry: { resource: { id: string; bad?: boolean; value?: number }; request: unknown }[]
}

/** A server in memory: keeps what it is given by id, refuses a Bundle that holds a resource marked `bad`. */
function memory(answer: (bundle: Sent) => Answer | undefined = () => undefined) {
  const kept = new Map<string, number | undefined>()
  const bundles: Sent[] = []
  let most = 0
  let now = 0
  const target: Target = async (text) => {
    const bundle = JSON.parse(text) as Sent
    bundles.push(bundle)
    most = Math.max(most, ++now)
    await sleep(bundles.length % 3)
    now--
    const given = answer(bundle)
    if (given !== undefined) return given
    if (bundle.entry.some((e) => e.resource.bad))
      return { status: 422, issues: [{ severity: 'error', code: 'invalid', diagnostics: 'bad' }] }
    for (const { resource } of bundle.entry) kept.set(resource.id, resource.value)
    return { status: 200, issues: [] }
  }
  return { kept, bundles, target, mostAtOnce: () => most }
}

const line = (id: string, more: object = {}) =>
  JSON.stringify({ resourceType: 'Basic', id, ...more })

describe('a load', () => {
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ieum-load-'))
  })
  after(() => rm(folder, { recursive: true }))

  const file = async (name: string, content: string | Buffer) => {
    await writeFile(join(folder, name), content)
    return join(folder, name)
  }

  const run = async (path: string, target: Target, more: Partial<Options> = {}) => {
    const failed: (Failed & { source: string })[] = []
    const seen: Progress[] = []
    const progress = await loadSources(await listSources(path), {
      target,
      inFlight: 4,
      patience: 0,
      onFailed: (source, f) => failed.push({ source: source.name, ...f }),
      onProgress: (p) => seen.push(p),
      ...more,
    })
    return { progress, failed, seen }
  }

  it('loads every good line, names every bad one, plain and gzip, wherever the bad ones are', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('good', 'bad', 'broken'), { minLength: 1, maxLength: 600 }),
        fc.boolean(),
        async (kinds, gzip) => {
          const lines = kinds.map((kind, i) =>
            kind === 'broken' ? '{"resourceType":' : line(`r${i}`, { bad: kind === 'bad' }),
          )
          const text = lines.join('\n')
          const path = gzip
            ? await file('x.ndjson.gz', gzipSync(text))
            : await file('x.ndjson', text)
          const server = memory()
          const { progress, failed } = await run(path, server.target)
          const good = kinds.flatMap((kind, i) => (kind === 'good' ? [`r${i}`] : []))
          assert.deepEqual([...server.kept.keys()].sort(), [...good].sort())
          assert.deepEqual(
            failed.map((f) => f.at.line).sort((a, b) => a - b),
            kinds.flatMap((kind, i) => (kind === 'good' ? [] : [i + 1])),
          )
          assert.deepEqual(progress, {
            file: 1,
            next: START.next,
            loaded: good.length,
            failed: kinds.length - good.length,
          })
        },
      ),
      { numRuns: 25 },
    )
  })

  it('groups what it sends and keeps several groups on their way, never more than asked for', async () => {
    const path = await file(
      'many.ndjson',
      Array.from({ length: 1000 }, (_, i) => line(`r${i}`)).join('\n'),
    )
    const server = memory()
    await run(path, server.target, { inFlight: 3 })
    assert.equal(server.kept.size, 1000)
    assert.equal(server.bundles.length, 5)
    assert.equal(server.mostAtOnce(), 3)
  })

  it('lets the last version of a resource win, in one group or in several', async () => {
    const versions = Array.from({ length: 900 }, (_, i) => line(`r${i % 7}`, { value: i }))
    const server = memory()
    await run(await file('versions.ndjson', versions.join('\n')), server.target)
    for (const [id, value] of server.kept) assert.ok((value ?? 0) >= 893, `${id} is ${value}`)
    for (const { entry } of server.bundles)
      assert.equal(new Set(entry.map((e) => e.resource.id)).size, entry.length)
  })

  it('sends the named entries by themselves when the server says which are at fault', async () => {
    const path = await file(
      'named.ndjson',
      Array.from({ length: 200 }, (_, i) => line(`r${i}`, { bad: i === 60 || i === 61 })).join(
        '\n',
      ),
    )
    const server = memory(({ entry }) => {
      const expression = entry.flatMap((e, i) =>
        e.resource.bad ? [`Bundle.entry[${i}].resource.bad`] : [],
      )
      if (expression.length === 0) return undefined
      return {
        status: 422,
        issues: [{ severity: 'error', code: 'invalid', diagnostics: 'bad', expression }],
      }
    })
    const { failed } = await run(path, server.target)
    assert.equal(server.bundles.length, 4)
    assert.deepEqual(
      failed.map((f) => [f.at.line, f.issues[0]?.expression]),
      [
        [61, ['Basic.bad']],
        [62, ['Basic.bad']],
      ],
    )
  })

  it('stops when the server stays away, and goes on from there', async () => {
    const path = await file(
      'away.ndjson',
      Array.from({ length: 2000 }, (_, i) => line(`r${i}`)).join('\n'),
    )
    let away = true
    const server = memory((bundle) =>
      away && bundle.entry.some((e) => e.resource.id === 'r1100')
        ? { status: 503, issues: [{ severity: 'error', code: 'transient', diagnostics: 'away' }] }
        : undefined,
    )
    const seen: Progress[] = []
    await assert.rejects(run(path, server.target, { onProgress: (p) => seen.push(p) }), Away)
    const from = seen.at(-1)
    assert.deepEqual(from, { file: 0, next: { line: 1001, item: 0 }, loaded: 1000, failed: 0 })
    const again = server.bundles.length
    away = false
    const { progress } = await run(path, server.target, { from })
    assert.deepEqual(progress, { file: 1, next: START.next, loaded: 2000, failed: 0 })
    assert.equal(server.kept.size, 2000)
    const first = server.bundles.slice(again).flatMap((b) => b.entry.map((e) => e.resource.id))
    assert.ok(!first.includes('r999'))
  })

  it('waits for a server that comes back', async () => {
    let tries = 0
    const server = memory(() =>
      ++tries < 3 ? { status: 0, issues: [], retryAfter: 0.01 } : undefined,
    )
    const { progress } = await run(await file('back.json', line('r')), server.target, {
      patience: 5,
    })
    assert.equal(progress.loaded, 1)
    assert.equal(tries, 3)
  })

  it('sends nothing more once it is told to stop, and says how far it came', async () => {
    const path = await file(
      'stop.ndjson',
      Array.from({ length: 3000 }, (_, i) => line(`r${i}`)).join('\n'),
    )
    const stop = new AbortController()
    const server = memory(() => {
      if (server.bundles.length === 5) stop.abort()
      return undefined
    })
    const { progress } = await run(path, server.target, { stop: stop.signal })
    assert.equal(progress.file, 0)
    assert.equal(progress.loaded, server.kept.size)
    assert.equal(progress.next.line, server.kept.size + 1)
    assert.ok(server.kept.size < 3000)
    const rest = await run(path, server.target, { from: progress })
    assert.deepEqual(rest.progress, { file: 1, next: START.next, loaded: 3000, failed: 0 })
  })

  it('goes on within a Bundle of many resources', async () => {
    const entry = Array.from({ length: 700 }, (_, i) => ({
      resource: { resourceType: 'Basic', id: `r${i}` },
    }))
    const path = await file(
      'collection.json',
      JSON.stringify({ resourceType: 'Bundle', type: 'collection', entry }, null, 1),
    )
    const server = memory()
    const from: Progress = { file: 0, next: { line: 1, item: 400 }, loaded: 400, failed: 0 }
    const { progress, seen } = await run(path, server.target, { from })
    assert.equal(server.kept.size, 300)
    assert.ok(server.kept.has('r400') && !server.kept.has('r399'))
    assert.deepEqual(seen[0]?.next, { line: 1, item: 600 })
    assert.equal(progress.loaded, 700)
  })

  it('keeps hospitals and practitioners before the rest of a folder, one after the other', async () => {
    const sub = await mkdtemp(join(folder, 'synthea-'))
    const bundle = (id: string) =>
      JSON.stringify({
        resourceType: 'Bundle',
        type: 'transaction',
        entry: [
          {
            resource: { resourceType: 'Basic', id },
            request: { method: 'PUT', url: `Basic/${id}` },
          },
        ],
      })
    for (const name of [
      'Aaron.json',
      'practitionerInformation1.json',
      'hospitalInformation1.json',
      'Zoe.json',
    ])
      await writeFile(join(sub, name), bundle(name.replace('.json', '')))
    await writeFile(join(sub, 'notes.txt'), 'not this one')
    await writeFile(join(sub, 'old.failed.ndjson'), line('nor-this'))
    const server = memory()
    const { progress } = await run(sub, server.target)
    assert.equal(progress.loaded, 4)
    assert.deepEqual(
      server.bundles.map((b) => b.entry[0]?.resource.id),
      ['hospitalInformation1', 'practitionerInformation1', 'Aaron', 'Zoe'],
    )
  })

  it('counts the failed entries of a batch one by one', async () => {
    const entry = [0, 1, 2].map((i) => ({
      resource: { resourceType: 'Basic', id: `r${i}` },
      request: { method: 'PUT', url: `Basic/r${i}` },
    }))
    const path = await file(
      'batch.json',
      JSON.stringify({ resourceType: 'Bundle', type: 'batch', entry }),
    )
    const outcome = {
      resourceType: 'OperationOutcome',
      issue: [{ severity: 'error', code: 'invalid', diagnostics: 'no' }],
    }
    const server = memory(() => ({
      status: 200,
      issues: [],
      body: JSON.stringify({
        resourceType: 'Bundle',
        type: 'batch-response',
        entry: [
          { response: { status: '201 Created' } },
          { response: { status: '422', outcome } },
          { response: { status: '200 OK' } },
        ],
      }),
    }))
    const { progress, failed } = await run(path, server.target)
    assert.equal(progress.loaded, 2)
    assert.deepEqual(
      failed.map((f) => [f.at, f.status, f.issues[0]?.diagnostics]),
      [[{ line: 1, entry: 1 }, 422, 'no']],
    )
  })

  it('goes on with the next file when one is cut off', async () => {
    const sub = await mkdtemp(join(folder, 'cut-'))
    const text = Array.from({ length: 5000 }, (_, i) =>
      line(`r${i}`, { value: Math.random() }),
    ).join('\n')
    const whole = gzipSync(text)
    await writeFile(join(sub, 'a.ndjson.gz'), whole.subarray(0, whole.length >> 1))
    await writeFile(join(sub, 'b.json'), line('last'))
    const server = memory()
    const { progress, failed } = await run(sub, server.target)
    assert.equal(progress.file, 2)
    assert.ok(server.kept.has('last') && server.kept.size > 100)
    // The half line before the cut, and the cut.
    assert.ok(failed.length >= 1 && failed.every((f) => f.source === 'a.ndjson.gz'))
    assert.match(failed.at(-1)?.issues[0]?.diagnostics ?? '', /can't be read/)
  })
})
