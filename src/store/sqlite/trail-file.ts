// The journal of one process: a file beside the store to which entries are appended, so that a sync of the disk for
// the log holds up neither reads nor commits. What is in it is moved to the store's own table soon (trail.ts).
// Must not resolve before the disk has it, nor go on after a failure: what a failed sync left is not known.
import {
  close,
  fdatasync,
  ftruncate,
  mkdirSync,
  open,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  write,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { fail } from '../../errors.ts'
import type { Sealed } from '../trail.ts'
import { syncFolder } from './file.ts'

const opened = promisify(open)
const wrote = promisify(write)
const synced = promisify(fdatasync)
const closed = promisify(close)
const truncated = promisify(ftruncate)

/** Bytes after which a chain goes on in a new file, so that what is moved already can go. */
const LARGE = 16 * 1024 * 1024

/** `FILE-log/`, beside the store. */
export const folderOf = (file: string): string => join(dirname(file), `${basename(file)}-log`)

/** One entry a line; a text of JSON has no line break. */
const lineOf = ({ chain, number, hash, text }: Sealed): string =>
  `${chain}\t${number}\t${hash}\t${text}\n`

export type TrailWriter = {
  append(entries: readonly Sealed[]): Promise<void>
  close(): Promise<void>
}

/** Files are made when there is something to write. @throws Failure `full` or `unavailable` */
export function openTrailWriter(folder: string): TrailWriter {
  let current: { readonly chain: string; readonly fd: number; size: number } | undefined
  const end = async (): Promise<void> => {
    const ending = current
    current = undefined
    if (ending !== undefined) await closed(ending.fd).catch(() => undefined)
  }
  const begin = async ({ chain, number }: Sealed) => {
    mkdirSync(folder, { recursive: true })
    const name = `${chain}.${String(number).padStart(12, '0')}`
    const begun = { chain, fd: await opened(join(folder, name), 'ax', 0o600), size: 0 }
    syncFolder(folder)
    return begun
  }
  return {
    append: async (entries) => {
      const first = entries[0]!
      try {
        if (current !== undefined && (current.chain !== first.chain || current.size > LARGE))
          await end()
        const file = (current ??= await begin(first))
        const bytes = Buffer.from(entries.map(lineOf).join(''))
        for (let at = 0; at < bytes.length;)
          at += (await wrote(file.fd, bytes, at, bytes.length - at)).bytesWritten
        await synced(file.fd)
        file.size += bytes.length
      } catch (error) {
        // Nobody was told that these are there: better they are not.
        if (current !== undefined) await truncated(current.fd, current.size).catch(() => undefined)
        await end()
        throw Object.assign(
          fail(
            'unavailable',
            'The disk of this server does not take the log of accesses; try again',
          ),
          { cause: error },
        )
      }
    },
    close: end,
  }
}

/** What can be read from a file: whole lines, and where the next read begins. */
export type Portion = { readonly entries: readonly Sealed[]; readonly next: number }

/** @param from bytes that were read before */
export function readTrailFile(path: string, from: number): Portion {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0
  if (size <= from) return { entries: [], next: from }
  // At most LARGE and what was appended last.
  const bytes = readFileSync(path).subarray(from)
  const end = bytes.lastIndexOf(0x0a) + 1
  const lines = bytes.toString('utf8', 0, end).split('\n')
  lines.pop()
  const entries: Sealed[] = []
  for (const line of lines) {
    const [chain, number, hash, text] = line.split('\t') as [string, string?, string?, string?]
    // Of an append that never ended: nobody was told that it is there.
    if (hash === undefined || text === undefined || !/^[0-9a-f]{64}$/.test(hash)) break
    entries.push({ chain, number: Number(number), hash, text })
  }
  return { entries, next: from + end }
}

/** Names of the files, those of a chain in their order. */
export function trailFiles(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort()
  } catch {
    return []
  }
}

export const removeTrailFile = (folder: string, name: string): void =>
  rmSync(join(folder, name), { force: true })
