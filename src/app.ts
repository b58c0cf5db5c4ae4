// Builds the server from its settings: store, definitions, search, validation, in the order of their dependencies.
// Must not serve; http/ and cli/ do.
import { dataFolder, type Config } from './config.ts'
import type { Context } from './context.ts'
import { loadDefinitions } from './fhir/definitions-cache.ts'
import type { Log } from './log.ts'
import { createExtractor } from './search/extract.ts'
import { createSearchParameters } from './search/parameters.ts'
import { createPlanner } from './search/planner.ts'
import type { Store } from './store/store.ts'
import { withConcepts } from './terminology/expand.ts'
import { createTerminology } from './terminology/terminology.ts'
import { createValidator } from './validation/validator.ts'

/**
 * Open what requests need.
 * @throws Error in plain words when the store can't be opened
 */
export async function openContext(config: Config, log: Log): Promise<Context> {
  const opened = await openStore(config)
  const definitions = loadDefinitions(dataFolder(config.storeUrl))
  const parameters = createSearchParameters(definitions)
  const options = { baseUrl: config.baseUrl, zone: config.timeZone }
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
    extract: createExtractor(parameters, definitions, options),
    validator: createValidator(definitions),
    store,
    log,
  }
}

/** Close the store; what it acknowledged is on disk already. */
export const closeContext = (context: Context): Promise<void> => context.store.close()

/** Each store's driver is loaded only where it is used. */
async function openStore({ storeUrl, mongoPoolSize, mongoTimeoutMs }: Config): Promise<Store> {
  const file = /^sqlite:(.+)$/.exec(storeUrl)?.[1]
  if (file !== undefined) return (await import('./store/sqlite/store.ts')).openSqliteStore(file)
  const { openMongoStore } = await import('./store/mongo/store.ts')
  return openMongoStore(storeUrl, { poolSize: mongoPoolSize, timeoutMs: mongoTimeoutMs })
}
