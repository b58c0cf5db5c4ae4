// Clients that are slow, silent, greedy or odd on the wire: each is told or cut off in time, and others are served.
import assert from 'node:assert/strict'
import { openWire } from '../http/socket.ts'
import { client, startTestServer, type TestServer } from '../support/server.ts'
import { until } from '../support/time.ts'

describe('clients that send slowly', () => {
  let serving: Awaited<ReturnType<typeof startTestServer>>
  let server: TestServer
  before(async () => {
    serving = await startTestServer({
      STORE_URL: 'sqlite::memory:',
      HEADERS_TIMEOUT_MS: '400',
      REQUEST_TIMEOUT_MS: '900',
      IDLE_TIMEOUT_MS: '300',
    })
    server = client(serving)
  })
  after(() => serving.close())

  const wire = () => openWire(serving.origin)
  // On a slow machine those who are quick may come too late as well.
  const served = async () => (await server.send('GET', '/metadata')).status === 200

  it('a hundred that send a header a second are told that they are late', async () => {
    const wires = await Promise.all(Array.from({ length: 100 }, wire))
    for (const w of wires) w.send('GET /fhir/metadata HTTP/1.1\r\nhost: x\r\n')
    const drip = setInterval(() => {
      for (const w of wires) if (w.socket.writable) w.send('a: b\r\n')
    }, 50)
    await until('others are served', served)
    const answers = await Promise.all(wires.map((w) => w.answer()))
    clearInterval(drip)
    for (const { status, body } of answers) {
      assert.equal(status, 408)
      assert.equal(JSON.parse(body).resourceType, 'OperationOutcome')
    }
    for (const w of wires) w.socket.destroy()
  })

  it('bodies that drip are told that they are late, and leave nothing', async () => {
    const wires = await Promise.all(Array.from({ length: 20 }, wire))
    for (const w of wires)
      w.send(
        'POST /fhir/Patient HTTP/1.1\r\nhost: x\r\ncontent-type: application/fhir+json\r\ncontent-length: 1000\r\n\r\n',
      )
    const drip = setInterval(() => {
      for (const w of wires) if (w.socket.writable) w.send(' ')
    }, 50)
    await until('others are served', served)
    await Promise.all(wires.map((w) => w.ended()))
    clearInterval(drip)
    await until('nothing is there', async () => {
      const { body } = await server.send('GET', '/Patient?_summary=count')
      return body.total === 0
    })
  })

  it('connections without a request, or with one behind them, are not kept', async () => {
    const silent = await wire()
    const idle = await wire()
    idle.send('GET /fhir/metadata HTTP/1.1\r\nhost: x\r\n\r\n')
    assert.equal((await idle.answer()).status, 200)
    await idle.ended()
    await silent.ended()
  })
})

describe('clients that take in slowly', () => {
  let serving: Awaited<ReturnType<typeof startTestServer>>
  before(async () => {
    serving = await startTestServer({ STORE_URL: 'sqlite::memory:', ANSWER_TIMEOUT_MS: '600' })
    const data = 'QUJD'.repeat(1_500_000)
    for (const id of ['a', 'b', 'c', 'd']) {
      const binary = { resourceType: 'Binary', id, contentType: 'text/plain', data }
      assert.equal((await client(serving).send('PUT', `/Binary/${id}`, binary)).status, 201)
    }
  })
  after(() => serving.close())
  const wire = () => openWire(serving.origin)

  it('those that ask for much and take in nothing are cut off', async () => {
    const wires = await Promise.all(Array.from({ length: 6 }, wire))
    for (const w of wires) {
      w.socket.pause()
      w.send('GET /fhir/Binary HTTP/1.1\r\nhost: x\r\n\r\n')
    }
    assert.equal((await client(serving).send('GET', '/metadata')).status, 200)
    // Both ends of each are in this process; the near one, being paused, doesn't hear of the end.
    // Two may be those of the request between.
    const before = sockets()
    const left = before - wires.length + 2
    await until('they are cut off', () => sockets() <= left)
    for (const w of wires) w.socket.destroy()
  })

  it('those that take in slowly what they asked for get all of it', async () => {
    const w = await wire()
    let taken = 0
    w.socket.removeAllListeners('data')
    w.socket.on('data', (chunk: Buffer) => {
      taken += chunk.length
      w.socket.pause()
      setTimeout(() => w.socket.resume(), 5)
    })
    w.send('GET /fhir/Binary?_count=2 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n')
    await until('it has all', () => w.socket.closed)
    assert.ok(taken > 12_000_000, `${taken} bytes`)
  })

  const sockets = (): number =>
    process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length
})

describe('too many clients', () => {
  it('are turned away, those that were there go on, and there is room again afterwards', async () => {
    const serving = await startTestServer({ STORE_URL: 'sqlite::memory:', MAX_CONNECTIONS: '150' })
    try {
      const keep = await openWire(serving.origin)
      const wires = await Promise.all(Array.from({ length: 300 }, () => openWire(serving.origin)))
      await until(
        'those beyond are turned away',
        () => wires.filter((w) => w.socket.closed).length >= 300 - 149,
      )
      keep.send('GET /fhir/metadata HTTP/1.1\r\nhost: x\r\n\r\n')
      assert.equal((await keep.answer()).status, 200)
      for (const w of [...wires, keep]) w.socket.destroy()
      const server = client(serving)
      await until('others are served', () =>
        server.send('GET', '/metadata').then(
          ({ status }) => status === 200,
          () => false,
        ),
      )
    } finally {
      await serving.close()
    }
  })
})

