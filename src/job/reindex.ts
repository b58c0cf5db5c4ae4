// Makes the index anew where it lacks what is extracted now: type by type, in steps with pauses, beside requests.
// A process that goes on after a crash begins where the last note says; steps are harmless when done twice.
// Must run once at a time over all processes: it takes the lease `reindex`.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Resource } from '../fhir/message.ts'
import { isOld, madeOf, withMade, type Made, type MadeOf } from '../search/completeness.ts'
import type { Entry } from '../search/entry.ts'
import type { Indexing, ReindexSlice } from '../store/indexing.ts'
import type { Store } from '../store/store.ts'
import { underLease, type Leased, type LeaseOptions } from './lease.ts'
import { patiently } from './patience.ts'
import {
  readMade,
  readWanted,
  readWork,
  writeMade,
  writeWanted,
  writeWork,
} from './reindex-notes.ts'
import type { Work } from './reindex-notes.ts'

export type Reindexing = {
  readonly store: Store
  readonly resourceTypes: readonly string[]
  readonly extract: (resource: Resource) => readonly Entry[]
  /** What is extracted now. */
  readonly made: () => MadeOf
  /** Look whether other processes changed what is extracted. */
  readonly refresh: () => Promise<void>
}

export type ReindexOptions = LeaseOptions & {
  /** Milliseconds in which every process hears of a change of what is extracted, and no longer writes as before. */
  readonly settleMs: number
  /** Times as long as a step took is waited after it; 4 unless given, 0 where nobody else is served. */
  readonly pause?: number
  /** Types to make anew in any case. */
  readonly types?: readonly string[]
  readonly onProgress?: (work: Work) => void
  /** Ends the work after a step; what is left is done another time. */
  readonly signal?: AbortSignal
}

const PAUSE_FACTOR = 4
const NOTE_MS = 1000

/**
 * Make the index what it should be.
 * @returns what was done; undefined when nothing had to be
 * @throws what ended the lease, or why the signal ended the work
 */
export const reindex = (
  room: Reindexing,
  options: ReindexOptions,
): Promise<Leased<Work | undefined>> => {
  const { indexing } = room.store
  if (indexing === undefined) throw new Error('Another process writes this store')
  return underLease(
    indexing.leases,
    'reindex',
    async (lost) => {
      const signal = options.signal === undefined ? lost : AbortSignal.any([lost, options.signal])
      return work(room, indexing, options, signal)
    },
    options,
  )
}

async function work(
  room: Reindexing,
  indexing: Indexing,
  options: ReindexOptions,
  signal: AbortSignal,
): Promise<Work | undefined> {
  const { store, made } = room
  const { notes } = store
  await room.refresh()
  const began = Date.now()
  const wanted = await readWanted(notes)
  const asked = new Set([...(wanted?.types ?? []), ...(options.types ?? [])])
  const had = await readMade(notes)
  let types = room.resourceTypes.filter((type) => asked.has(type) || isOld(had, made(), type))
  if (types.length === 0) {
    if (wanted !== undefined) await writeWanted(notes, undefined)
    return undefined
  }
  const before = await readWork(notes)
  const left = before?.ended === undefined ? before : undefined
  // Those that were asked for and are done already are told by their place in the order.
  if (left?.type !== undefined)
    types = types.filter((type) => type >= left.type! || isOld(had, made(), type))

  const steps = createSteps(room, indexing, options, signal, {
    looked: left?.looked ?? 0,
    changed: left?.changed ?? 0,
    of: Math.max(left?.of ?? 0, (left?.looked ?? 0) + (await countOf(store, types))),
    began: left?.began ?? began,
    // The first step is noted at once.
    noted: 0,
  })
  const until = began + options.settleMs
  let now = had
  for (const type of types) {
    for (let from = fromOf(left, type, made()); ; from = undefined) {
      const target = madeOf(made(), type)
      const isEmpty = await steps.pass(type, target, from, until)
      // It was made of something else meanwhile.
      if (!isSame(target, madeOf(made(), type))) continue
      now = withMade(now, type, target)
      if (!isEmpty) await writeMade(notes, now)
      break
    }
  }
  const isWhole = room.resourceTypes.every((type) => !isOld(now, made(), type))
  await writeMade(notes, isWhole && now.others <= made().others ? made() : now)
  if (wanted !== undefined && (await readWanted(notes))?.at === wanted.at)
    await writeWanted(notes, undefined)
  return steps.end()
}

const fromOf = (left: Work | undefined, type: string, now: MadeOf): string | undefined =>
  left?.type === type && left.made !== undefined && isSame(left.made, madeOf(now, type))
    ? left.from
    : undefined

const isSame = (one: Made, other: Made): boolean =>
  one.extraction === other.extraction && one.added.join() === other.added.join()

const countOf = (store: Store, types: readonly string[]): Promise<number> =>
  store.count({
    types,
    where: { kind: 'and', of: [] },
    sort: [],
    count: 0,
    total: true,
    includes: [],
  })

/** Carries out the steps and says how far they have come. */
function createSteps(
  { store, extract }: Reindexing,
  indexing: Indexing,
  { pause = PAUSE_FACTOR, onProgress }: ReindexOptions,
  signal: AbortSignal,
  first: Work,
) {
  let now = first
  const note = async (more: Partial<Work>, isDue: boolean): Promise<void> => {
    now = { ...now, ...more }
    onProgress?.(now)
    if (!isDue && Date.now() < now.noted + NOTE_MS) return
    now = { ...now, noted: Date.now() }
    await patiently(() => writeWork(store.notes, now), signal)
  }
  return {
    /** All resources of a type that were last written before an instant, which may not have come yet: whether none was. */
    pass: async (
      type: string,
      made: Made,
      begin: string | undefined,
      before: number,
    ): Promise<boolean> => {
      const { from: _, ...others } = now
      now = others
      const lookedBefore = now.looked
      for (let from = begin; ;) {
        signal.throwIfAborted()
        const start = performance.now()
        const isEarly = Date.now() < before
        const slice: ReindexSlice = await patiently(
          () => indexing.reindex({ type, from, before, extract }),
          signal,
        )
        const { looked, changed, next } = slice
        // The last step comes once more when no process writes as before.
        const isAgain = next === undefined && isEarly
        await note(
          {
            type,
            made,
            looked: now.looked + (isAgain ? 0 : looked),
            changed: now.changed + changed,
            ...(next === undefined ? {} : { from: next }),
          },
          false,
        )
        if (next === undefined && !isEarly) return now.looked === lookedBefore
        from = next ?? from
        const rest = isAgain ? before - Date.now() + 1 : pause * (performance.now() - start)
        await sleep(Math.max(0, rest), undefined, { signal })
      }
    },
    end: async (): Promise<Work> => {
      const { type: _, made: __, from: ___, ...others } = now
      now = others
      await note({ ended: Date.now() }, true)
      return now
    },
  }
}
