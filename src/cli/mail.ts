// Questions and answers between the process that writes and those that serve, over Node's channel between them.
// https://nodejs.org/api/cluster.html
// Must not lose the kind of a failure on the way: an error is taken apart and put together again.
import { fail, fromPlain, toPlain, type Failure, type PlainError } from '../errors.ts'

type Question = {
  readonly ieum: 'ask'
  readonly id: number
  readonly topic: string
  readonly body: unknown
}
type Answer = {
  readonly ieum: 'answer'
  readonly id: number
  readonly body?: unknown
  readonly error?: PlainError
}

/** One end of a channel: `process` in a worker, a `Worker` in the primary. */
export type Channel = {
  send(message: unknown, callback?: (error: Error | null) => void): unknown
  on(event: 'message', listener: (message: unknown) => void): unknown
  once(event: 'disconnect', listener: () => void): unknown
}

export type Mail = {
  /** @throws Failure as the other side threw it; `unavailable` when the other side has gone */
  ask(topic: string, body: unknown): Promise<unknown>
}

/** Open one end; `answers` has what this side can be asked, by topic. */
export function openMail(
  channel: Channel,
  answers: Readonly<Record<string, (body: never) => Promise<unknown>>> = {},
): Mail {
  const waiting = new Map<
    number,
    { readonly resolve: (body: unknown) => void; readonly reject: (error: unknown) => void }
  >()
  let nextId = 0
  let gone = false

  const reply = async ({ id, topic, body }: Question): Promise<void> => {
    let answer: Answer
    try {
      const work = answers[topic] as ((body: unknown) => Promise<unknown>) | undefined
      if (work === undefined) throw new Error(`nobody answers ${topic}`)
      answer = { ieum: 'answer', id, body: await work(body) }
    } catch (error) {
      answer = { ieum: 'answer', id, error: toPlain(error) }
    }
    // Who asked may have gone meanwhile; then nobody wants to know.
    if (!gone) channel.send(answer, () => undefined)
  }

  channel.on('message', (message) => {
    const mail = message as Question | Answer | null
    if (mail?.ieum === 'ask') void reply(mail)
    if (mail?.ieum !== 'answer') return
    const asker = waiting.get(mail.id)
    waiting.delete(mail.id)
    if (mail.error !== undefined) asker?.reject(fromPlain(mail.error))
    else asker?.resolve(mail.body)
  })
  channel.once('disconnect', () => {
    gone = true
    for (const { reject } of waiting.values()) reject(away())
    waiting.clear()
  })

  return {
    ask: (topic, body) =>
      new Promise((resolve, reject) => {
        if (gone) {
          reject(away())
          return
        }
        const id = nextId++
        waiting.set(id, { resolve, reject })
        const question: Question = { ieum: 'ask', id, topic, body }
        channel.send(question, (error) => {
          if (error !== null && waiting.delete(id)) reject(away())
        })
      }),
  }
}

/** Whether the other side did it is not known. */
const away = (): Failure => fail('unavailable', 'The process that writes is away; try again')
