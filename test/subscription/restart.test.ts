// What is to be delivered outlives the process: two workers on a file, killed, and started again as one process.
// docs/adr/0008-subscriptions.md
import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openReceiver, type Receiver } from './receiver.ts'
import { until } from '../support/time.ts'

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

describe('subscriptions across a restart', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ieum-subscription-'))
  let receiver: Receiver
  let server: ChildProcess | undefined
  let base = ''

  const start = async (workers: number): Promise<void> => {
    const free = createServer().listen(0, '127.0.0.1')
    await once(free, 'listening')
    const { port } = free.address() as AddressInfo
    await new Promise((resolve) => free.close(resolve))
    base = `http://127.0.0.1:${String(port)}/fhir`
    let output = ''
    const child = spawn(process.execPath, [MAIN, 'serve'], {
      env: {
        ...process.env,
        PORT: String(port),
        STORE_URL: `sqlite:${join(folder, 'ieum.db')}`,
        SEED: 'none',
        WORKERS: String(workers),
        LOG_LEVEL: 'error',
      },
    })
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
    server = child
    await until('it starts', () => output.includes('Ctrl-C'))
  }
  const send = async (method: string, path: string, body?: object): Promise<any> => {
    const response = await fetch(base + path, {
      method,
      headers: { 'content-type': 'application/fhir+json', connection: 'close' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    // A worker listens before it serves.
    if (response.status !== 503) return response.json()
    await sleep(50)
    return send(method, path, body)
  }
  const statusIs = (id: string, status: string): Promise<void> =>
    until(status, async () => (await send('GET', `/Subscription/${id}`)).status === status)
  const observe = (value: number): Promise<any> =>
    send('POST', '/Observation', {
      resourceType: 'Observation',
      status: 'final',
      code: { coding: [{ code: 'a' }] },
      valueInteger: value,
    })
  const values = (): number[] => receiver.got.map(({ body }) => body.valueInteger as number)

  before(async () => {
    receiver = await openReceiver()
    await start(2)
  })
  after(async () => {
    server?.kill('SIGKILL')
    await receiver.down()
    rmSync(folder, { recursive: true, force: true })
  })

  it('delivers what nobody took before the processes were killed, and makes it active again', async () => {
    const { id } = await send('POST', '/Subscription', {
      resourceType: 'Subscription',
      status: 'requested',
      reason: 'Nothing may be lost',
      criteria: 'Observation?code=a',
      channel: { type: 'rest-hook', endpoint: receiver.url, payload: 'application/fhir+json' },
    })
    await statusIs(id, 'active')
    const websocket = await send('POST', '/Subscription', {
      resourceType: 'Subscription',
      status: 'requested',
      reason: 'Any worker has it',
      criteria: 'Observation?code=a',
      channel: { type: 'websocket' },
    })
    await statusIs(websocket.id, 'active')
    const said: string[] = []
    const socket = new WebSocket(`${base.replace('http', 'ws')}/websocket`)
    socket.addEventListener('message', ({ data }) => said.push(String(data)))
    await new Promise((resolve) => socket.addEventListener('open', resolve))
    socket.send(`bind ${String(websocket.id)}`)
    await until('bound', () => said.length === 1)

    await observe(0)
    await until('the first', () => values().length === 1)
    await until('a ping', () => said.length === 2)
    assert.equal(said[1], `ping ${String(websocket.id)}`)
    await receiver.down()
    for (let value = 1; value <= 3; value++) await observe(value)
    await statusIs(id, 'error')
    const { error } = await send('GET', `/Subscription/${String(id)}`)
    assert.match(error, /refused/)

    const gone = once(server!, 'exit')
    server!.kill('SIGKILL')
    await gone
    await receiver.up()
    await start(1)
    await until('the others', () => values().includes(3))
    await statusIs(id, 'active')
    assert.deepEqual([...new Set(values())], [0, 1, 2, 3])
    await observe(4)
    await until('the next', () => values().includes(4))
  })
})
