// `ieum load FILE|FOLDER|-`: Bundles, single resources and NDJSON, plain or gzip, into the store or over HTTP.
// Must not stop at what fails: it is written to a file with its reason, and the rest goes on.
import { dataFolder, readConfig } from '../config.ts'
import { readCall, USAGE, type Call } from './load/call.ts'
import { openFailures } from './load/failures.ts'
import { journalFile, readProgress, removeProgress, START, writeProgress } from './load/journal.ts'
import { loadSources } from './load/run.ts'
import { Away } from './load/send.ts'
import { listSources, type Source } from './load/source.ts'
import { openTarget, type Opened } from './load/open.ts'
import { count, showProgress } from './progress.ts'

/** Run the command. */
export async function load(args: readonly string[]): Promise<number> {
  let call: Call | undefined
  let sources: readonly Source[]
  let opened: Opened
  try {
    call = readCall(args)
    if (call === undefined) {
      console.log(USAGE)
      return 0
    }
    sources = await listSources(call.argument)
    if (sources.length === 0) throw new Error(`There is nothing to load in ${call.argument}`)
    opened = await openTarget(call.url, call.caller)
  } catch (error) {
    console.error((error as Error).message)
    return 2
  }
  try {
    return await run(call, sources, opened)
  } catch (error) {
    // Of the file system: a disk that is full, a folder that may not be written to.
    if (typeof (error as { code?: unknown }).code !== 'string') throw error
    console.error((error as Error).message)
    return 1
  } finally {
    await opened.close()
  }
}

async function run(call: Call, sources: readonly Source[], opened: Opened): Promise<number> {
  const journal = journalFile(folder(), sources, opened.name)
  if (call.restart) removeProgress(journal)
  const from = readProgress(journal)
  const failures = openFailures(call.failed, from === START)
  if (from !== START)
    console.error(
      `Going on after ${count(from.loaded)} resources, at ${sources[from.file]?.name ?? 'the end'}, line ${from.next.line}; --restart begins anew`,
    )

  let { loaded, failed } = from
  let progress = from
  const reading = { source: sources[from.file], bytes: 0 }
  const bytes = sources.reduce((sum, s) => sum + s.bytes, 0)
  const doneBytes = (): number => {
    const before = sources.slice(0, progress.file).reduce((sum, s) => sum + s.bytes, 0)
    // Of a file that the reader has left, nobody knows how much is done.
    return before + (reading.source === sources[progress.file] ? reading.bytes : 0)
  }
  const stop = stopOnSignals()
  const began = performance.now()
  const display = showProgress('resources', () => ({
    done: loaded,
    failed,
    part: bytes === 0 ? undefined : doneBytes() / bytes,
    at: sources[progress.file]?.name ?? '',
  }))
  let away: string | undefined
  try {
    progress = await loadSources(sources, {
      target: opened.target,
      inFlight: call.inFlight,
      from,
      stop: stop.signal,
      onFailed: (source, what) => failures.add(source.name, what),
      onProgress: (now) => writeProgress(journal, (progress = now)),
      onRead: (source, more) => {
        reading.bytes = (reading.source === source ? reading.bytes : 0) + more
        reading.source = source
      },
      onSent: (sent) => {
        loaded += sent.loaded
        failed += sent.failed.length
      },
    })
  } catch (error) {
    if (!(error instanceof Away)) throw error
    away = error.message
  } finally {
    display.stop()
    stop.release()
  }
  const seconds = (performance.now() - began) / 1000
  console.log(summary(loaded - from.loaded, failed, sources.length, seconds, call))
  if (progress.file === sources.length) {
    removeProgress(journal)
    return failed > 0 ? 1 : 0
  }
  console.error(away === undefined ? 'Stopped.' : `The server is away: ${away}`)
  if (journal !== undefined) console.error('The same command goes on where this one stopped.')
  return 1
}

function folder(): string {
  try {
    return dataFolder(readConfig().storeUrl)
  } catch {
    return './data'
  }
}

function summary(
  loaded: number,
  failed: number,
  files: number,
  seconds: number,
  call: Call,
): string {
  const rate = count(Math.round(loaded / Math.max(seconds, 0.001)))
  const of = files === 1 ? call.argument : `${count(files)} files of ${call.argument}`
  const first = `Loaded ${count(loaded)} resources from ${of} in ${seconds.toFixed(1)} s (${rate}/s)`
  return failed === 0 ? first : `${first}\n${count(failed)} failed, see ${call.failed}`
}

/** The first signal asks to stop, a second one ends the process. */
function stopOnSignals() {
  const controller = new AbortController()
  const ask = () => {
    if (controller.signal.aborted) process.exit(130)
    console.error('\nFinishing what is on its way; once more to end at once')
    controller.abort()
  }
  const signals = ['SIGINT', 'SIGTERM'] as const
  for (const signal of signals) process.on(signal, ask)
  return {
    signal: controller.signal,
    release(): void {
      for (const signal of signals) process.off(signal, ask)
    },
  }
}
