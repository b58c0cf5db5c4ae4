// The search room as the tests use it: definitions once, and short ways to entries and plans.
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadDefinitions } from '../../src/fhir/definitions-cache.ts'
import type { Resource } from '../../src/fhir/message.ts'
import type { Entry } from '../../src/search/entry.ts'
import { createExtractor } from '../../src/search/extract.ts'
import { matches } from '../../src/search/match.ts'
import { createSearchParameters } from '../../src/search/parameters.ts'
import { createPlanner } from '../../src/search/planner.ts'
import { createSettings } from '../../src/search/settings.ts'
import { units } from '../../src/terminology/units.ts'
import { atOnce } from '../../src/turn.ts'

export const BASE = 'https://hub.example.org/fhir'
export const NOW = Date.UTC(2026, 0, 1)

const options = { baseUrl: BASE, now: () => NOW, units }

export const definitions = loadDefinitions(join(tmpdir(), 'ieum-test-definitions'))
export const parameters = createSearchParameters(definitions)
export const settings = createSettings(definitions, options)
const extractor = createExtractor(parameters, definitions, options)
export const extract = (resource: Resource): Entry[] => atOnce(extractor.all(resource))
export const plan = createPlanner(parameters, definitions, options)

/** A query string as the parts that a request has. */
export const query = (text: string): (readonly [string, string])[] =>
  text === ''
    ? []
    : text.split('&').map((part) => {
        const equals = part.indexOf('=')
        return equals < 0 ? [part, ''] : [part.slice(0, equals), part.slice(equals + 1)]
      })

/** Whether a resource is found by a query on its own type; `+` and `%` stand for themselves. */
export function finds(resource: Record<string, unknown>, text: string): boolean {
  const given = resource as Resource
  const { where } = plan(given.resourceType, query(text), { strict: true }).plan
  const { lastUpdated } = given.meta ?? {}
  return matches(
    {
      type: given.resourceType,
      id: given.id ?? 'x',
      updated: lastUpdated === undefined ? NOW : Date.parse(lastUpdated),
      entries: extract(given),
    },
    where,
  )
}

/** Entries of one path, without what the path already says. */
export const entriesAt = (resource: Record<string, unknown>, path: string) =>
  extract(resource as Resource)
    .filter((entry) => entry.path === path)
    .map(({ path: _path, ...rest }) => rest)
