// The load itself: sources → records → items → groups, of which several are on their way at once.
// Must not overtake what others refer to, nor send anything more once it is told to stop.
import { addAbortSignal } from 'node:stream'
import { startFlights } from './flights.ts'
import { groupsOf, type Group } from './group.ts'
import { itemsOf, unreadable, type Item, type Next } from './item.ts'
import { START, type Progress } from './journal.ts'
import { recordsOf } from './record.ts'
import { sendGroup, type Failed, type Sent } from './send.ts'
import { openSource, type Source } from './source.ts'
import type { Target } from './target.ts'

export type Options = {
  readonly target: Target
  /** Groups on their way at the same time. */
  readonly inFlight: number
  /** Where to go on. */
  readonly from?: Progress
  /** Seconds to wait for a server that is away. */
  readonly patience?: number
  /** When aborted: what is on its way is finished, nothing more is sent. */
  readonly stop?: AbortSignal
  /** Called for every failure, before the progress that counts it. */
  onFailed(source: Source, failed: Failed): void
  /** Called whenever the watermark has moved; to be kept. */
  onProgress(progress: Progress): void
  /** Bytes just read of a source, before they are expanded. */
  onRead?(source: Source, bytes: number): void
  /** Resources that a group just ended with. */
  onSent?(sent: Sent): void
}

/**
 * Load sources in order.
 * @returns how far it came: `file` equals the number of sources when all is done
 * @throws Away when the server stays away; what was done until then was told to `onProgress`
 */
export async function loadSources(sources: readonly Source[], options: Options): Promise<Progress> {
  const { from = START, stop, patience = 60 } = options
  const flights = startFlights(from, (progress) => options.onProgress(progress))
  const send = async (source: Source, group: Group): Promise<Sent> => {
    const sent = await sendGroup(group, options.target, { seconds: patience, stop })
    for (const failed of sent.failed) options.onFailed(source, failed)
    options.onSent?.(sent)
    return sent
  }
  try {
    for (let file = from.file; file < sources.length; file++) {
      const source = sources[file]!
      // What others refer to has to be there first, and one after the other.
      if (source.first || sources[file - 1]?.first) await flights.land()
      const most = source.first ? 1 : options.inFlight
      const start = file === from.file ? from.next : START.next
      for await (const group of groupsOf(itemsOfSource(source, start, options))) {
        if (stop?.aborted) return await flights.land()
        const { next } = group.items.at(-1)!
        await flights.add(group, { file, next }, most, () => send(source, group))
      }
      if (stop?.aborted) return await flights.land()
      flights.mark({ file: file + 1, next: START.next })
    }
    return await flights.land()
  } finally {
    await flights.settle()
  }
}

async function* itemsOfSource(source: Source, start: Next, options: Options): AsyncGenerator<Item> {
  const lines = /\.(ndjson|jsonl)(\.gz)?$/.test(source.name) ? true : undefined
  let line = 0
  try {
    const stream = await openSource(source, (bytes) => options.onRead?.(source, bytes))
    if (options.stop !== undefined) addAbortSignal(options.stop, stream)
    for await (const record of recordsOf(stream, lines)) {
      line = record.line
      if (line >= start.line) yield* itemsOf(record).slice(line === start.line ? start.item : 0)
    }
  } catch (error) {
    const { code } = error as { code?: unknown }
    // Errors of the file system and of gzip have a code; others are ours.
    if (typeof code !== 'string') throw error
    const diagnostics = `It can't be read from here on: ${code}`
    yield unreadable(line + 1, '', [{ severity: 'error', code: 'incomplete', diagnostics }])
  }
}
