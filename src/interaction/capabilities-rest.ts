// CapabilityStatement.rest: resource types with their interactions, search parameters, includes and operations.
// https://hl7.org/fhir/R4/capabilitystatement.html
// Must not list what no stage of a request knows.
import type { Context } from '../context.ts'
import { operations, type Level } from '../operation/operations.ts'

const INTERACTIONS = [
  'read',
  'vread',
  'update',
  'patch',
  'delete',
  'history-instance',
  'history-type',
  'create',
  'search-type',
].map((code) => ({ code }))

const SYSTEM_INTERACTIONS = ['transaction', 'batch', 'search-system', 'history-system'].map(
  (code) => ({ code }),
)

/** @param normative leave out the elements that R4 has for trial use */
export function restOf(context: Context, normative: boolean): object {
  const { definitions } = context
  const includes = normative ? undefined : includesOf(context)
  return {
    mode: 'server',
    ...(normative
      ? {}
      : {
          security: {
            cors: context.config.corsOrigins !== '',
            description: 'Open mode: whoever reaches the server is served; it listens on loopback',
          },
        }),
    resource: definitions.resourceTypes.map((type) => ({
      type,
      profile: `http://hl7.org/fhir/StructureDefinition/${type}`,
      interaction: INTERACTIONS,
      ...(includes === undefined
        ? {}
        : {
            ...trialUse(context),
            searchInclude: ['*', ...includes.from(type)],
            searchRevInclude: ['*', ...includes.to(type)],
          }),
      searchParam: parametersOf(type, context),
      operation: operationsAt(['type', 'instance', 'version'], type),
    })),
    interaction: SYSTEM_INTERACTIONS,
    operation: operationsAt(['system']),
    compartment: [...definitions.compartments.keys()].map(
      (code) => `http://hl7.org/fhir/CompartmentDefinition/${code.toLowerCase()}`,
    ),
  }
}

const trialUse = ({ config }: Context) => ({
  versioning: 'versioned-update',
  readHistory: true,
  updateCreate: true,
  conditionalCreate: true,
  conditionalRead: 'full-support',
  conditionalUpdate: true,
  conditionalDelete: config.conditionalDelete,
  referencePolicy:
    config.references === 'enforce' ? ['literal', 'logical', 'enforced'] : ['literal', 'logical'],
})

const parametersOf = (type: string, context: Context): object[] =>
  [...context.parameters.forType(type).values()].map(({ code, url, type: kind }) => ({
    name: code,
    definition: url,
    type: kind,
  }))

function operationsAt(levels: readonly Level[], type?: string): object[] {
  return operations
    .filter((o) => o.levels.some((l) => levels.includes(l)) && (!o.type || o.type === type))
    .map(({ name, definition }) => ({ name, definition }))
}

type Includes = {
  /** `Observation:subject` for each reference parameter of the type. */
  from(type: string): readonly string[]
  /**
   * The same of all types whose parameter is about the type among others. Those that may point to any type (80 of them)
   * are under `*`: spelled out for each type they would be more than half of the statement.
   */
  to(type: string): readonly string[]
}

/** No reference parameter of R4 names between 11 types and nearly all of them. */
const ANY = 100

function includesOf({ definitions, parameters }: Context): Includes {
  const own = new Map<string, string[]>()
  const pointing = new Map<string, string[]>(definitions.resourceTypes.map((t) => [t, []]))
  for (const source of definitions.resourceTypes) {
    const names: string[] = []
    for (const { code, type, targets } of parameters.forType(source).values()) {
      if (type !== 'reference') continue
      const name = `${source}:${code}`
      names.push(name)
      if (targets.length < ANY) for (const target of targets) pointing.get(target)?.push(name)
    }
    own.set(source, names)
  }
  return { from: (type) => own.get(type) ?? [], to: (type) => pointing.get(type) ?? [] }
}
