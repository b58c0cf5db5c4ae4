// Makes Definitions from their compact form.
// https://hl7.org/fhir/R4/structuredefinition.html
// Must stay cheap: it runs at every start. Types, and the properties of a type, are made when first asked for.
import type { Compact, CompactElement, CompactType } from './definitions-compact.ts'
import { ATTRIBUTE, MODIFIER, SUMMARY } from './definitions-compact.ts'
import { withoutVersion } from './definitions-codes.ts'
import type {
  Definitions,
  ElementDefinition,
  Property,
  TypeDefinition,
  TypeReference,
} from './definitions.ts'

/** @param compact as definitions-compact.ts makes it and JSON keeps it */
export function expandDefinitions(compact: Compact): Definitions {
  const types = new LazyMap(
    new Map(compact.types.map((type) => [type.name, type])),
    (type, get: (name: string) => TypeDefinition | undefined) => expandType(type, get),
  )
  const resourceTypes = compact.types
    .filter(({ kind, abstract }) => kind === 'resource' && abstract === undefined)
    .map(({ name }) => name)
    .sort()
  const concrete = new Set(resourceTypes)
  const properties = new Map<string, ReadonlyMap<string, Property>>()
  const codings = new Map<string, ReadonlyMap<string, readonly string[]>>()
  const codes = new Map<string, readonly string[]>()

  const codingsOf = (valueSet: string) => {
    const url = withoutVersion(valueSet)
    const kept = codings.get(url)
    if (kept) return kept
    const bySystem = compact.codes[url]
    if (bySystem === undefined) return undefined
    const made = new Map(Object.entries(bySystem))
    codings.set(url, made)
    return made
  }

  return {
    types,
    resourceTypes,
    isResourceType: (name) => concrete.has(name),
    properties(name) {
      let made = properties.get(name)
      if (made === undefined) {
        made = propertiesOf(types, name)
        properties.set(name, made)
      }
      return made
    },
    searchParameters: compact.searchParameters,
    compartments: new Map(
      Object.entries(compact.compartments).map(([code, resources]) => [
        code,
        new Map(Object.entries(resources)),
      ]),
    ),
    codings: codingsOf,
    codes(valueSet) {
      let made = codes.get(valueSet)
      if (made === undefined) {
        const bySystem = codingsOf(valueSet)
        if (bySystem === undefined) return undefined
        made = [...new Set([...bySystem.values()].flat())]
        codes.set(valueSet, made)
      }
      return made
    },
  }
}

function propertiesOf(
  types: ReadonlyMap<string, TypeDefinition>,
  name: string,
): ReadonlyMap<string, Property> {
  const properties = new Map<string, Property>()
  for (const element of types.get(name)?.elements ?? []) {
    for (const { code } of element.types) {
      const type = types.get(code)
      if (type === undefined) throw new Error(`${name}.${element.name} has an unknown type ${code}`)
      const property = element.choice
        ? element.name + code.charAt(0).toUpperCase() + code.slice(1)
        : element.name
      properties.set(property, { name: property, element, type, array: element.max > 1 })
    }
  }
  return properties
}

function expandType(
  type: CompactType,
  get: (name: string) => TypeDefinition | undefined,
): TypeDefinition {
  const { name, kind, base, regex } = type
  const inherited = base === undefined || type.whole ? [] : (get(base)?.elements ?? [])
  return {
    name,
    kind,
    abstract: type.abstract ?? false,
    base,
    ...(regex === undefined ? {} : { regex }),
    elements: [...inherited, ...type.elements.map(expandElement)],
  }
}

function expandElement([
  name,
  types,
  min,
  max,
  flags,
  strength,
  valueSet,
]: CompactElement): ElementDefinition {
  const choice = name.endsWith('[x]')
  return {
    name: choice ? name.slice(0, -3) : name,
    types: types.split('|').map(expandTypeReference),
    choice,
    min,
    max: max < 0 ? Infinity : max,
    summary: (flags & SUMMARY) !== 0,
    modifier: (flags & MODIFIER) !== 0,
    attribute: (flags & ATTRIBUTE) !== 0,
    ...(strength === undefined || valueSet === undefined
      ? {}
      : { binding: { strength: strength as 'required', valueSet } }),
  }
}

function expandTypeReference(text: string): TypeReference {
  const [code = '', targets] = text.split('>', 2)
  return targets === undefined ? { code } : { code, targets: targets.split(',') }
}

/** A map whose values are made from seeds when asked for. */
class LazyMap<Seed, Value> implements ReadonlyMap<string, Value> {
  readonly #seeds: ReadonlyMap<string, Seed>
  readonly #make: (seed: Seed, get: (key: string) => Value | undefined) => Value
  readonly #made = new Map<string, Value>()

  constructor(
    seeds: ReadonlyMap<string, Seed>,
    make: (seed: Seed, get: (key: string) => Value | undefined) => Value,
  ) {
    this.#seeds = seeds
    this.#make = make
  }

  get(key: string): Value | undefined {
    const kept = this.#made.get(key)
    if (kept !== undefined) return kept
    const seed = this.#seeds.get(key)
    if (seed === undefined) return undefined
    const value = this.#make(seed, (other) => this.get(other))
    this.#made.set(key, value)
    return value
  }

  has(key: string): boolean {
    return this.#seeds.has(key)
  }

  get size(): number {
    return this.#seeds.size
  }

  forEach(each: (value: Value, key: string, map: ReadonlyMap<string, Value>) => void): void {
    for (const [key, value] of this) each(value, key, this)
  }

  keys(): MapIterator<string> {
    return this.#seeds.keys()
  }

  values(): MapIterator<Value> {
    return this.#complete().values()
  }

  entries(): MapIterator<[string, Value]> {
    return this.#complete().entries()
  }

  [Symbol.iterator](): MapIterator<[string, Value]> {
    return this.entries()
  }

  #complete(): Map<string, Value> {
    return new Map([...this.#seeds.keys()].map((key) => [key, this.get(key) as Value]))
  }
}
