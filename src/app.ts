// Builds the server from its settings: store, definitions, search, validation, in the order of their dependencies.
// Must not serve; http/ and cli/ do.
import { createAudit } from './audit/audit.ts'
import { guarded } from './audit/guard.ts'
import { sqliteFile, type Config } from './config.ts'
import { guideOf, guideSource } from './conformance/guide.ts'
import { announcing, createRegistry, type Registry } from './conformance/registry.ts'
import { followSearchParameters } from './conformance/search-parameters.ts'
import { createAccess } from './consent/access-of.ts'
import { decidingEntries } from './consent/entries.ts'
import { createKnownRules, notingRules } from './consent/known-rules.ts'
import { caseIssues, keepingCases } from './consent/teaching-case.ts'
import type { Context } from './context.ts'
import { readPolicy } from './deidentify/policy.ts'
import { createPseudonyms, deidentifyKey } from './deidentify/pseudonym.ts'
import { loadDefinitions } from './fhir/definitions-cache.ts'
import { compileBounded } from './fhir/fhirpath.ts'
import { publishedStructures } from './fhir/structures.ts'
import { openPageLinks } from './interaction/page-link.ts'
import { createIndexKeeper, noteIfEmpty, type IndexKeeper } from './job/index-keeper.ts'
import type { Log } from './log.ts'
import { networkRules } from './network/rules.ts'
import { inForce, refusalsOf, type SearchParameterResource } from './search/custom.ts'
import { createSearchRoom, type SearchRoom } from './search/room.ts'
import { createSettings } from './search/settings.ts'
import type { Maintenance } from './store/maintenance.ts'
import type { Store } from './store/store.ts'
import { createEndpoints } from './subscription/endpoint.ts'
import { subscriptionRefusals, subscriptionRule } from './subscription/subscription.ts'
import { createSubscriptions, heard } from './subscription/subscriptions.ts'
import { withConcepts } from './terminology/expand.ts'
import { loadPublished } from './terminology/published.ts'
import { conceptOrUnknown } from './terminology/meaning.ts'
import { createTerminology } from './terminology/terminology.ts'
import { units } from './terminology/units.ts'
import { atOnce } from './turn.ts'
import { createKnowledge } from './validation/knowledge.ts'
import { unitProblem } from './validation/unit.ts'
import { createValidator } from './validation/validator.ts'

/**
 * Open what requests need.
 * @param given a store that is open already; the one of the settings otherwise
 * @throws Error in plain words when the store can't be opened
 */
export async function openContext(config: Config, log: Log, given?: Store): Promise<Context> {
  const opened = given ?? (await openStore(config))
  const { definitions, room } = openSearch(config)
  const { parameters, plan, extract } = room
  const { timeZone, baseUrl } = config
  const rules = createKnownRules(opened, createSettings(definitions, { baseUrl, zone: timeZone }))
  const kept = keepingCases(notingRules(opened, rules))
  const registry = createRegistry(opened, parameters, [guideSource])
  const index = await openIndex(kept, registry, { room, definitions, log, config })
  const folder = config.cacheFolder
  const terminology = createTerminology(opened, parameters, {
    folder,
    baseUrl: config.baseUrl,
    conformance: registry,
    guide: guideOf,
  })
  const store = announcing(withConcepts(kept, terminology), registry)
  const subscriptions = createSubscriptions(config, opened.notes)
  const extracting = opened.fullText === undefined ? room.extracting : room.values
  const audit = createAudit(opened, store, {
    config,
    baseUrl: config.baseUrl,
    extracting,
    log,
  })
  return {
    config,
    baseUrl: config.baseUrl,
    definitions,
    parameters,
    plan,
    extract,
    extracting,
    validator: createValidator(definitions, {
      knowledge: createKnowledge(
        publishedStructures(folder),
        loadPublished(folder),
        registry,
        (system, code) => conceptOrUnknown(system, code, terminology.finder),
      ),
      unitProblem,
      unknownProfile: config.unknownProfiles === 'refuse' ? 'error' : 'warning',
    }),
    refusals: refusedBy(
      refusalsOf(parameters, definitions),
      subscriptionRefusals({ plan, definitions, endpoints: createEndpoints(config) }),
      caseIssues,
    ),
    rules: new Map([...networkRules, ['Subscription', subscriptionRule]]),
    conformance: registry,
    index,
    store: {
      ...guarded(heard(store, subscriptions)),
      close: async () => {
        await subscriptions.close()
        await audit.close()
        await index.close()
        await opened.close()
      },
    },
    audit,
    subscriptions,
    pages: await openPageLinks(config, opened.notes),
    terminology,
    log,
    deidentify: {
      policy: readPolicy(config.deidentifyPolicy, definitions),
      pseudonyms: async () =>
        createPseudonyms(await deidentifyKey(config.deidentifyKey, opened.notes)),
    },
    accessOf: createAccess({
      config,
      baseUrl: config.baseUrl,
      plan,
      parameters,
      definitions,
      extract: (resource) => atOnce(extracting(resource)),
      values: (resource) => atOnce(room.values(resource)),
      store,
      rules,
    }),
  }
}

