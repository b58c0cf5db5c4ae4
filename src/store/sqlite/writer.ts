// The way of a large commit to its thread: handed over in portions, so that even that lets others through.
// Must not be used for small commits: the way there costs more than they do.
import { Worker } from 'node:worker_threads'
import { fromPlain, type PlainError } from '../../errors.ts'
import type { Assertion, Change, Committed } from '../store.ts'
import type { ToWriter } from './writer-thread.ts'

export type FromWriter = { readonly result: Committed } | { readonly error: PlainError }

export type LargeWriter = {
  /** One at a time. `isPrompt`: the full text is brought up to date in the same transaction. */
  commit(
    changes: readonly Change[],
    assertions: readonly Assertion[],
    isPrompt: boolean,
  ): Promise<Committed>
  close(): Promise<void>
}

/** Changes, and index entries, that are handed over in one turn. */
const PORTION = 200
const PORTION_ENTRIES = 5000

/** A writer for a file; its thread is started by the first commit. */
export function openLargeWriter(file: string): LargeWriter {
  let worker: Worker | undefined
  const start = (): Worker => {
    const started = new Worker(new URL('./writer-thread.ts', import.meta.url), {
      workerData: { file },
    })
    started.unref()
    started.once('exit', () => (worker = undefined))
    return started
  }
  return {
    commit: async (changes, assertions, isPrompt) => {
      const thread = (worker ??= start())
      const answer = answerOf(thread)
      // Looked at below; it may fail before.
      answer.catch(() => undefined)
      for (const portion of portionsOf(changes)) {
        thread.postMessage(portion)
        await new Promise((resolve) => setImmediate(resolve))
      }
      thread.postMessage({ kind: 'commit', assertions, isPrompt } satisfies ToWriter)
      const said = await answer
      if ('error' in said) throw fromPlain(said.error)
      return said.result
    },
    close: async () => void (await worker?.terminate()),
  }
}

function* portionsOf(changes: readonly Change[]): Generator<ToWriter> {
  let portion: Change[] = []
  let room = PORTION_ENTRIES
  for (const change of changes) {
    const entries = change.kind === 'put' ? change.content.entries : []
    if (portion.length === PORTION || entries.length > room) {
      yield { kind: 'changes', changes: portion }
      portion = []
      room = PORTION_ENTRIES
    }
    room -= entries.length
    if (change.kind === 'delete' || room >= 0) {
      portion.push(change)
      continue
    }
    // One that is a portion, and more, by itself.
    const content = { ...change.content, entries: [] }
    yield { kind: 'changes', changes: [{ ...change, content }] }
    for (let i = 0; i < entries.length; i += PORTION_ENTRIES)
      yield { kind: 'entries', entries: entries.slice(i, i + PORTION_ENTRIES) }
    room = PORTION_ENTRIES
  }
  yield { kind: 'changes', changes: portion }
}

/** The next message of a thread. */
function answerOf(thread: Worker): Promise<FromWriter> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void): void => {
      thread.off('message', answered)
      thread.off('error', failed)
      thread.off('exit', ended)
      act()
    }
    const answered = (message: FromWriter): void => settle(() => resolve(message))
    const failed = (error: Error): void => settle(() => reject(error))
    const ended = (): void => settle(() => reject(new Error('the writing thread ended')))
    thread.on('message', answered)
    thread.on('error', failed)
    thread.on('exit', ended)
  })
}
