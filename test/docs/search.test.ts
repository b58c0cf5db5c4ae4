import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import type { Serving } from '../../src/cli/serve.ts'
import { seedDemo } from '../../src/job/seed.ts'
import { client, startTestServer, type TestServer } from '../support/server.ts'

const PAGE = readFileSync(new URL('../../docs/search.md', import.meta.url), 'utf8')

type Step = {
  readonly method: string
  readonly path: string
  readonly body: string | undefined
  readonly status: number
}

/** Requests of the page; `# 400` behind one says that it is refused, a line that begins with `{` is its body. */
const steps = [...PAGE.matchAll(/```http\n([^]*?)```/g)].flatMap(([, block = '']): Step[] => {
  const lines = block.trim().split('\n')
  return lines.flatMap((line, i) => {
    const [, method, path] = /^(GET|PUT) (.*)$/.exec(line) ?? []
    if (method === undefined || path === undefined) return []
    const next = lines[i + 1] ?? ''
    const status = Number(/^# (\d+)$/.exec(next)?.[1] ?? 200)
    return [{ method, path, body: next.startsWith('{') ? next : undefined, status }]
  })
})

describe('the page about search', () => {
  let serving: Serving
  let server: TestServer
  before(async () => {
    serving = await startTestServer({ STORE_URL: 'sqlite::memory:' })
    await seedDemo(serving.context)
    server = client(serving)
  })
  after(() => serving.close())

  it('has its requests', () => assert.ok(steps.length > 40))

  for (const { method, path, body, status } of steps)
    it(`${method} ${path} ${status === 200 ? 'finds something' : `is answered ${status}`}`, async () => {
      const answer = await server.send(method, encodeURI(path), body, { prefer: 'handling=strict' })
      if (method === 'PUT') assert.equal(answer.status, 201, answer.text)
      else {
        assert.equal(answer.status, status, answer.text)
        if (status !== 200) return
        const { total, entry = [] } = answer.body
        assert.ok(total > 0 || entry.length > 0, answer.text)
        if (/_(rev)?include/.test(path))
          assert.ok(entry.some((one: any) => one.search.mode === 'include'))
      }
    })
})
