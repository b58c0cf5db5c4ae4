// The fuzz run: random requests, ten at a time, each answered as anybody may be answered.
// Must say the seed, with which a find can be had again, and must end in time.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { TestServer } from '../support/server.ts'
import { hostileRequests } from './request.ts'
import { senderTo, type Hostile, type HostileAnswer, type Sender } from './send.ts'
import { assertSoundAnswer } from './sound.ts'

export type FuzzOptions = {
  readonly requests: number
  readonly seed: number
  /** Milliseconds after which no more are sent. */
  readonly limit: number
  /** Called after each ten, with how many were sent so far. */
  readonly onProgress?: (sent: number) => void
}

const TOGETHER = 10

/**
 * Send requests and judge each answer.
 * @returns how many were sent, and how many answers there were of each status
 * @throws AssertionError with the smallest list of requests that fails
 */
export async function fuzz(
  server: TestServer,
  { requests, seed, limit, onProgress }: FuzzOptions,
): Promise<{ readonly sent: number; readonly statuses: ReadonlyMap<number, number> }> {
  const sender = senderTo(server.origin)
  const statuses = new Map<number, number>()
  let sent = 0
  try {
    await fc.assert(
      fc.asyncProperty(
        fc.array(hostileRequests(server.context), { minLength: TOGETHER, maxLength: TOGETHER }),
        async (all) => {
          const answers = await Promise.all(all.map((one) => judged(one, sender)))
          for (const { status } of answers) statuses.set(status, (statuses.get(status) ?? 0) + 1)
          sent += answers.length
          onProgress?.(sent)
        },
      ),
      {
        seed,
        numRuns: Math.ceil(requests / TOGETHER),
        interruptAfterTimeLimit: limit,
        markInterruptAsFailure: false,
        verbose: fc.VerbosityLevel.None,
      },
    )
  } finally {
    sender.close()
  }
  assert.equal((await server.send('GET', '/metadata')).status, 200, 'still answers')
  return { sent, statuses }
}

/** Send one, and judge the answer. @throws AssertionError that shows what was sent */
export async function judged(sent: Hostile, sender: Sender): Promise<HostileAnswer> {
  try {
    const answer = await sender.send(sent)
    assertSoundAnswer(sent, answer)
    return answer
  } catch (error) {
    throw new Error(`${(error as Error).message}\nsent: ${JSON.stringify(sent)}`, { cause: error })
  }
}
