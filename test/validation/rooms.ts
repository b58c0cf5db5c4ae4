// A validator that knows what R4 publishes and what a test gives it besides.
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadDefinitions } from '../../src/fhir/definitions-cache.ts'
import type { StructureDefinition } from '../../src/fhir/structure-definition.ts'
import { publishedStructures } from '../../src/fhir/structures.ts'
import { loadPublished } from '../../src/terminology/published.ts'
import type { CodeSystem, ValueSet } from '../../src/terminology/resource.ts'
import type { Knowledge } from '../../src/validation/knowledge.ts'
import { unitProblem } from '../../src/validation/unit.ts'
import {
  createValidator,
  type Validator,
  type ValidatorSettings,
} from '../../src/validation/validator.ts'

const folder = join(tmpdir(), 'ieum-test-definitions')

export const definitions = loadDefinitions(folder)
const structures = publishedStructures(folder)

type Known = { readonly resourceType: string; readonly url?: string }

/** What R4 publishes, then the resources given, by URL without its version. */
export function knowledgeOf(more: readonly Known[]): Knowledge {
  const published = loadPublished(folder)
  const given = new Map(more.map((one) => [`${one.resourceType} ${one.url}`, one]))
  const find = <T>(type: string, canonical: string): T | undefined =>
    given.get(`${type} ${canonical.split('|', 1)[0]}`) as T | undefined
  const plain = (canonical: string): string => canonical.split('|', 1)[0] ?? ''
  return {
    structure: (url) => structures(url) ?? find<StructureDefinition>('StructureDefinition', url),
    valueSet: (url) => published.valueSets.get(plain(url)) ?? find<ValueSet>('ValueSet', url),
    codeSystem: (url) =>
      published.codeSystems.get(plain(url)) ?? find<CodeSystem>('CodeSystem', url),
    part: () => 'unknown',
    version: () => 0,
    isWanting: () => false,
    bring: () => Promise.resolve(false),
  }
}

export const validatorOf = (
  more: readonly Known[] = [],
  settings: Partial<ValidatorSettings> = {},
): Validator =>
  createValidator(definitions, {
    knowledge: knowledgeOf(more),
    unknownProfile: 'warning',
    unitProblem,
    ...settings,
  })
