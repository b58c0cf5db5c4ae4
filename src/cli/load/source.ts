// Where a load reads from: a file, a folder's files in order, or standard input; gzip is told by its first bytes.
// https://hl7.org/fhir/R4/nd-json.html
// Must not hold a file in memory.
import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'

export type Source = {
  /** Name in messages and in the file of failures. */
  readonly name: string
  /** Absolute; undefined is standard input. */
  readonly path: string | undefined
  readonly bytes: number
  readonly modified: number
  /** Others refer to what is in it, so that it must be loaded before them. */
  readonly first: boolean
}

/** Synthea writes references such as `Practitioner?identifier=…` to the content of these. */
const FIRST = /^(hospital|practitioner)Information/

const READABLE = /\.(json|ndjson|jsonl|gz)$/
const FAILURES = /\.failed\.ndjson$/

/**
 * What an argument of the command line names, in the order of loading.
 * @throws Error of the file system when it can't be read; an empty list when a folder has nothing to load
 */
export async function listSources(argument: string): Promise<readonly Source[]> {
  if (argument === '-')
    return [{ name: 'stdin', path: undefined, bytes: 0, modified: 0, first: false }]
  const path = resolve(argument)
  if (!(await stat(path)).isDirectory()) return [await sourceOf(path)]
  const names = (await readdir(path)).filter((n) => READABLE.test(n) && !FAILURES.test(n)).sort()
  const sources = await Promise.all(names.map((name) => sourceOf(join(path, name))))
  return [...sources.filter((s) => s.first), ...sources.filter((s) => !s.first)]
}

async function sourceOf(path: string): Promise<Source> {
  const { size, mtimeMs } = await stat(path)
  const name = basename(path)
  return { name, path, bytes: size, modified: mtimeMs, first: FIRST.test(name) }
}

/**
 * The bytes of a source, expanded.
 * @param onBytes gets the number of bytes just read, before they are expanded
 */
export async function openSource(
  source: Source,
  onBytes: (count: number) => void,
): Promise<Readable> {
  const raw: Readable = source.path === undefined ? process.stdin : createReadStream(source.path)
  const start = await firstChunk(raw)
  raw.on('data', (chunk: Buffer) => onBytes(chunk.length))
  if (start?.[0] !== 0x1f || start[1] !== 0x8b) return raw
  // A broken stream is reported to whoever reads it.
  return pipeline(raw, createGunzip(), () => undefined)
}

/** The first bytes of a stream, put back; undefined when it has none. */
function firstChunk(stream: Readable): Promise<Buffer | undefined> {
  return new Promise((done, failed) => {
    const settle = () => {
      stream.off('readable', settle).off('end', settle).off('error', failed)
      const chunk = stream.read() as Buffer | null
      if (chunk !== null) stream.unshift(chunk)
      done(chunk ?? undefined)
    }
    stream.once('readable', settle).once('end', settle).once('error', failed)
  })
}
