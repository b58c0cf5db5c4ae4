// Validates the structure of resources: names, types, cardinality, primitive values, required codes.
// https://hl7.org/fhir/R4/validation.html
// A compiled pass says yes or no (schema.ts); only what it refuses is explained (explain.ts).
// Must not throw, whatever it is given, and must not touch the network.
import type { Issue } from '../errors.ts'
import type { Definitions } from '../fhir/definitions.ts'
import { explain } from './explain.ts'
import { schemaChecks } from './schema.ts'

export type Validator = {
  /**
   * @param resource parsed JSON
   * @param type the resource type that is expected; any if undefined
   * @returns what is wrong, at most 100 issues; none if the resource is fine
   */
  validate(resource: unknown, type?: string): readonly Issue[]
}

const NONE: readonly Issue[] = []

/** @example createValidator(definitions).validate({ resourceType: 'Patient', birthDate: '2023-02-30' })[0].code // value */
export function createValidator(definitions: Definitions): Validator {
  const checkOf = schemaChecks(definitions)
  return {
    validate(resource, type) {
      try {
        if (isFine(resource, type)) return NONE
        const issues = explain(definitions, resource, type, (name, value) => checkOf(name)(value))
        return issues.length > 0
          ? issues
          : [error('structure', 'The resource does not have the structure that R4 gives it')]
      } catch (thrown) {
        // The stack is what bounds the depth: some thousand levels.
        if (thrown instanceof RangeError)
          return [error('too-costly', 'The resource is nested too deeply')]
        throw thrown
      }
    },
  }

  function isFine(resource: unknown, type: string | undefined): boolean {
    if (type === undefined) return checkOf('Resource')(resource)
    return definitions.isResourceType(type) && checkOf(type)(resource) && isOfType(resource, type)
  }
}

// A schema allows for a resource without its type, which it knows.
const isOfType = (resource: unknown, type: string): boolean =>
  (resource as { resourceType?: unknown }).resourceType === type

const error = (code: string, diagnostics: string): Issue => ({
  severity: 'error',
  code,
  diagnostics,
})
