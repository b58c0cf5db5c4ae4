// `ieum packages` and `ieum packages add`: the FHIR packages of the store.
// Must not fetch a package: it loads what is given.
import { closeContext, openContext } from '../app.ts'
import { loadPackage } from '../job/package/load.ts'
import { missingOf, nameOf, readLoaded, type LoadedPackage } from '../job/package/loaded.ts'
import { readPackage } from '../job/package/read.ts'
import type { Config } from '../config.ts'
import { Failure } from '../errors.ts'
import { openUpkeep } from '../job/upkeep.ts'
import { createLog } from '../log.ts'
import { count } from './progress.ts'
import { settings } from './settings.ts'

const USAGE = `Usage: ieum packages
       ieum packages add FILE|FOLDER…

Without more, lists the FHIR packages that the store of STORE_URL holds. add loads packages (.tgz, or a folder of JSON)
into it: profiles, value sets, code systems, maps, search parameters and the like, not the examples. Each package is
loaded as a whole or not at all. An embedded store must not be open in a server meanwhile; there, name the packages in
PACKAGES and start the server again.

Exit status: 0 done, 1 not or not all loaded, 2 the call or the settings are wrong.`

/** Run the command. */
export async function packages(args: readonly string[]): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    console.log(USAGE)
    return 0
  }
  const [word, ...paths] = args
  if (word !== undefined && (word !== 'add' || paths.length === 0)) {
    console.error(USAGE)
    return 2
  }
  const config = settings()
  if (config === undefined) return 2
  try {
    return word === undefined ? await list(config) : await add(config, paths)
  } catch (error) {
    if (!(error instanceof Failure) && (error as Error).name !== 'Error') throw error
    console.error((error as Error).message)
    return 1
  }
}

async function list(config: Config): Promise<number> {
  const upkeep = await openUpkeep(config)
  try {
    const loaded = await readLoaded(upkeep.notes)
    console.log(loaded.length === 0 ? 'No package is loaded.' : loaded.map(lineOf).join('\n'))
    warn(missingOf(loaded, loaded))
    return 0
  } finally {
    await upkeep.close()
  }
}

async function add(config: Config, paths: readonly string[]): Promise<number> {
  const context = await openContext(config, createLog('silent'))
  let failed = 0
  const added: LoadedPackage[] = []
  try {
    for (const path of paths)
      try {
        const { loaded, warnings } = await loadPackage(await readPackage(path), context, true)
        added.push(loaded)
        console.log(`Loaded ${lineOf(loaded)}`)
        warn(warnings)
      } catch (error) {
        if (!(error instanceof Failure) && (error as Error).name !== 'Error') throw error
        failed++
        console.error((error as Error).message)
      }
    warn(missingOf(added, await readLoaded(context.store.notes)))
    if (context.index.state().lack.size > 0)
      console.log('What was stored before is indexed anew by the server, or by: ieum reindex')
    return failed === 0 ? 0 : 1
  } finally {
    await closeContext(context)
  }
}

const lineOf = (one: LoadedPackage): string =>
  `${nameOf(one)}  ${count(one.resources)} resources${one.canonical === undefined ? '' : `  ${one.canonical}`}`

function warn(lines: readonly string[]): void {
  for (const line of lines) console.error(`Warning: ${line}`)
}
