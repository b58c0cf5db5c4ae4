// Builds the server from its settings: store, definitions, search, validation, in the order of their dependencies.
// Must not serve; http/ and cli/ do.
import { dataFolder, sqliteFile, type Config } from './config.ts'
import type { Context } from './context.ts'
import { loadDefinitions } from './fhir/definitions-cache.ts'
import { openPageLinks } from './interaction/page-link.ts'
import type { Log } from './log.ts'
import { createExtractor } from './search/extract.ts'
import { createSearchParameters } from './search/parameters.ts'
import { createPlanner } from './search/planner.ts'
import type { Maintenance } from './store/maintenance.ts'
import type { Store } from './store/store.ts'
import { withConcepts } from './terminology/expand.ts'
import { createTerminology } from './terminology/terminology.ts'
import { createValidator } from './validation/validator.ts'

/**
 * Open what requests need.
 * @param given a store that is open already; the one of the settings otherwise
 * @throws Error in plain words when the store can't be opened
 */
export async function openContext(config: Config, log: Log, given?: Store): Promise<Context> {
  const opened = given ?? (await openStore(config))
  const { definitions, parameters, options, extract } = openSearch(config)
  const terminology = createTerminology(opened, parameters, {
    folder: dataFolder(config.storeUrl),
    baseUrl: config.baseUrl,
  })
  const store = withConcepts(opened, terminology)
  return {
    config,
    baseUrl: config.baseUrl,
    definitions,
    parameters,
    plan: createPlanner(parameters, definitions, {
      ...options,
      count: config.pageSize,
      maxCount: config.maxPageSize,
    }),
    extract,
    validator: createValidator(definitions),
    store,
    pages: await openPageLinks(config, store.notes),
    terminology,
    log,
  }
}

/** Close the store; what it acknowledged is on disk already. */
export const closeContext = (context: Context): Promise<void> => context.store.close()

/** Each store's driver is loaded only where it is used. */
async function openStore(config: Config): Promise<Store> {
  const { storeUrl, mongoPoolSize, mongoTimeoutMs, searchThreads, searchBudgetMs } = config
  const file = sqliteFile(storeUrl)
  if (file !== undefined) {
    const { openSqliteStore } = await import('./store/sqlite/store.ts')
    return openSqliteStore(file, { threads: searchThreads, budgetMs: searchBudgetMs })
  }
  const { openMongoStore } = await import('./store/mongo/store.ts')
  return openMongoStore(storeUrl, { poolSize: mongoPoolSize, timeoutMs: mongoTimeoutMs })
}

/**
 * The store of the settings for who looks after it, and how its index entries are made.
 * @throws Error in plain words when the store can't be opened
 */
export async function openMaintenance(
  config: Config,
): Promise<{ readonly maintenance: Maintenance; readonly extract: Context['extract'] }> {
  const { storeUrl, mongoTimeoutMs } = config
  const file = sqliteFile(storeUrl)
  const maintenance =
    file !== undefined
      ? await (await import('./store/sqlite/check.ts')).openSqliteMaintenance(file)
      : await (
          await import('./store/mongo/check.ts')
        ).openMongoMaintenance(storeUrl, { timeoutMs: mongoTimeoutMs })
  return { maintenance, extract: openSearch(config).extract }
}

/** What search is made of; what is extracted hangs on nothing else. */
function openSearch({ storeUrl, baseUrl, timeZone }: Config) {
  const definitions = loadDefinitions(dataFolder(storeUrl))
  const parameters = createSearchParameters(definitions)
  const options = { baseUrl, zone: timeZone }
  return {
    definitions,
    parameters,
    options,
    extract: createExtractor(parameters, definitions, options),
  }
}
