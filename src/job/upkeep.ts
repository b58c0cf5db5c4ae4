// Opens the upkeep of the store that the settings name; each store's driver is loaded only where it is used.
import { sqliteFile, type Config } from '../config.ts'
import type { Upkeep } from '../store/upkeep.ts'

/** @throws Error in plain words when it can't be opened */
export async function openUpkeep({ storeUrl, mongoTimeoutMs }: Config): Promise<Upkeep> {
  const file = sqliteFile(storeUrl)
  if (file !== undefined) return (await import('../store/sqlite/upkeep.ts')).openSqliteUpkeep(file)
  const { openMongoUpkeep } = await import('../store/mongo/upkeep.ts')
  return openMongoUpkeep(storeUrl, { poolSize: 4, timeoutMs: mongoTimeoutMs })
}
