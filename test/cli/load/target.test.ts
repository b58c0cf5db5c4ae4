// A load that outlasts its token, or whose token was revoked, goes on with another.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { httpTarget } from '../../../src/cli/load/target.ts'

describe('a server as the target of a load', () => {
  it('is asked once more with another token where one is refused', async () => {
    const got: string[] = []
    const server = createServer((request, response) => {
      got.push(request.headers.authorization ?? '')
      response.writeHead(got.at(-1) === 'Bearer two' ? 200 : 401).end('{}')
    })
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
    const base = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`
    try {
      const tokens = (refused?: string) =>
        Promise.resolve(refused === 'one' || got.length > 1 ? 'two' : 'one')
      const target = httpTarget(base, tokens)
      assert.equal((await target('{}')).status, 200)
      assert.equal((await target('{}')).status, 200)
      assert.deepEqual(got, ['Bearer one', 'Bearer two', 'Bearer two'])
      assert.equal((await httpTarget(base, () => Promise.resolve('three'))('{}')).status, 401)
      assert.equal((await httpTarget(base)('{}')).status, 401)
      assert.equal(got.at(-1), '')
    } finally {
      server.close()
      server.closeAllConnections()
    }
  })
})
