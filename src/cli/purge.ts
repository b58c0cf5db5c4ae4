// `ieum purge --history-older-than AGE`: remove old versions from the history of the store, while it serves.
// Must not print what a resource says, nor remove a current version.
import { readConfig } from '../config.ts'
import { Failure } from '../errors.ts'
import { instantOf, purgeHistory, type Purged } from '../job/purge.ts'
import { openUpkeep } from '../job/upkeep.ts'
import type { Upkeep } from '../store/upkeep.ts'

const USAGE = `Usage: ieum purge --history-older-than AGE [--dry-run]

Removes versions from the history that were replaced longer ago than AGE: 5y, 18mo, 6w, 90d, or a date such as
2021-07-01 (then at 00:00 UTC). The current version of a resource stays, whatever its age, and so does its number;
of a deleted resource the deletion stays. A server may run meanwhile. Removed versions are answered with 410.

  --dry-run  only count

Exit status: 0 done, 1 not or not all done, 2 the call or the settings are wrong.`

/** Run the command. */
export async function purge(args: readonly string[]): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    console.log(USAGE)
    return 0
  }
  const asked = readArguments(args)
  if (typeof asked === 'string') {
    console.error(asked)
    return 2
  }
  let upkeep: Upkeep
  try {
    upkeep = await openUpkeep(readConfig())
  } catch (error) {
    console.error((error as Error).message)
    return error instanceof Failure ? 1 : 2
  }
  try {
    return await run(upkeep, asked)
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    console.error(error.message)
    return 1
  } finally {
    await upkeep.close()
  }
}

type Asked = { readonly before: number; readonly dryRun: boolean }

/** What is asked for, or what is wrong with it. */
function readArguments(args: readonly string[]): Asked | string {
  const rest = args.filter((arg) => arg !== '--dry-run')
  const [option, age] = rest
  if (option !== '--history-older-than' || age === undefined || rest.length > 2) return USAGE
  const now = Date.now()
  const before = instantOf(age, now)
  if (before === undefined)
    return `"${age}" is no age: give 5y, 18mo, 6w, 90d, or a date such as 2021-07-01`
  if (before > now) return `${age} is in the future`
  return { before, dryRun: args.includes('--dry-run') }
}

async function run(upkeep: Upkeep, { before, dryRun }: Asked): Promise<number> {
  const done = await purgeHistory(upkeep, before, { dryRun })
  if (!done.held) {
    console.error(
      `Another process is purging (${done.by}); its lease lasts until ${new Date(done.until).toISOString()}`,
    )
    return 1
  }
  console.log(reportOf(done.result, before, dryRun))
  return 0
}

/** Lines for people: how many, and of which types. */
function reportOf(removed: Purged, before: number, dryRun: boolean): string {
  const types = Object.entries(removed).sort(([a], [b]) => (a < b ? -1 : 1))
  const total = types.reduce((sum, [, count]) => sum + count, 0)
  const versions = total === 1 ? 'version' : 'versions'
  return [
    `${dryRun ? 'Would remove' : 'Removed'} ${String(total)} ${versions} replaced before ${new Date(before).toISOString()}`,
    ...types.map(([type, count]) => `  ${type}  ${String(count)}`),
  ].join('\n')
}
