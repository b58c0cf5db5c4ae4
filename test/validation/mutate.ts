// Resources with one thing wrong each, or changed in a way that may be right: what two validators are compared on.
// https://hl7.org/fhir/R4/validation.html
// Must give the same for the same seed, and must not know either validator.
import { random, type Random } from '../../seed/random.ts'
import type { Definitions, Property } from '../../src/fhir/definitions.ts'

type Json = Record<string, any>

type Dice = Random & { pick<T>(some: readonly T[]): T }

function diceOf(seed: string): Dice {
  const source = random(seed)
  return { ...source, pick: (some) => some[source.integer(0, some.length - 1)]! }
}

/** An element that is there: the object that holds it, and what it is. */
type Place = {
  readonly holder: Json
  readonly property: Property
  readonly depth: number
}

export type Mutant = {
  readonly id: string
  readonly kind: string
  readonly resource: Json
}

/** Changes a resource in place; false where it has nothing to change. */
type Mutation = (resource: Json, places: readonly Place[], dice: Dice) => boolean

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function placesIn(definitions: Definitions, resource: Json): Place[] {
  const places: Place[] = []
  const visit = (holder: Json, type: string, depth: number): void => {
    const properties = definitions.properties(type)
    for (const [name, value] of Object.entries(holder)) {
      const property = properties.get(name)
      if (property === undefined) continue
      places.push({ holder, property, depth })
      for (const one of Array.isArray(value) ? value : [value]) {
        if (!isObject(one)) continue
        const inner = property.type.name === 'Resource' ? one.resourceType : property.type.name
        visit(one, inner as string, depth + 1)
      }
    }
  }
  visit(resource, resource.resourceType as string, 0)
  return places
}

const first = (value: any): any => (Array.isArray(value) ? value[0] : value)

/** Puts another value in the place of one, or of the first of several. */
function put({ holder, property }: Place, value: unknown): true {
  if (property.array) (holder[property.name] as unknown[])[0] = value
  else holder[property.name] = value
  return true
}

/** One of the places that fit, given to a change. */
const at =
  (fits: (place: Place) => boolean, change: (place: Place, dice: Dice) => boolean): Mutation =>
  (_resource, places, dice) => {
    const some = places.filter(fits)
    return some.length > 0 && change(dice.pick(some), dice)
  }

const isOf =
  (...types: readonly string[]) =>
  ({ property }: Place): boolean =>
    types.includes(property.type.name)

const remove = ({ holder, property }: Place): boolean => delete holder[property.name]

/** A change of the objects of a type. */
const inType = (type: string, change: (value: Json, dice: Dice) => boolean): Mutation =>
  at(isOf(type), ({ holder, property }, dice) => change(first(holder[property.name]) as Json, dice))

const of =
  (types: readonly string[], change: (resource: Json, dice: Dice) => boolean): Mutation =>
  (resource, _places, dice) =>
    types.includes(resource.resourceType as string) && change(resource, dice)

const DATES = ['2024-02-30', '2024-13-01', '24-01-01', '2024-1-1', '01.02.2024', 'yesterday', '']
const MOMENTS = ['2024-02-30T08:00:00Z', '2024-01-01T08:00:00', '2024-01-01T25:00:00Z']

const isRequired = ({ property }: Place): boolean =>
  property.element.binding?.strength === 'required'

