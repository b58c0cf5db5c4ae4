// Makes resources of any type that keep the invariants, too: random ones, with what breaks a rule taken out.
import type { Definitions } from '../../src/fhir/definitions.ts'
import type { Validator } from '../../src/validation/validator.ts'
import { randomOf, randomResource } from './random-resource.ts'

type Json = Record<string, unknown>

const TRIES = 100
const REPAIRS = 60

/** Whose invariants random values don't happen to keep. */
const BY_HAND: Readonly<Record<string, Json>> = {
  StructureDefinition: {
    url: 'http://example.org/sd',
    name: 'Thing',
    status: 'draft',
    kind: 'logical',
    abstract: true,
    type: 'Thing',
    differential: { element: [{ id: 'Thing', path: 'Thing' }] },
  },
  // Not carried out, so that it stays what it was made.
  Subscription: {
    status: 'off',
    reason: 'None',
    criteria: 'Observation?code=http://loinc.org|1975-2',
    channel: { type: 'rest-hook', endpoint: 'http://127.0.0.1:9/hook' },
  },
}

/** Valid for the validator of a context. @throws Error if none is found */
export function soundResource(
  { definitions, validator }: { definitions: Definitions; validator: Validator },
  type: string,
  seed: number,
): Json {
  const made = BY_HAND[type]
  if (made !== undefined) return { resourceType: type, ...made }
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const resource = randomResource(definitions, type, randomOf(seed + attempt * 7919))
    if (repair(resource, validator)) return resource
  }
  throw new Error(`No valid ${type} was found`)
}

function repair(resource: Json, validator: Validator): boolean {
  for (let round = 0; round < REPAIRS; round += 1) {
    const errors = validator.validate(resource, { storing: true })
    if (errors.length === 0) return true
    const path = errors
      .map(({ expression }) => expression?.[0] ?? '')
      .find((one) => one.includes('.'))
    if (path === undefined || !remove(resource, path)) return false
  }
  return false
}

/** Takes out the element at a path; what is left empty goes with it. */
function remove(resource: Json, path: string): boolean {
  const steps = [...path.matchAll(/\.([A-Za-z]+)(?:\[(\d+)\])?/g)]
  let at: Json = resource
  let outer: { owner: Json; step: RegExpMatchArray } | undefined
  for (const [i, step] of steps.entries()) {
    if (i === steps.length - 1) {
      const found = take(at, step)
      return found || (outer !== undefined && take(outer.owner, outer.step))
    }
    const inside = keysOf(at, step[1] ?? '')
      .map((key) => at[key])
      .map((value) => (Array.isArray(value) ? (value as unknown[])[Number(step[2] ?? 0)] : value))
      .find((value) => typeof value === 'object' && value !== null)
    if (inside === undefined) return take(at, step)
    outer = { owner: at, step }
    at = inside as Json
  }
  return false
}

function take(owner: Json, [, name = '', index]: RegExpMatchArray): boolean {
  const keys = keysOf(owner, name)
  for (const key of keys) {
    const value = owner[key]
    if (Array.isArray(value) && index !== undefined) value.splice(Number(index), 1)
    if (!Array.isArray(value) || index === undefined || value.every((one) => one === null))
      delete owner[key]
  }
  return keys.length > 0
}

/** The element's own name, its choices' names, and those of the siblings. */
const keysOf = (owner: Json, name: string): string[] =>
  Object.keys(owner).filter((key) => {
    const plain = key.replace(/^_/, '')
    return plain === name || (plain.startsWith(name) && /^[A-Z]/.test(plain.slice(name.length)))
  })