describe('odd requests on the wire', function () {
  let serving: Awaited<ReturnType<typeof startTestServer>>
  before(async () => {
    serving = await startTestServer({ STORE_URL: 'sqlite::memory:' })
  })
  after(() => serving.close())

  const H = 'HTTP/1.1\r\nhost: x\r\n'
  const odd: [what: string, text: string, ...statuses: number[]][] = [
    ['CONNECT', 'CONNECT example.org:443 HTTP/1.1\r\nhost: example.org\r\n\r\n', 405],
    ['TRACE', `TRACE /fhir/Patient ${H}\r\n`, 405],
    ['an upgrade', `GET /fhir/metadata ${H}connection: upgrade\r\nupgrade: websocket\r\n\r\n`, 200],
    [
      'an upgrade to h2c',
      `GET /fhir/metadata ${H}connection: upgrade, http2-settings\r\nupgrade: h2c\r\n\r\n`,
      200,
    ],
    ['HTTP/2 by surprise', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400, 505],
    ['another expectation', `GET /fhir/metadata ${H}expect: tea\r\n\r\n`, 417],
    ['201 headers', `GET /fhir/metadata ${H}${'a: b\r\n'.repeat(200)}\r\n`, 431],
    ['5,000 headers', `GET /fhir/metadata ${H}${'a: b\r\n'.repeat(5000)}\r\n`, 431],
    ['150 headers', `GET /fhir/metadata ${H}${'a: b\r\n'.repeat(150)}\r\n`, 200],
    ['a header of 70 KB', `GET /fhir/metadata ${H}a: ${'b'.repeat(70_000)}\r\n\r\n`, 431],
    ['a URL with a fragment', `GET /fhir/metadata#x ${H}\r\n`, 200, 400, 404],
    ['a folded header', `GET /fhir/metadata ${H}a: b\r\n c\r\n\r\n`, 200, 400],
    ['a bare line feed', 'GET /fhir/metadata HTTP/1.1\nhost: x\n\n', 200, 400],
    [
      'chunks that lie',
      `POST /fhir/Patient ${H}transfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n`,
      400,
    ],
    [
      'chunks and gzip as transfer coding',
      `POST /fhir/Patient ${H}transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
      400,
      501,
    ],
    ['a length below zero', `POST /fhir/Patient ${H}content-length: -1\r\n\r\n`, 400],
    [
      'a length beyond all numbers',
      `POST /fhir/Patient ${H}content-length: 99999999999999999999999\r\n\r\n`,
      400,
      413,
    ],
    [
      'a length of 10 GB',
      `POST /fhir/Patient ${H}content-type: application/fhir+json\r\ncontent-length: 10000000000\r\n\r\n{`,
      413,
    ],
  ]
  for (const [what, text, ...statuses] of odd)
    it(`${what} → ${statuses.join(' or ')}`, async () => {
      const w = await openWire(serving.origin)
      w.send(text)
      const { status, head, body } = await w.answer()
      assert.ok(statuses.includes(status), `${status} ${body}`)
      if (status >= 400) {
        assert.match(head, /content-type: application\/fhir\+json/i)
        assert.equal(JSON.parse(body).resourceType, 'OperationOutcome')
      }
      w.socket.destroy()
      assert.equal((await client(serving).send('GET', '/metadata')).status, 200)
    })

  it('two thousand requests in one write are answered in their order', async () => {
    const w = await openWire(serving.origin)
    const count = 2000
    w.send(Array.from({ length: count }, (_, i) => `GET /fhir/Patient/n${i} ${H}\r\n`).join(''))
    for (let i = 0; i < count; i += 1) {
      const { status, body } = await w.answer()
      assert.equal(status, 404)
      if (i % 500 === 0) assert.match(body, new RegExp(`Patient/n${i} `))
    }
    w.socket.destroy()
  }).timeout(20_000)

  it('links in answers are those of BASE_URL, whatever a client says it called', async () => {
    const own = await startTestServer({
      STORE_URL: 'sqlite::memory:',
      BASE_URL: 'https://fhir.example.org/r4',
    })
    try {
      const w = await openWire(own.origin)
      const forged =
        'host: evil.example\r\nx-forwarded-host: evil.example\r\nx-forwarded-proto: ftp\r\nforwarded: host=evil.example\r\nx-forwarded-prefix: /evil\r\n'
      const body = '{"resourceType":"Patient"}'
      w.send(
        `POST /fhir/Patient HTTP/1.1\r\n${forged}content-type: application/fhir+json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
      )
      const created = await w.answer()
      assert.equal(created.status, 201)
      assert.match(created.head, /location: https:\/\/fhir\.example\.org\/r4\/Patient\//i)
      for (const path of ['/Patient', '/_history', '/metadata', '/', '/Patient?_count=0']) {
        w.send(`GET /fhir${path} HTTP/1.1\r\n${forged}\r\n`)
        const answer = await w.answer()
        assert.equal(answer.status, 200, path)
        assert.doesNotMatch(answer.head + answer.body, /evil/)
        if (path !== '/metadata') assert.match(answer.body, /https:\/\/fhir\.example\.org\/r4/)
      }
      w.socket.destroy()
    } finally {
      await own.close()
    }
  })
})
