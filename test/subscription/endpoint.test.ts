// Where notifications may go.
// docs/operations.md
import assert from 'node:assert/strict'
import { promisify } from 'node:util'
import { createEndpoints, wrongItem } from '../../src/subscription/endpoint.ts'
import { readHeader } from '../../src/subscription/header.ts'
import { backOff } from '../../src/subscription/sender.ts'

const listed = (...subscriptionEndpoints: string[]) =>
  createEndpoints({ auth: 'oauth', subscriptionEndpoints })
const open = createEndpoints({ auth: 'open', subscriptionEndpoints: [] })

describe('endpoints of subscriptions', () => {
  const cases: readonly [list: readonly string[], endpoint: string, may: boolean][] = [
    [[], 'http://127.0.0.1:8080/x', false],
    [['https://a.example'], 'https://a.example/x/y?z=1', true],
    [['https://a.example'], 'https://A.EXAMPLE:443/', true],
    [['https://a.example'], 'http://a.example/', false],
    [['https://a.example'], 'https://a.example.evil.example/', false],
    [['https://a.example'], 'https://a.example@evil.example/', false],
    [['https://a.example'], 'https://user:secret@a.example/', false],
    [['https://a.example'], 'https://a.example:8443/', false],
    [['https://a.example/hooks'], 'https://a.example/hooks', true],
    [['https://a.example/hooks/'], 'https://a.example/hooks/1', true],
    [['https://a.example/hooks'], 'https://a.example/hooks2', false],
    [['https://a.example/hooks'], 'https://a.example/hooks/../admin', false],
    [['https://a.example/hooks'], 'https://a.example/hooks/%2e%2e/admin', false],
    [['https://a.example', '10.0.0.0/8'], 'https://10.0.0.1/', false],
    [['http://10.0.0.1:8080'], 'http://10.0.0.1:8080/x', true],
  ]
  for (const [list, endpoint, may] of cases)
    it(`${may ? 'lets' : 'refuses'} ${endpoint} with ${list.join(', ') || 'nothing listed'}`, () =>
      assert.equal(listed(...list).refusal(endpoint) === undefined, may))

  it('lets this machine in open mode, however it is written, and no other', () => {
    for (const host of ['127.0.0.1', 'localhost', '[::1]', '2130706433', '0x7f.1'])
      assert.equal(open.refusal(`http://${host}:9/x`), undefined, host)
    for (const host of ['169.254.169.254', '10.0.0.1', '0.0.0.0', 'localhost.example', '[fd00::1]'])
      assert.notEqual(open.refusal(`http://${host}/`), undefined, host)
    for (const url of ['ftp://127.0.0.1/', 'file:///etc/passwd', '/x', ''])
      assert.notEqual(open.refusal(url), undefined, url)
  })

  it('connects to no inner address by a name, unless its range is listed', async () => {
    const addressOf = (endpoints: typeof open, name: string) =>
      promisify(endpoints.lookup)(name, {})
    await assert.rejects(addressOf(listed('http://ip6-localhost'), 'ip6-localhost'))
    const own = listed('http://localhost').lookup
    const found = await new Promise((resolve) =>
      own('localhost', { family: 4 }, (_error, address) => resolve(address)),
    )
    assert.match(found as string, /^127\./)
  })

  it('knows what can be listed', () => {
    for (const item of ['https://a.example', 'http://a.example:8080/x/', '10.0.0.0/8', 'fd00::/8'])
      assert.equal(wrongItem(item), undefined, item)
    for (const item of ['a.example', 'ftp://a.example', '10.0.0.0/33', '10.0.0/8', 'http://u:p@a/'])
      assert.notEqual(wrongItem(item), undefined, item)
  })

  it('takes headers, but none that frame a request', () => {
    assert.deepEqual(readHeader('Authorization: Bearer a b'), ['Authorization', 'Bearer a b'])
    assert.deepEqual(readHeader('X-Empty:'), ['X-Empty', ''])
    for (const line of ['Host: a', 'content-length: 1', 'no colon', 'X: a\r\nY: b', ': a', 'X: é'])
      assert.equal(typeof readHeader(line), 'string', line)
  })

  it('waits twice as long after each failure, up to a minute', () => {
    const waits = [1, 2, 3, 7, 8, 50].map((failures) => backOff(failures, 0.5))
    assert.deepEqual(waits, [500, 1000, 2000, 32_000, 60_000, 60_000])
    assert.equal(backOff(1, 0), 400)
  })
})
