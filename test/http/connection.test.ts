// Connections that are used oddly: what is said on one must not harm another, nor be mixed up.
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { patient, unique, versions } from '../interaction/bundles.ts'
import { onBothStores } from '../support/server.ts'
import { openWire } from './socket.ts'

onBothStores(
  'connection',
  (server) => {
    const wire = () => openWire(server().origin)
    const TYPE = 'content-type: application/fhir+json\r\n'
    const alive = async () =>
      assert.equal((await server().send('POST', '/Patient', patient(unique()))).status, 201)
    const post = (body: string, headers = '') =>
      `POST /fhir/Patient HTTP/1.1\r\nhost: x\r\n${TYPE}${headers}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
    const get = (path: string, headers = '') =>
      `GET /fhir${path} HTTP/1.1\r\nhost: x\r\n${headers}\r\n`

    it('answers two requests sent at once in their order', async () => {
      const w = await wire()
      const [one, two] = [unique(), unique()]
      w.send(
        post(JSON.stringify(patient(one))) + get('/metadata') + post(JSON.stringify(patient(two))),
      )
      const first = await w.answer()
      assert.equal(first.status, 201)
      assert.equal(JSON.parse(first.body).identifier[0].value, one)
      assert.equal(JSON.parse((await w.answer()).body).resourceType, 'CapabilityStatement')
      assert.equal(JSON.parse((await w.answer()).body).identifier[0].value, two)
      w.socket.destroy()
    })

    it('goes on after a refusal of a request without a body, or with one that was read', async () => {
      const w = await wire()
      const refused: [text: string, status: number][] = [
        [get('/Patient/nobody'), 404],
        [get('/metadata', 'accept: image/png\r\n'), 406],
        [get('/Patient/%zz'), 400],
        [post('{"resourceType":'), 400],
        ['OPTIONS /fhir/Patient HTTP/1.1\r\nhost: x\r\n\r\n', 405],
        ['PROPFIND /fhir/Patient HTTP/1.1\r\nhost: x\r\n\r\n', 405],
      ]
      for (const [text, status] of refused) {
        w.send(text)
        const answer = await w.answer()
        assert.equal(answer.status, status)
        assert.doesNotMatch(answer.head, /connection: close/i)
      }
      w.send(get('/metadata'))
      assert.equal((await w.answer()).status, 200)
      w.socket.destroy()
    })

    it('never takes the body of a GET for the next request', async () => {
      const w = await wire()
      const inner = get('/metadata')
      w.send(
        `GET /fhir/Patient/nobody HTTP/1.1\r\nhost: x\r\ncontent-length: ${inner.length}\r\n\r\n${inner}`,
      )
      assert.equal((await w.answer()).status, 404)
      w.send(get('/Patient/a_b'))
      const next = await w.answer().then(
        ({ status }) => status,
        () => 'the end',
      )
      assert.ok(next === 400 || next === 'the end', `answered the body: ${next}`)
      w.socket.destroy()
    })

    it('never takes what is left of a refused body for the next request', async () => {
      const w = await wire()
      const before = await versions(server())
      const hidden = post(JSON.stringify(patient(unique())))
      w.send(
        `POST /fhir/Patient HTTP/1.1\r\nhost: x\r\n${TYPE}content-encoding: nonsense\r\ncontent-length: ${hidden.length + 100}\r\n\r\n`,
      )
      assert.equal((await w.answer()).status, 415)
      w.send(hidden)
      w.send(' '.repeat(100))
      await w.ended()
      assert.equal(await versions(server()), before)
      await alive()
    })

    it('answers a body over the bound at once, and hangs up when it has been told to the end', async () => {
      const w = await wire()
      w.send(
        `POST /fhir/Patient HTTP/1.1\r\nhost: x\r\n${TYPE}content-length: 200000\r\n\r\n${'x'.repeat(10)}`,
      )
      const answer = await w.answer()
      assert.equal(answer.status, 413)
      assert.match(answer.head, /connection: close/i)
      await alive()
      w.send('x'.repeat(199_990))
      await w.ended()
    })

    it('an upload that stops or breaks off leaves nothing behind', async () => {
      const before = await versions(server())
      const body = JSON.stringify(patient(unique()))
      const heads = [
        `content-length: ${body.length + 50}\r\n\r\n${body}`,
        `content-length: 5000\r\n\r\n`,
        `transfer-encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n`,
        `content-encoding: gzip\r\ncontent-length: 5000\r\n\r\n`,
      ]
      const wires = await Promise.all(
        heads.map(async (head) => {
          const w = await wire()
          w.send(`POST /fhir/Patient HTTP/1.1\r\nhost: x\r\n${TYPE}${head}`)
          return w
        }),
      )
      wires[3]!.send(gzipSync(body).subarray(0, 20))
      await sleep(50)
      assert.equal(await versions(server()), before)
      for (const w of wires) w.socket.destroy()
      await sleep(50)
      assert.equal(await versions(server()), before)
      await alive()
    })

    it('twenty that send nothing more don’t keep others waiting', async () => {
      const wires = await Promise.all(Array.from({ length: 20 }, wire))
      for (const w of wires)
        w.send(`POST /fhir/Patient HTTP/1.1\r\nhost: x\r\n${TYPE}content-length: 50\r\n\r\n{`)
      await alive()
      for (const w of wires) w.socket.destroy()
    })

    it('one that leaves before its answer harms nobody', async () => {
      for (let i = 0; i < 20; i++) {
        const w = await wire()
        w.send(get('/Patient?_count=1000'))
        w.socket.destroy()
      }
      await alive()
    })

    it('takes a body in chunks, and after 100 Continue', async () => {
      const body = JSON.stringify(patient(unique()))
      const chunked = await wire()
      const [a, b] = [body.slice(0, 20), body.slice(20)]
      chunked.send(
        `POST /fhir/Patient HTTP/1.1\r\nhost: x\r\n${TYPE}transfer-encoding: chunked\r\n\r\n` +
          `${a.length.toString(16)}\r\n${a}\r\n${b.length.toString(16)}\r\n${b}\r\n0\r\n\r\n`,
      )
      assert.equal((await chunked.answer()).status, 201)
      chunked.socket.destroy()
      const expecting = await wire()
      expecting.send(
        `POST /fhir/Patient HTTP/1.1\r\nhost: x\r\n${TYPE}expect: 100-continue\r\ncontent-length: ${body.length}\r\n\r\n`,
      )
      assert.equal((await expecting.answer()).status, 100)
      expecting.send(body)
      assert.equal((await expecting.answer()).status, 201)
      expecting.socket.destroy()
    })

    it('knows a URL in its absolute form', async () => {
      const w = await wire()
      w.send(`GET ${server().base}/metadata HTTP/1.1\r\nhost: x\r\n\r\n`)
      const answer = await w.answer()
      assert.equal(answer.status, 200, answer.body)
      w.socket.destroy()
    })

    const broken: [what: string, text: string, status: number][] = [
      ['nonsense', 'hello\r\n\r\n', 400],
      ['an unknown method', 'FROB /fhir/Patient HTTP/1.1\r\nhost: x\r\n\r\n', 400],
      ['no host', 'GET /fhir/metadata HTTP/1.1\r\n\r\n', 400],
      [
        'two lengths',
        'POST /fhir/Patient HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n{}',
        400,
      ],
      [
        'a length and chunks',
        'POST /fhir/Patient HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
        400,
      ],
      ['a header without a name', 'GET /fhir/metadata HTTP/1.1\r\nhost: x\r\n: a\r\n\r\n', 400],
      [
        'a URL of 70 KB',
        `GET /fhir/Patient?name=${'a'.repeat(70_000)} HTTP/1.1\r\nhost: x\r\n\r\n`,
        431,
      ],
    ]
    for (const [what, text, status] of broken)
      it(`${what} → ${status}, and the end`, async () => {
        const w = await wire()
        w.send(text)
        const answer = await w.answer()
        assert.equal(answer.status, status)
        await w.ended()
        await alive()
      })
  },
  { MAX_BODY_BYTES: '100000' },
)
