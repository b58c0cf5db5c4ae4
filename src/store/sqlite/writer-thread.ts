// A thread that carries out a large commit on a connection of its own, while the main thread goes on reading.
// Must not be given work while another connection writes: commit.ts waits.
import { parentPort, workerData } from 'node:worker_threads'
import { toPlain } from '../../errors.ts'
import type { Entry } from '../../search/entry.ts'
import type { Assertion, Change } from '../store.ts'
import { createCommitter } from './commit.ts'
import { openDatabase } from './database.ts'
import { readOn } from './full-text.ts'
import type { FromWriter } from './writer.ts'

export type ToWriter =
  | { readonly kind: 'changes'; readonly changes: readonly Change[] }
  /** More of those of the last change. */
  | { readonly kind: 'entries'; readonly entries: readonly Entry[] }
  | {
      readonly kind: 'commit'
      readonly assertions: readonly Assertion[]
      readonly isPrompt: boolean
    }

if (parentPort !== null) {
  const port = parentPort
  const db = openDatabase((workerData as { file: string }).file)
  let gathered: Change[] = []

  const commit = async (
    assertions: readonly Assertion[],
    isPrompt: boolean,
  ): Promise<FromWriter> => {
    const changes = gathered
    gathered = []
    try {
      // Made anew each time: the last commit may have been another connection's.
      const committer = createCommitter(db, Date.now, undefined, {
        committing: () => void (isPrompt && readOn(db, Infinity)),
        isPrompt: () => isPrompt,
        wrote: () => undefined,
      })
      return { result: await committer.commit(changes, assertions) }
    } catch (error) {
      return { error: toPlain(error) }
    }
  }

  port.on('message', (message: ToWriter) => {
    if (message.kind === 'changes') gathered.push(...message.changes)
    else if (message.kind === 'entries') {
      const last = gathered.at(-1) as Change & { kind: 'put' }
      // As it came through the channel, it is nobody else's.
      ;(last.content.entries as Entry[]).push(...message.entries)
    } else
      void commit(message.assertions, message.isPrompt).then((answer) => port.postMessage(answer))
  })
}
