// `ieum restore FILE`: a backup in the place of the embedded store.
// Must not touch a store that a server has, nor throw away the one that it replaces.
import { storeFile } from './backup.ts'

const USAGE = `Usage: ieum restore FILE

Verifies FILE, a copy made by "ieum backup" (or of a file system, with its -wal file beside it), and puts it in the place
of the store of STORE_URL (sqlite:). No server may have that store. The store that was there is kept beside it, as
NAME.before-TIME; delete it when you are sure.

Exit status: 0 done, 1 nothing was changed, 2 the call or the settings are wrong.`

/** Run the command. */
export async function restore(args: readonly string[]): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    console.log(USAGE)
    return 0
  }
  const [source, ...more] = args
  if (source === undefined || source.startsWith('-') || more.length > 0) {
    console.error(USAGE)
    return 2
  }
  const file = storeFile()
  if (file === undefined) return 2
  const { restoreStore } = await import('../store/sqlite/backup.ts')
  try {
    const { resources, versions, aside } = restoreStore(file, source, new Date())
    console.log(
      `${file} is ${source} now: ${String(resources)} resources, ${String(versions)} versions, verified`,
    )
    if (aside !== undefined) console.log(`The store that was there is ${aside}`)
    return 0
  } catch (error) {
    console.error((error as Error).message)
    return 1
  }
}
