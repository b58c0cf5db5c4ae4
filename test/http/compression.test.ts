// Compressed bodies both ways, and the bounds on what they expand to.
import assert from 'node:assert/strict'
import { request as httpRequest } from 'node:http'
import {
  brotliCompressSync,
  constants,
  brotliDecompressSync,
  deflateSync,
  gunzipSync,
  gzipSync,
} from 'node:zlib'
import { patient, unique } from '../interaction/bundles.ts'
import { onBothStores, type TestServer } from '../support/server.ts'
import { assertRefused } from './outcome.ts'

type Raw = { status: number; headers: Record<string, unknown>; bytes: Buffer }

/** A GET whose answer stays as it came. */
const getRaw = (server: TestServer, path: string, encoding: string, method = 'GET'): Promise<Raw> =>
  new Promise((resolve, reject) => {
    const headers = { 'accept-encoding': encoding }
    const sent = httpRequest(server.base + path, { method, headers }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () =>
        resolve({
          status: response.statusCode!,
          headers: response.headers,
          bytes: Buffer.concat(chunks),
        }),
      )
    })
    sent.on('error', reject)
    sent.end()
  })

onBothStores('compression', (server) => {
  let id = ''
  const name = [{ text: '김민준 Қайрат '.repeat(300) }]
  before(async () => {
    id = unique()
    await server().send('PUT', `/Patient/${id}`, patient(id, { id, name }))
  })

  const answers: [accept: string, encoding: string | undefined][] = [
    ['gzip', 'gzip'],
    ['br', 'br'],
    ['gzip, deflate, br', 'br'],
    ['gzip;q=1.0, br;q=0', 'gzip'],
    ['GZIP', 'gzip'],
    ['deflate', undefined],
    ['identity', undefined],
    ['gzip;q=0', undefined],
    ['xgzip', undefined],
    ['', undefined],
  ]
  for (const [accept, encoding] of answers)
    it(`Accept-Encoding: ${accept} → ${encoding ?? 'none'}`, async () => {
      const answer = await getRaw(server(), `/Patient/${id}`, accept)
      assert.equal(answer.status, 200)
      assert.equal(answer.headers['content-encoding'], encoding)
      assert.equal(Number(answer.headers['content-length']), answer.bytes.length)
      assert.match(String(answer.headers['vary']), /accept-encoding/i)
      const bytes =
        encoding === 'gzip'
          ? gunzipSync(answer.bytes)
          : encoding === 'br'
            ? brotliDecompressSync(answer.bytes)
            : answer.bytes
      assert.deepEqual(JSON.parse(bytes.toString('utf8')).name, name)
      if (encoding !== undefined) assert.ok(answer.bytes.length < bytes.length / 4)
    })

  it('compresses XML and errors of size too, and leaves what is small alone', async () => {
    const xml = await getRaw(server(), `/Patient/${id}?_format=xml`, 'gzip')
    assert.match(gunzipSync(xml.bytes).toString('utf8'), /<Patient [^]*김민준/)
    await server().send('PUT', '/Patient/small', { resourceType: 'Patient', id: 'small' })
    const small = await getRaw(server(), '/Patient/small', 'gzip, br')
    assert.equal(small.headers['content-encoding'], undefined)
    assert.equal(JSON.parse(small.bytes.toString()).id, 'small')
  })

  it('HEAD has the length that GET has', async () => {
    const get = await getRaw(server(), `/Patient/${id}`, 'gzip')
    const head = await getRaw(server(), `/Patient/${id}`, 'gzip', 'HEAD')
    assert.equal(head.headers['content-length'], get.headers['content-length'])
    assert.equal(head.headers['content-encoding'], 'gzip')
    assert.equal(head.bytes.length, 0)
  })

  const text = JSON.stringify(patient('x', { name: [{ text: '김민준' }] }))
  const bodies: [encoding: string, bytes: Uint8Array | string][] = [
    ['gzip', gzipSync(text)],
    ['x-gzip', gzipSync(text)],
    ['GZIP', gzipSync(text)],
    ['deflate', deflateSync(text)],
    ['br', brotliCompressSync(text)],
    ['identity', text],
  ]
  for (const [encoding, bytes] of bodies)
    it(`Content-Encoding: ${encoding} is read`, async () => {
      const answer = await server().send('POST', '/Patient', bytes, {
        'content-encoding': encoding,
      })
      assert.equal(answer.status, 201, answer.text)
      assert.equal(answer.body.name[0].text, '김민준')
    })

  const wrong: [what: string, encoding: string, bytes: Uint8Array | string, status: number][] = [
    ['an encoding that isn’t known', 'compress', text, 415],
    ['two encodings', 'gzip, br', gzipSync(text), 415],
    ['the name of a member of every object', 'constructor', text, 415],
    ['text that says it is gzip', 'gzip', text, 400],
    ['gzip cut off', 'gzip', gzipSync(text).subarray(0, 30), 400],
    ['gzip with a wrong sum', 'gzip', gzipSync(text).fill(0, gzipSync(text).length - 8), 400],
    ['gzip that says it is brotli', 'br', gzipSync(text), 400],
    ['gzip that says it is deflate', 'deflate', gzipSync(text), 400],
  ]
  for (const [what, encoding, bytes, status] of wrong)
    it(`${what} → ${status}`, async () => {
      const answer = await server().send('POST', '/Patient', bytes, {
        'content-encoding': encoding,
      })
      assertRefused(server(), answer, status)
    })
})

