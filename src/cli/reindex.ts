// `ieum reindex`: make the index of the store anew, here, or by the server that has the store open.
// Must not print what a resource says.
import { setTimeout as sleep } from 'node:timers/promises'
import { closeContext, openContext } from '../app.ts'
import { readConfig, sqliteFile, type Config } from '../config.ts'
import { Failure } from '../errors.ts'
import { readWanted, readWork, writeWanted, type Work } from '../job/reindex-notes.ts'
import { openUpkeep } from '../job/upkeep.ts'
import { createLog } from '../log.ts'
import type { Notes } from '../store/indexing.ts'
import { loadDefinitions } from '../fhir/definitions-cache.ts'
import { count, showProgress } from './progress.ts'

const USAGE = `Usage: ieum reindex [--all | --type TYPE,…]

Makes the index of the store of STORE_URL what it should be: what a later release or a new search parameter finds in
resources that were written before. Servers do this by themselves in the background; this waits for it. Without an
option only what is lacking is done. Where a server has the store open, it does the work.

  --all        every resource anew
  --type TYPE  every resource of these types anew

Exit status: 0 done, 1 not done, 2 the call or the settings are wrong.`

/** Run the command. */
export async function reindex(args: readonly string[]): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    console.log(USAGE)
    return 0
  }
  let config: Config
  let types: readonly string[]
  try {
    config = readConfig()
    types = typesAsked(args, loadDefinitions(config.cacheFolder).resourceTypes)
  } catch (error) {
    console.error((error as Error).message)
    return 2
  }
  try {
    return (await isServed(config)) ? await byServer(config, types) : await here(config, types)
  } catch (error) {
    if (!(error instanceof Failure) && (error as Error).name !== 'Error') throw error
    console.error((error as Error).message)
    return 1
  }
}

/** @throws Error that says how it is called */
function typesAsked(args: readonly string[], known: readonly string[]): readonly string[] {
  const [option, value] = args
  if (option === undefined) return []
  if (option === '--all' && args.length === 1) return known
  if (option !== '--type' || value === undefined || args.length > 2) throw new Error(USAGE)
  const types = value.split(',')
  const wrong = types.find((type) => !known.includes(type))
  if (wrong !== undefined) throw new Error(`There is no resource type "${wrong}" in FHIR R4`)
  return types
}

/** Whether another process has the only right to write the store. @throws Error when there is no store */
async function isServed({ storeUrl }: Config): Promise<boolean> {
  const file = sqliteFile(storeUrl)
  if (file === undefined) return false
  await (await openUpkeep(readConfig())).close()
  const { acquireLock } = await import('../store/sqlite/lock.ts')
  try {
    acquireLock(file).release()
    return false
  } catch {
    return true
  }
}

async function here(config: Config, types: readonly string[]): Promise<number> {
  const context = await openContext(config, createLog('silent'))
  const view = watch()
  try {
    // Nobody else writes an embedded store; on a hub servers may.
    const alone = sqliteFile(config.storeUrl) !== undefined
    const done = await context.index.run({
      types,
      ...(alone ? { pause: 0, settleMs: 0 } : {}),
      onProgress: (work) => view.show(work),
    })
    if (!done.held) {
      await writeWanted(context.store.notes, { types, at: Date.now() })
      return await follow(context.store.notes, view)
    }
    view.stop(done.result)
    return 0
  } finally {
    view.stop(undefined, false)
    await closeContext(context)
  }
}

async function byServer(config: Config, types: readonly string[]): Promise<number> {
  const upkeep = await openUpkeep(config)
  const view = watch()
  try {
    await writeWanted(upkeep.notes, { types, at: Date.now() })
    return await follow(upkeep.notes, view)
  } finally {
    view.stop(undefined, false)
    await upkeep.close()
  }
}

const LOOK_MS = 300
/** Without a sign of life of the process that does the work. */
const PATIENCE_MS = 60_000

/** Until a server has done what was asked for. */
async function follow(notes: Notes, view: View): Promise<number> {
  const began = Date.now()
  for (let alive = began; ; await sleep(LOOK_MS)) {
    const work = await readWork(notes)
    if (work !== undefined && work.noted >= began) {
      alive = Math.max(alive, work.noted)
      view.show(work)
    }
    if ((await readWanted(notes)) === undefined) {
      view.stop(work !== undefined && work.began >= began - PATIENCE_MS ? work : undefined)
      return 0
    }
    if (Date.now() > alive + PATIENCE_MS) {
      view.stop(undefined, false)
      console.error('No server does it: it is noted, and done when one is started')
      return 1
    }
  }
}

type View = { show(work: Work): void; stop(work: Work | undefined, isDone?: boolean): void }

function watch(): View {
  let now: Work | undefined
  let isStopped = false
  const display = showProgress('resources', () => ({
    done: now?.looked ?? 0,
    failed: 0,
    part: now === undefined || now.of === 0 ? 0 : Math.min(1, now.looked / now.of),
    at: now?.type ?? '',
  }))
  return {
    show: (work) => {
      now = work
    },
    stop: (work, isDone = true) => {
      if (isStopped) return
      isStopped = true
      display.stop()
      if (!isDone) return
      console.log(
        work === undefined
          ? 'The index is complete; nothing had to be done.'
          : `The index is complete: looked at ${count(work.looked)} resources, changed the entries of ${count(work.changed)}.`,
      )
    },
  }
}