const refusedBy =
  (...rules: readonly Context['refusals'][]): Context['refusals'] =>
  (resource) =>
    rules.flatMap((rule) => rule(resource))

/** Puts the search parameters of a store into force, and keeps its index as they want it. */
async function openIndex(
  store: Store,
  registry: Registry,
  {
    room,
    definitions,
    log,
    config,
  }: Pick<Context, 'definitions' | 'log' | 'config'> & { room: SearchRoom },
): Promise<IndexKeeper> {
  const index = createIndexKeeper({
    store,
    room,
    definitions,
    log,
    refresh: () => registry.refresh(),
    refreshMs: config.refreshMs,
  })
  try {
    // What is there already is no news later.
    await registry.refresh()
    await followSearchParameters({ registry, room, definitions, log, onChange: index.changed })
    await noteIfEmpty(store, index.made())
    await index.look()
    return index
  } catch (error) {
    await index.close()
    throw error
  }
}

/** Close the store; what it acknowledged is on disk already. */
export const closeContext = (context: Context): Promise<void> => context.store.close()

/** Each store's driver is loaded only where it is used. */
async function openStore(config: Config): Promise<Store> {
  const {
    storeUrl,
    mongoPoolSize,
    mongoTimeoutMs,
    searchThreads,
    searchBudgetMs,
    searchMaxTested,
  } = config
  const file = sqliteFile(storeUrl)
  if (file !== undefined) {
    const { openSqliteStore } = await import('./store/sqlite/store.ts')
    return openSqliteStore(file, {
      threads: searchThreads,
      budgetMs: searchBudgetMs,
      mostTested: searchMaxTested,
    })
  }
  const { openMongoStore } = await import('./store/mongo/store.ts')
  return openMongoStore(storeUrl, {
    poolSize: mongoPoolSize,
    timeoutMs: mongoTimeoutMs,
    mostTested: searchMaxTested,
  })
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
  const { definitions, room } = openSearch(config)
  const stored = (await maintenance.currentOf('SearchParameter')).map(({ text, updated }) => ({
    resource: JSON.parse(text ?? '{}') as SearchParameterResource,
    updated,
  }))
  room.use(inForce(stored, definitions).definitions)
  return { maintenance, extract: room.extract }
}

/** What search is made of; what is extracted hangs on nothing else but the search parameters of the store. */
function openSearch({ cacheFolder, baseUrl, timeZone, pageSize, maxPageSize }: Config) {
  const definitions = loadDefinitions(cacheFolder)
  const room = createSearchRoom(definitions, {
    baseUrl,
    zone: timeZone,
    units,
    count: pageSize,
    maxCount: maxPageSize,
    evaluate: (expression, resource) => compileBounded(expression)(resource),
    beside: decidingEntries,
  })
  return { definitions, room }
}