onBothStores(
  'bounds of a body',
  (server) => {
    const body = (length: number): string => {
      const text = (padding: number) =>
        JSON.stringify({ resourceType: 'Patient', language: 'x'.repeat(padding) })
      return text(length - text(0).length)
    }
    const alive = async () =>
      assert.equal((await server().send('POST', '/Patient', patient(unique()))).status, 201)

    it('takes what is just within', async () => {
      assert.equal(body(100_000).length, 100_000)
      assert.equal((await server().send('POST', '/Patient', body(100_000))).status, 201)
    })

    it('refuses a byte more, and serves on', async () => {
      assertRefused(server(), await server().send('POST', '/Patient', body(100_001)), 413, {
        code: 'too-long',
        says: /100000 bytes/,
      })
      await alive()
    })

    it('refuses a body much larger, and the answer arrives', async () => {
      for (let i = 0; i < 5; i++)
        assertRefused(server(), await server().send('POST', '/Patient', body(20_000_000)), 413)
      await alive()
    })

    it('refuses one that comes in chunks without a length', async () => {
      let sent = 0
      const stream = new ReadableStream({
        pull(controller) {
          controller.enqueue(new TextEncoder().encode('x'.repeat(50_000)))
          if (++sent > 20) controller.close()
        },
      })
      const answer = await fetch(`${server().base}/Patient`, {
        method: 'POST',
        body: stream,
        duplex: 'half',
        headers: { 'content-type': 'application/fhir+json' },
      })
      assert.equal(answer.status, 413)
      assert.equal(((await answer.json()) as any).resourceType, 'OperationOutcome')
      await alive()
    })

    const bombs: [encoding: string, compress: (bytes: Buffer) => Buffer][] = [
      ['gzip', (bytes) => gzipSync(bytes, { level: 1 })],
      ['deflate', (bytes) => deflateSync(bytes, { level: 1 })],
      [
        'br',
        (bytes) => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } }),
      ],
    ]
    for (const [encoding, compress] of bombs)
      it(`refuses ${encoding} that expands beyond, without expanding it`, async function () {
        this.timeout(60_000)
        const bytes = compress(Buffer.alloc(100_000_000, 0x20))
        const answer = await server().send('POST', '/Patient', bytes, {
          'content-encoding': encoding,
        })
        assertRefused(server(), answer, 413)
        await alive()
      })
  },
  { MAX_BODY_BYTES: '100000' },
)
