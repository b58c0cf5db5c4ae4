// Validates resources: their structure, R4's own rules, the profiles that they declare and those that are asked for.
// https://hl7.org/fhir/R4/validation.html
// A compiled pass says yes or no about the structure (schema.ts); only what it refuses is explained (explain.ts).
// Must not throw, whatever it is given, and must not touch the network.
import { issueOf, type Issue } from '../errors.ts'
import type { Definitions } from '../fhir/definitions.ts'
import type { Resource } from '../fhir/message.ts'
import { createMembership } from '../terminology/membership.ts'
import { message } from '../words/message.ts'
import { explain } from './explain.ts'
import type { Knowledge } from './knowledge.ts'
import { rootCheck } from './resource.ts'
import { schemaChecks } from './schema.ts'
import { issuesOf, scopeOf } from './scope.ts'
import { createWorkshop, type UnitProblem, type Workshop } from './workshop.ts'

export type ValidateOptions = {
  /** The resource type that is expected; any if undefined. */
  readonly type?: string | undefined
  /** Canonical URLs of profiles that the resource has to meet besides those that it declares. */
  readonly profiles?: readonly string[]
  /** Whether only what forbids to store it matters: no warnings, nor what a store has no need to understand. */
  readonly storing?: boolean
}

export type Validator = {
  /**
   * @param resource parsed JSON
   * @returns what is wrong, at most 100 issues; none if the resource is fine. Profiles, value sets and code systems
   *   that aren't at hand count as unknown
   */
  validate(resource: unknown, options?: ValidateOptions): readonly Issue[]
  /** The same, after what isn't at hand was looked for. */
  check(resource: unknown, options?: ValidateOptions): Promise<readonly Issue[]>
}

export type ValidatorSettings = {
  readonly knowledge: Knowledge
  /** What a declared profile is that isn't known. */
  readonly unknownProfile: 'warning' | 'error'
  readonly unitProblem?: UnitProblem | undefined
}

const NONE: readonly Issue[] = []

/** Profiles upon value sets upon code systems: each pass may find that more is needed. */
const MOST_PASSES = 20

/**
 * @param settings undefined for a validator of structure alone
 * @example createValidator(definitions).validate({ resourceType: 'Patient', birthDate: '2023-02-30' })[0].code // value
 */
export function createValidator(definitions: Definitions, settings?: ValidatorSettings): Validator {
  const checkOf = schemaChecks(definitions)
  let workshop: Workshop | undefined
  let made = -1

  /** Refreshed when something else is known. */
  const workshopOf = ({ knowledge, unknownProfile, unitProblem }: ValidatorSettings): Workshop => {
    const version = knowledge.version()
    workshop ??= createWorkshop({
      definitions,
      find: knowledge.structure,
      membership: createMembership(knowledge),
      unitProblem,
      unknownProfile,
    })
    if (made !== version) workshop.refresh()
    made = version
    return workshop
  }

  const validate: Validator['validate'] = (resource, options = {}) => {
    const { type, profiles = [], storing = false } = options
    try {
      if (isFine(resource, type)) {
        if (settings === undefined) return NONE
        const scope = scopeOf(resource as Resource, storing)
        rootCheck(resource as Resource, scope, profiles, workshopOf(settings))
        return scope.findings.length === 0 ? NONE : issuesOf(scope.findings)
      }
      const issues = explain(definitions, resource, type, (name, value) => checkOf(name)(value))
      return issues.length > 0 ? issues : [issueOf('error', 'structure', message('structure'))]
    } catch (thrown) {
      // The stack is what bounds the depth: some thousand levels.
      if (thrown instanceof RangeError) return [issueOf('error', 'too-costly', message('nested'))]
      throw thrown
    }
  }

  return {
    validate,
    async check(resource, options) {
      let issues = validate(resource, options)
      for (let pass = 1; settings?.knowledge.isWanting() && pass < MOST_PASSES; pass += 1) {
        if (!(await settings.knowledge.bring())) break
        issues = validate(resource, options)
      }
      return issues
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
