// A proxy in front of a MongoDB that reads the commands that pass, and loses or answers those that a test names.
// https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/ (OP_MSG)
// Must not change what it lets pass.
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { BSON, type Document, type MongoClient, type UUID } from 'mongodb'

/**
 * What becomes of a command: it passes; it is lost before the server has it; the server carries it out but its answer is
 * lost; nobody ever answers; it is answered with a document, carried out or not.
 */
export type Fate =
  | 'pass'
  | 'lose'
  | 'lose answer'
  | 'hang'
  | { readonly answer: Document; readonly carriedOut: boolean }

export type Wire = {
  readonly port: number
  /** Decide from now on; undefined lets everything pass. */
  decide(fate: ((command: string, body: Document) => Fate) | undefined): void
  /**
   * End the sessions that commands passed for, and no others: a transaction whose client is gone would hold what it
   * wrote for a minute (transactionLifetimeLimitSeconds).
   */
  endSessions(admin: MongoClient): Promise<void>
  close(): Promise<void>
}

const OP_MSG = 2013

/** Error of a primary that steps down, https://www.mongodb.com/docs/manual/reference/error-codes/ */
export const steppedDown = (...labels: readonly string[]): Document => ({
  ok: 0,
  code: 10107,
  codeName: 'NotWritablePrimary',
  errmsg: 'not primary',
  errorLabels: labels,
})

export async function openWire(host: string, port: number): Promise<Wire> {
  let decide: ((command: string, body: Document) => Fate) | undefined
  const sockets = new Set<Socket>()
  const sessions = new Map<string, Document>()
  const server = createServer((near) => {
    const far = connect(port, host)
    const lost = new Set<number>()
    const replaced = new Map<number, Document>()
    const end = () => {
      near.destroy()
      far.destroy()
    }
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', end)
      socket.on('close', () => {
        sockets.delete(socket)
        end()
      })
    }
    near.on(
      'data',
      messages((message) => {
        const id = message.readInt32LE(4)
        const body = bodyOf(message)
        const session = (body as { lsid?: { id: UUID } } | undefined)?.lsid
        if (session !== undefined) sessions.set(session.id.toString('hex'), session)
        const fate =
          body === undefined ? 'pass' : (decide?.(Object.keys(body)[0] ?? '', body) ?? 'pass')
        if (fate === 'hang') return
        if (fate === 'lose') end()
        else if (typeof fate === 'object' && !fate.carriedOut) near.write(reply(id, fate.answer))
        else {
          if (fate === 'lose answer') lost.add(id)
          else if (typeof fate === 'object') replaced.set(id, fate.answer)
          far.write(message)
        }
      }),
    )
    far.on(
      'data',
      messages((message) => {
        const to = message.readInt32LE(8)
        const other = replaced.get(to)
        if (lost.has(to)) end()
        else near.write(other === undefined ? message : reply(to, other))
      }),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    decide: (next) => (decide = next),
    endSessions: async (admin) => {
      const killSessions = [...sessions.values()]
      sessions.clear()
      if (killSessions.length > 0) await admin.db('admin').command({ killSessions })
    },
    close: () => {
      for (const socket of sockets) socket.destroy()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

/** Cuts a stream into messages, each of which begins with its length. */
function messages(take: (message: Buffer) => void): (data: Buffer) => void {
  let rest = Buffer.alloc(0)
  return (data) => {
    rest = Buffer.concat([rest, data])
    while (rest.length >= 4 && rest.length >= rest.readInt32LE(0)) {
      const length = rest.readInt32LE(0)
      take(rest.subarray(0, length))
      rest = rest.subarray(length)
    }
  }
}

/** The command of a message; undefined for one of another kind. */
function bodyOf(message: Buffer): Document | undefined {
  if (message.readInt32LE(12) !== OP_MSG || message[20] !== 0) return undefined
  return BSON.deserialize(message.subarray(21, 21 + message.readInt32LE(21)))
}

function reply(to: number, document: Document): Buffer {
  const body = BSON.serialize(document)
  const head = Buffer.alloc(21)
  head.writeInt32LE(21 + body.length, 0)
  head.writeInt32LE(1, 4)
  head.writeInt32LE(to, 8)
  head.writeInt32LE(OP_MSG, 12)
  return Buffer.concat([head, body])
}