export const MUTATIONS: Readonly<Record<string, Mutation>> = {
  'nothing changed': () => true,
  'required element removed': at(({ property }) => property.element.min > 0, remove),
  'any element removed': at(({ depth }) => depth < 3, remove),
  'top element removed': at(({ depth, property }) => depth === 0 && property.name !== 'id', remove),
  'slice removed': at(
    ({ holder, property }) => property.array && (holder[property.name] as any[]).length > 0,
    ({ holder, property }, dice) => {
      const list = holder[property.name] as unknown[]
      list.splice(dice.integer(0, list.length - 1), 1)
      if (list.length === 0) delete holder[property.name]
      return true
    },
  ),
  'item doubled': at(
    ({ property }) => property.array && property.type.kind !== 'primitive',
    ({ holder, property }) => {
      const list = holder[property.name] as unknown[]
      list.push(structuredClone(list[0]))
      return true
    },
  ),
  'another JSON type': at(
    ({ property }) => property.type.kind === 'primitive' && property.type.name !== 'xhtml',
    (place, dice) => {
      const value: unknown = first(place.holder[place.property.name])
      return put(place, typeof value === 'string' ? dice.pick([5, true, { a: 1 }]) : 'x')
    },
  ),
  'object for a text, text for an object': at(
    ({ property }) => property.type.kind !== 'primitive',
    (place) => put(place, 'text'),
  ),
  'array for one': at(
    ({ property }) => !property.array && property.name !== 'resourceType',
    ({ holder, property }) => {
      holder[property.name] = [holder[property.name]]
      return true
    },
  ),
  'one for an array': at(
    ({ property }) => property.array,
    ({ holder, property }) => {
      holder[property.name] = first(holder[property.name])
      return true
    },
  ),
  'code of no value set': at(
    (place) => isOf('code')(place) && isRequired(place),
    (place, dice) => put(place, dice.pick(['zzz', 'Final', 'unknown-code'])),
  ),
  'coding of no value set': at(
    (place) => isOf('CodeableConcept', 'Coding')(place) && isRequired(place),
    (place) => {
      const value = first(place.holder[place.property.name]) as Json
      const coding = (value.coding?.[0] ?? value) as Json
      coding.code = 'zzz'
      return true
    },
  ),
  'code of no code system': at(isOf('Coding'), (place, dice) => {
    const coding = first(place.holder[place.property.name]) as Json
    coding.system = dice.pick([
      'http://terminology.hl7.org/CodeSystem/observation-category',
      'http://terminology.hl7.org/CodeSystem/v3-ActCode',
      'http://terminology.hl7.org/CodeSystem/data-absent-reason',
      'http://hl7.org/fhir/administrative-gender',
    ])
    coding.code = 'zzz'
    delete coding.display
    return true
  }),
  'relative system': at(isOf('Coding'), (place) => {
    first(place.holder[place.property.name]).system = 'loinc'
    return true
  }),
  'date that is none': at(isOf('date'), (place, dice) => put(place, dice.pick(DATES))),
  'moment that is none': at(isOf('dateTime', 'instant'), (place, dice) =>
    put(place, dice.pick([...DATES, ...MOMENTS])),
  ),
  'unknown element': at(
    ({ property }) => property.type.kind !== 'primitive',
    ({ holder, property }, dice) => {
      const value = first(holder[property.name]) as Json
      value[dice.pick(['foo', 'valueFoo', '_foo', 'Coding'])] = 'x'
      return true
    },
  ),
  'unknown element of the resource': (resource, _places, dice) => {
    resource[dice.pick(['foo', 'nmae', 'patientt'])] = dice.pick(['x', { a: 1 }, [1]])
    return true
  },
  'reference to another type': inType('Reference', (reference, dice) => {
    reference.reference = dice.pick(['Slot/1', 'Substance/x', 'http://other.example/fhir/Slot/1'])
    delete reference.type
    return true
  }),
  'reference to what is not contained': inType('Reference', (reference) => {
    reference.reference = '#nobody'
    return true
  }),
  'reference with spaces': inType('Reference', (reference) => {
    reference.reference = 'Patient/a b'
    return true
  }),
  'empty array': at(
    ({ property }) => property.array,
    ({ holder, property }) => {
      holder[property.name] = []
      return true
    },
  ),
  'empty object': at(
    ({ property }) => property.type.kind !== 'primitive' && property.type.name !== 'Resource',
    (place) => put(place, {}),
  ),
  'empty text': at(isOf('string', 'code', 'uri'), (place, dice) =>
    put(place, dice.pick(['', ' ', '\t'])),
  ),
  'code with spaces': at(isOf('code'), (place, dice) =>
    put(place, dice.pick([' a', 'a  b', 'a '])),
  ),
  null: at(
    ({ property }) => property.name !== 'resourceType',
    (place) => put(place, null),
  ),
  'id that is none': (resource, _places, dice) => {
    resource.id = dice.pick(['a b', 'ä', 'x'.repeat(65), 'a/b', ''])
    return true
  },
  'uri with a space': at(isOf('uri', 'url', 'canonical'), (place) => put(place, 'http://a b')),
  'number that is none': at(isOf('positiveInt', 'unsignedInt', 'integer'), (place, dice) =>
    put(place, dice.pick([-1, 1.5, 0, 3e9])),
  ),
  'base64 that is none': at(isOf('base64Binary'), (place, dice) =>
    put(place, dice.pick(['a', 'äöü=', '====', 'YQ'])),
  ),
  'period that ends before it begins': inType('Period', (period) => {
    period.start = '2024-05-01'
    period.end = '2024-04-01'
    return true
  }),
  'unit without system': inType('Quantity', (quantity) => {
    if (quantity.code === undefined) return false
    delete quantity.system
    return true
  }),
  'unit that is none': inType('Quantity', (quantity) => {
    if (quantity.system !== 'http://unitsofmeasure.org') return false
    quantity.code = 'foo/bar'
    return true
  }),
  'range upside down': inType('Range', (range) => {
    if (range.low === undefined || range.high === undefined) return false
    ;[range.low, range.high] = [range.high, range.low]
    return true
  }),
  'attachment without type': inType('Attachment', (attachment) => {
    attachment.data = 'YQ=='
    delete attachment.contentType
    return true
  }),
  'extension with nothing': (resource) => {
    resource.extension = [...((resource.extension as any[]) ?? []), { url: 'http://example.org/x' }]
    return true
  },
  'extension with value and extensions': (resource) => {
    const inner = [{ url: 'a', valueString: 'b' }]
    const both = { url: 'http://example.org/x', valueString: 'a', extension: inner }
    resource.extension = [...((resource.extension as any[]) ?? []), both]
    return true
  },
  'extension without url': (resource) => {
    resource.extension = [...((resource.extension as any[]) ?? []), { valueString: 'a' }]
    return true
  },
  'unknown extension': (resource) => {
    const one = { url: 'http://example.org/x', valueString: 'a' }
    resource.extension = [...((resource.extension as any[]) ?? []), one]
    return true
  },
  'extension of another place': (resource) => {
    const one = {
      url: 'http://hl7.org/fhir/StructureDefinition/humanname-own-prefix',
      valueString: 'a',
    }
    resource.extension = [...((resource.extension as any[]) ?? []), one]
    return true
  },
  'extension with another value': of(['Patient'], (resource) => {
    const one = {
      url: 'http://hl7.org/fhir/StructureDefinition/patient-birthPlace',
      valueString: 'a',
    }
    resource.extension = [...((resource.extension as any[]) ?? []), one]
    return true
  }),
  'contained without use': (resource) => {
    resource.contained = [{ resourceType: 'Organization', id: 'c', name: 'C' }]
    return true
  },
  'contained without id': (resource) => {
    resource.contained = [{ resourceType: 'Organization', name: 'C' }]
    return true
  },
  'contained in contained': (resource) => {
    const inner = { resourceType: 'Organization', id: 'd', name: 'D' }
    resource.contained = [{ resourceType: 'Patient', id: 'c', contained: [inner] }]
    return true
  },
  'contained that is broken': (resource) => {
    resource.contained = [{ resourceType: 'Patient', id: 'c', gender: 'x' }]
    return true
  },
  'narrative with a script': (resource) => {
    const div = '<div xmlns="http://www.w3.org/1999/xhtml"><script>a()</script></div>'
    resource.text = { status: 'generated', div }
    return true
  },
  'narrative that is not closed': (resource) => {
    resource.text = {
      status: 'generated',
      div: '<div xmlns="http://www.w3.org/1999/xhtml"><b>a</div>',
    }
    return true
  },
  'narrative of another namespace': (resource) => {
    resource.text = { status: 'generated', div: '<div>a</div>' }
    return true
  },
  'narrative with nothing': (resource) => {
    resource.text = {
      status: 'generated',
      div: '<div xmlns="http://www.w3.org/1999/xhtml"> </div>',
    }
    return true
  },
  'two of a choice': of(['Observation'], (resource) => {
    resource.valueString = 'a'
    resource.valueBoolean = true
    return true
  }),
  'value and reason of absence': of(['Observation'], (resource) => {
    resource.valueString ??= 'a'
    const system = 'http://terminology.hl7.org/CodeSystem/data-absent-reason'
    resource.dataAbsentReason = { coding: [{ system, code: 'unknown' }] }
    return true
  }),
  'value of another type': of(['Observation'], (resource) => {
    for (const name of Object.keys(resource)) if (name.startsWith('value')) delete resource[name]
    resource.valueBoolean = true
    return true
  }),
  'component with the code of the whole': of(['Observation'], (resource) => {
    resource.component = [{ code: structuredClone(resource.code), valueString: 'a' }]
    return true
  }),
  'contact without anything': of(['Patient'], (resource) => {
    resource.contact = [{ gender: 'male' }]
    return true
  }),
  'organization without name': of(['Organization'], (resource) => {
    delete resource.name
    delete resource.identifier
    return true
  }),
  'vital sign without category': of(['Observation'], (resource) => {
    resource.meta = { profile: ['http://hl7.org/fhir/StructureDefinition/vitalsigns'] }
    delete resource.category
    return true
  }),
  'declared as a vital sign': of(['Observation'], (resource, dice) => {
    const names = ['bodyweight', 'heartrate', 'bp', 'bmi', 'vitalsigns']
    resource.meta = { profile: [`http://hl7.org/fhir/StructureDefinition/${dice.pick(names)}`] }
    return true
  }),
  'declared with a profile of another type': (resource) => {
    resource.meta = { profile: ['http://hl7.org/fhir/StructureDefinition/lipidprofile'] }
    return true
  },
  'declared with an unknown profile': (resource) => {
    resource.meta = { profile: ['http://example.org/StructureDefinition/nobody'] }
    return true
  },
  'type that does not exist': (resource) => {
    resource.resourceType = 'Patiant'
    return true
  },
  'versions of what is contained': (resource) => {
    resource.contained = [
      { resourceType: 'Organization', id: 'c', name: 'C', meta: { versionId: '1' } },
    ]
    return true
  },
}

/**
 * @param sources resources that are right
 * @param count of mutants, spread evenly over the kinds; fewer where a kind finds nothing to change
 */
export function mutantsOf(
  sources: readonly Json[],
  definitions: Definitions,
  seed: string,
  count: number,
): readonly Mutant[] {
  const dice = diceOf(seed)
  const mutants: Mutant[] = []
  const kinds = Object.entries(MUTATIONS)
  for (let i = 0; i < count; i += 1) {
    const [kind, mutation] = kinds[i % kinds.length] as [string, Mutation]
    for (let tries = 0; tries < 40; tries += 1) {
      const resource = structuredClone(dice.pick(sources))
      if (!mutation(resource, placesIn(definitions, resource), dice)) continue
      mutants.push({ id: `${String(i)} ${kind}`, kind, resource })
      break
    }
  }
  return mutants
}
