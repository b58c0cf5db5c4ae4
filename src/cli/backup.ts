// `ieum backup FILE|FOLDER`: a verified copy of the embedded store, taken while it serves.
// Must not replace a file unless told to.
import { existsSync, mkdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { readConfig, sqliteFile } from '../config.ts'

const USAGE = `Usage: ieum backup FILE|FOLDER [--force]

Copies the store of STORE_URL (sqlite:) as of one moment to FILE, or into FOLDER under the name of that moment. A server
may go on reading and writing meanwhile. The copy is verified (structure of the file, checksum of every version) before
it gets its name, is readable for you only, and is one file that "ieum restore" takes.

  --force  replace FILE

Exit status: 0 done, 1 not done, 2 the call or the settings are wrong.`

/** What to do on the hub: its database is copied by its own tools. */
export const USE_MONGODB_TOOLS = `The store is MongoDB, which is copied with its own tools, while it serves:
  mongodump --uri "$BACKUP_URL" --oplog --gzip --archive=ieum.gz     and mongorestore --oplogReplay
or by snapshots of its volumes; BACKUP_URL names no database. docs/operations.md has the steps.`

/** Run the command. */
export async function backup(args: readonly string[]): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    console.log(USAGE)
    return 0
  }
  const [target, ...more] = args.filter((arg) => arg !== '--force')
  if (target === undefined || target.startsWith('-') || more.length > 0) {
    console.error(USAGE)
    return 2
  }
  const file = storeFile()
  if (file === undefined) return 2
  const { backupStore } = await import('../store/sqlite/backup.ts')
  try {
    const to = targetOf(target, new Date())
    if (existsSync(to) && !args.includes('--force')) {
      console.error(`${to} exists; --force replaces it`)
      return 1
    }
    const { resources, versions, bytes } = await backupStore(file, to)
    console.log(
      `${to}: ${String(resources)} resources, ${String(versions)} versions, ${(bytes / 1e6).toFixed(1)} MB, verified`,
    )
    return 0
  } catch (error) {
    console.error((error as Error).message)
    return 1
  }
}

/** The file of the store; undefined, with the reason on standard error, when there is none that could be copied. */
export function storeFile(): string | undefined {
  let file: string | undefined
  try {
    file = sqliteFile(readConfig().storeUrl)
  } catch (error) {
    console.error((error as Error).message)
    return undefined
  }
  if (file === undefined) console.error(USE_MONGODB_TOOLS)
  if (file !== ':memory:') return file
  console.error('A store in memory can not be copied')
  return undefined
}

function targetOf(target: string, now: Date): string {
  const isFolder =
    /[/\\]$/.test(target) || statSync(target, { throwIfNoEntry: false })?.isDirectory()
  mkdirSync(isFolder ? target : dirname(target), { recursive: true })
  if (!isFolder) return target
  return join(target, `ieum-${now.toISOString().replace(/\.\d+|[-:]/g, '')}.db`)
}
