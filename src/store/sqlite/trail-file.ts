// The journal of one process: a file beside the store to which entries are appended, so that a sync of the disk for
// the log holds up neither reads nor commits. What is in it is moved to the store's own table soon (trail.ts).
// Must not resolve before the disk has it, nor go on after a failure: what a failed sync left is not known.
import {
  close,
  constants,
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

/** Accesses of people: for the one who runs the server only. */
const PRIVATE = 0o600

/** Each write is on disk when it returns, where the system has that: one way to the disk instead of two. */
const IS_SYNCED = typeof (constants as { O_DSYNC?: number }).O_DSYNC === 'number'
const FLAGS =
  constants.O_WRONLY |
  constants.O_APPEND |
  constants.O_CREAT |
  constants.O_EXCL |
  (IS_SYNCED ? constants.O_DSYNC : 0)

/** `FILE-log/`, beside the store. */
export const folderOf = (file: string): string => join(dirname(file), `${basename(file)}-log`)

/** One entry a line; a text of JSON has no line break. */
const lineOf = ({ chain, number, hash, text }: Sealed): string =>
  `${chain}\t${number}\t${hash}\t${text}\n`

export type TrailWriter = {
  append(entries: readonly Sealed[]): Promise<void>
  close(): Promise<void>
}

type Open = { readonly fd: number; size: number }

/** Files are made when there is something to write. @throws Failure `unavailable` */
export function openTrailWriter(folder: string): TrailWriter {
  const files = new Map<string, Open>()
  const end = async (chain: string): Promise<void> => {
    const file = files.get(chain)
    files.delete(chain)
    if (file !== undefined) await closed(file.fd).catch(() => undefined)
  }
  const begin = async ({ chain, number }: Sealed): Promise<Open> => {
    mkdirSync(folder, { recursive: true })
    const name = `${chain}.${String(number).padStart(12, '0')}`
    const file = { fd: await opened(join(folder, name), FLAGS, PRIVATE), size: 0 }
    files.set(chain, file)
    syncFolder(folder)
    return file
  }
  return {
    append: async (entries) => {
      const first = entries[0]!
      try {
        if ((files.get(first.chain)?.size ?? 0) > LARGE) await end(first.chain)
        const file = files.get(first.chain) ?? (await begin(first))
        const bytes = Buffer.from(entries.map(lineOf).join(''))
        for (let at = 0; at < bytes.length;)
          at += (await wrote(file.fd, bytes, at, bytes.length - at)).bytesWritten
        if (!IS_SYNCED) await synced(file.fd)
        file.size += bytes.length
      } catch (error) {
        const file = files.get(first.chain)
        // Nobody was told that these are there: better they are not.
        if (file !== undefined) await truncated(file.fd, file.size).catch(() => undefined)
        await end(first.chain)
        throw Object.assign(
          fail(
            'unavailable',
            'The disk of this server does not take the log of accesses; try again',
          ),
          { cause: error },
        )
      }
    },
    close: async () => {
      for (const chain of files.keys()) await end(chain)
    },
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

export const isIdle = (folder: string, name: string, ms: number): boolean =>
  Date.now() - (statSync(join(folder, name), { throwIfNoEntry: false })?.mtimeMs ?? 0) >= ms

export const removeTrailFile = (folder: string, name: string): void =>
  rmSync(join(folder, name), { force: true })
