// Compiles the definition of a type to a function that says yes or no, by way of a JSON schema and ajv.
// https://hl7.org/fhir/R4/json.html and https://ajv.js.org/keywords.html
// Each type is one schema, compiled when a value of it is first met, and shared by all that use it.
// Must not explain: explain.ts does, for what is refused here.
import { Ajv, _, type AnySchemaObject, type KeywordCxt } from 'ajv'
import type { Definitions, Property } from '../fhir/definitions.ts'
import { hasSibling, namesCheck } from './names.ts'
import { PRIMITIVES } from './primitive.ts'
import {
  codesOf,
  codingsOf,
  containedProblem,
  hasCoding,
  referencedType,
  targetsOf,
} from './rules.ts'

type Check = (value: unknown) => boolean

/** Up to this many codes are compared one by one in the compiled code; more are looked up in a set. */
const FEW_CODES = 20

/**
 * @returns a function that finds the check of a type: a resource type, a datatype, a backbone element's path, or
 *   `Resource` for a resource of any type
 */
export function schemaChecks(definitions: Definitions): (type: string) => Check {
  const checks = new Map<string, Check>()
  const ajv = new Ajv({ strict: true, strictTypes: false, messages: false, validateSchema: false })
  for (const [name, { json, test }] of Object.entries(PRIMITIVES)) {
    if (json === 'string')
      ajv.addFormat(name, { type: 'string', validate: test as (value: string) => boolean })
  }
  // The compiled code calls these functions directly, without ajv's context.
  ajv.addKeyword({
    keyword: 'fhir',
    code(cxt: KeywordCxt) {
      const check = cxt.gen.scopeValue('func', { ref: cxt.schema as Check })
      cxt.pass(_`${check}(${cxt.data})`)
    },
  })

  const checkOf = (type: string): Check => {
    let check = checks.get(type)
    if (check === undefined) {
      check = type === 'Resource' ? anyResource : later(() => ajv.compile(schemaOf(type)))
      checks.set(type, check)
    }
    return check
  }

  const anyResource: Check = (value) => {
    if (typeof value !== 'object' || value === null) return false
    const { resourceType } = value as { resourceType?: unknown }
    return (
      typeof resourceType === 'string' &&
      definitions.isResourceType(resourceType) &&
      checkOf(resourceType)(value)
    )
  }
  const contained: Check = (value) =>
    anyResource(value) && containedProblem(value as object) === undefined

  const schemaOf = (type: string): AnySchemaObject => {
    const properties: Record<string, AnySchemaObject> = {}
    if (definitions.types.get(type)?.kind === 'resource') properties.resourceType = { const: type }
    for (const property of definitions.properties(type).values()) {
      properties[property.name] = valueSchema(property)
      if (hasSibling(property)) properties[`_${property.name}`] = siblingSchema(property)
    }
    return { type: 'object', fhir: namesCheck(definitions, type), properties }
  }

  const valueSchema = (property: Property): AnySchemaObject => {
    const item = itemSchema(property)
    if (!property.array) return item
    const { min, max } = property.element
    return {
      type: 'array',
      minItems: Math.max(1, min),
      ...(max === Infinity ? {} : { maxItems: max }),
      // Whether a null is in its place is for namesCheck to say.
      items: hasSibling(property) ? { anyOf: [{ type: 'null' }, item] } : item,
    }
  }

  const siblingSchema = (property: Property): AnySchemaObject => {
    const check = checkOf('Element')
    return property.array
      ? { type: 'array', items: { fhir: (value: unknown) => value === null || check(value) } }
      : { fhir: check }
  }

  const itemSchema = ({ element, type, name }: Property): AnySchemaObject => {
    if (type.kind === 'primitive') {
      const codes = codesOf(definitions, element, type.name)
      if (codes) return codesSchema(codes)
      return primitiveSchema(type.name)
    }
    const check = name === 'contained' ? contained : checkOf(type.name)
    const targets = targetsOf(element, type.name)
    if (targets) {
      const allowed = new Set(targets)
      return {
        fhir: (value: unknown) => {
          if (!check(value)) return false
          const target = referencedType(definitions, value)
          return target === undefined || allowed.has(target)
        },
      }
    }
    const codings = codingsOf(definitions, element, type.name)
    return { fhir: codings ? (value: unknown) => check(value) && hasCoding(value, codings) : check }
  }

  return checkOf
}

function codesSchema(codes: readonly string[]): AnySchemaObject {
  if (codes.length <= FEW_CODES) return { enum: codes }
  const set: ReadonlySet<unknown> = new Set(codes)
  return { fhir: (value: unknown) => set.has(value) }
}

function primitiveSchema(name: string): AnySchemaObject {
  const { json, test } = PRIMITIVES[name] ?? {}
  if (json === undefined) throw new Error(`The primitive ${name} is unknown`)
  if (json === 'string') return { type: 'string', format: name }
  return json === 'boolean' ? { type: 'boolean' } : { type: 'number', fhir: test }
}

/** A check that is made when it is first needed: types refer to one another in circles. */
function later(make: () => Check): Check {
  let check: Check | undefined
  return (value) => {
    check ??= make()
    return check(value)
  }
}
