// How far a load has come, in a file beside the data, so that one that was interrupted goes on from there.
// Must not name anything as done before the server said so: after a crash a group may be sent twice, never left out.
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Next } from './item.ts'
import type { Source } from './source.ts'

/** `next`: what comes after the last item that is done, with all before it; `file` is an index in the sources. */
export type Progress = {
  readonly file: number
  readonly next: Next
  readonly loaded: number
  readonly failed: number
}

export const START: Progress = { file: 0, next: { line: 1, item: 0 }, loaded: 0, failed: 0 }

/**
 * The file that keeps the progress of loading these sources into that target; other sizes or times of change make
 * it another load. Undefined for standard input, which can't be read again.
 */
export function journalFile(
  folder: string,
  sources: readonly Source[],
  target: string,
): string | undefined {
  if (sources.some((s) => s.path === undefined)) return undefined
  const what = JSON.stringify([target, sources.map((s) => [s.path, s.bytes, s.modified])])
  return join(folder, `load-${createHash('sha256').update(what).digest('hex').slice(0, 16)}.json`)
}

/** What a file says; the start when there is none. */
export function readProgress(file: string | undefined): Progress {
  if (file === undefined) return START
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Progress
  } catch {
    return START
  }
}

/** Keep it; a reader sees the old or the new one, never half of it. */
export function writeProgress(file: string | undefined, progress: Progress): void {
  if (file === undefined) return
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(`${file}.new`, JSON.stringify(progress))
  renameSync(`${file}.new`, file)
}

export function removeProgress(file: string | undefined): void {
  if (file !== undefined) rmSync(file, { force: true })
}
