// Compiles the definition of a type to a function that says yes or no, by way of a JSON schema and ajv.
// https://hl7.org/fhir/R4/json.html and https://ajv.js.org/keywords.html
// Each type is one schema, compiled when a value of it is first met, and shared by all that use it.
// Must not explain: explain.ts does, for what is refused here.
import { Ajv, type AnySchemaObject } from 'ajv'
import type { Definitions, Property } from '../fhir/definitions.ts'
import { addKeywords } from './keywords.ts'
import { hasSibling, namesOf } from './names.ts'
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
  addKeywords(ajv)

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
    const elements: Record<string, AnySchemaObject> = {}
    const resource = definitions.types.get(type)?.kind === 'resource'
    if (resource) elements.resourceType = { const: type }
    for (const property of definitions.properties(type).values()) {
      elements[property.name] = valueSchema(property)
      if (hasSibling(property)) elements[`_${property.name}`] = siblingSchema(property)
    }
    return { type: 'object', elements, names: namesOf(definitions, type), resource }
  }

  const valueSchema = (property: Property): AnySchemaObject => {
    const item = itemSchema(property)
    if (!property.array) return item
    const { min, max } = property.element
    return {
      type: 'array',
      minItems: Math.max(1, min),
      ...(max === Infinity ? {} : { maxItems: max }),
      items: item,
    }
  }

  const siblingSchema = (property: Property): AnySchemaObject => {
    const check = checkOf('Element')
    return property.array
      ? {
          type: 'array',
          minItems: 1,
          items: { fhir: (value: unknown) => value === null || check(value) },
        }
      : { fhir: check }
  }

  const itemSchema = ({ element, type, name, array }: Property): AnySchemaObject => {
    if (type.kind === 'primitive') {
      // Whether a null in an array has its sibling is for `elements` to say.
      const schema = primitiveSchema(type.name, codesOf(definitions, element, type.name))
      return array ? orNull(schema) : schema
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

function primitiveSchema(name: string, codes: readonly string[] | undefined): AnySchemaObject {
  if (codes) {
    if (codes.length <= FEW_CODES) return { enum: codes }
    const set: ReadonlySet<unknown> = new Set(codes)
    return { fhir: (value: unknown) => set.has(value) }
  }
  const { json, test } = PRIMITIVES[name] ?? {}
  if (json === 'string') return { type: 'string', format: name }
  if (json === 'number') return { type: 'number', fhir: test }
  if (json === 'boolean') return { type: 'boolean' }
  throw new Error(`The primitive ${name} is unknown`)
}

function orNull(schema: AnySchemaObject): AnySchemaObject {
  const { type, enum: codes, fhir } = schema as { type?: string; enum?: string[]; fhir?: Check }
  return {
    ...schema,
    ...(type === undefined ? {} : { type: [type, 'null'] }),
    ...(codes === undefined ? {} : { enum: [...codes, null] }),
    ...(fhir === undefined ? {} : { fhir: (value: unknown) => value === null || fhir(value) }),
  }
}

/** A check that is made when it is first needed: types refer to one another in circles. */
function later(make: () => Check): Check {
  let check: Check | undefined
  return (value) => {
    check ??= make()
    return check(value)
  }
}
