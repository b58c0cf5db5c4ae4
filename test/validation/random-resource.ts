// Makes resources of any type that are valid by construction, and breaks them, from the definitions alone.
import type { Definitions, ElementDefinition } from '../../src/fhir/definitions.ts'

/** Numbers in [0, 1), the same for the same seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

type Json = Record<string, unknown>

const VALUES: Readonly<Record<string, readonly unknown[]>> = {
  base64Binary: ['aGVsbG8=', 'QUJD'],
  boolean: [true, false],
  canonical: ['http://example.org/sd|1.0', '#it'],
  code: ['a-code', 'two words'],
  date: ['2024', '2024-02', '2024-02-29'],
  dateTime: ['1990', '2024-02-29T23:59:60+14:00', '2023-12-31T00:00:00.123456Z'],
  decimal: [0, -1.5, 1e-10, 12345678901234],
  id: ['a.B-3'],
  instant: ['2024-02-29T01:02:03.004-05:00'],
  integer: [0, -2147483648, 2147483647],
  markdown: ['*text*\nmore'],
  oid: ['urn:oid:1.2.840.0'],
  positiveInt: [1, 2147483647],
  string: ['김민수', 'Қайрат', ' padded ', 'a\tb', '👩‍⚕️'],
  time: ['23:59:59.5'],
  unsignedInt: [0, 7],
  uri: ['urn:uuid:c757873d-ec9a-4326-a141-556f43239520', 'http://example.org/ü'],
  url: ['mailto:a@example.org'],
  uuid: ['urn:uuid:c757873d-ec9a-4326-a141-556f43239520'],
  xhtml: ['<div xmlns="http://www.w3.org/1999/xhtml"><p class="x">a &lt; b<br/></p></div>'],
}

/** A valid resource: required elements always, others now and then, fewer the deeper they are. */
export function randomResource(definitions: Definitions, type: string, random: () => number): Json {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T

  const object = (name: string, depth: number, contained = false): Json => {
    const type = definitions.types.get(name)
    const result: Json = type?.kind === 'resource' ? { resourceType: name } : {}
    if (contained) result.id = 'it'
    const elements = type?.elements ?? []
    const fill = (element: ElementDefinition) => {
      const code = pick(element.types).code
      const key = element.choice
        ? element.name + code.charAt(0).toUpperCase() + code.slice(1)
        : element.name
      put(result, key, element, code, depth)
    }
    for (const element of elements) {
      if (name === 'Extension' && (element.name === 'extension' || element.name === 'value'))
        continue
      if (contained && (element.name === 'id' || element.name === 'contained')) continue
      if (element.min > 0 || random() < 0.25 / (depth * depth + 1)) fill(element)
    }
    if (name === 'Extension') {
      const which = depth < 4 && random() < 0.3 ? 'extension' : 'value'
      const element = elements.find((one) => one.name === which)
      if (which === 'value') put(result, 'valueString', element, 'string', depth)
      else if (element) fill(element)
    }
    if (type?.kind !== 'resource' && Object.keys(result).every((key) => key === 'id')) {
      result.extension = [object('Extension', depth + 1)]
    }
    return result
  }

  const put = (
    into: Json,
    key: string,
    element: ElementDefinition | undefined,
    code: string,
    depth: number,
  ): void => {
    if (!element) return
    const count = element.max > 1 ? Math.max(element.min, 1 + Math.floor(random() * 2)) : 1
    const primitive = definitions.types.get(code)?.kind === 'primitive'
    const plain = !primitive || element.attribute || key === 'id' || code === 'xhtml'
    const values = Array.from({ length: count }, () =>
      !plain && random() < 0.1 ? null : value(code, element, key, depth),
    )
    const siblings = values.map((one) =>
      !plain && (one === null || random() < 0.1)
        ? one !== null && random() < 0.3
          ? { id: 'x' }
          : { ...(random() < 0.5 ? { id: 'x' } : {}), extension: [object('Extension', depth + 2)] }
        : null,
    )
    const said = (array: readonly unknown[]) => array.some((one) => one !== null)
    if (said(values)) into[key] = element.max > 1 ? values : values[0]
    if (said(siblings)) into[`_${key}`] = element.max > 1 ? siblings : siblings[0]
  }

  const value = (code: string, element: ElementDefinition, key: string, depth: number): unknown => {
    const { binding, types } = element
    const required = binding?.strength === 'required' ? binding.valueSet : undefined
    const type = definitions.types.get(code)
    if (code === 'code' && required !== undefined && definitions.codes(required)) {
      return pick(definitions.codes(required) ?? [])
    }
    if (type?.kind === 'primitive') return pick(VALUES[code] ?? [])
    if ((code === 'CodeableConcept' || code === 'Coding') && required !== undefined) {
      const codings = definitions.codings(required)
      if (codings) {
        const [system, codes] = pick([...codings])
        const coding = { system, code: pick(codes) }
        return code === 'Coding' ? coding : { coding: [coding] }
      }
    }
    if (code === 'Resource') {
      const name = pick(['Patient', 'Observation', 'Basic', 'Binary', 'Parameters'])
      return object(name, depth + 2, key === 'contained')
    }
    if (code === 'Reference') {
      const target = pick(types.find((one) => one.code === code)?.targets ?? ['Patient'])
      return pick([
        { reference: `${target}/a.1` },
        { reference: `https://example.org/fhir/${target}/1/_history/2` },
        { reference: '#it' },
        { identifier: { system: 'http://example.org', value: '1' } },
        { display: 'Somebody' },
      ])
    }
    return object(code, depth + 1)
  }

  return object(type, 0)
}

/** A copy with one thing changed somewhere, which may or may not make it invalid. */
export function mutate(resource: Json, random: () => number): Json {
  const copy = structuredClone(resource)
  const places: { holder: Json; key: string }[] = []
  const collect = (node: unknown) => {
    if (typeof node !== 'object' || node === null) return
    for (const key of Object.keys(node)) {
      places.push({ holder: node as Json, key })
      collect((node as Json)[key])
    }
  }
  collect(copy)
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T
  const { holder, key } = pick(places.length > 0 ? places : [{ holder: copy, key: 'resourceType' }])
  const value = holder[key]
  const change = pick<() => void>([
    () => delete holder[key],
    () =>
      (holder[key] = pick<unknown>([
        null,
        '',
        ' ',
        0,
        1.5,
        true,
        'x',
        [],
        {},
        [null],
        [[]],
        { id: 'a' },
      ])),
    () => (holder[key] = [value]),
    () => (holder[key] = Array.isArray(value) ? (value as unknown[])[0] : value),
    () => (holder[key] = Array.isArray(value) ? [...(value as unknown[]), null] : value),
    () =>
      (holder[`_${key}`] = pick<unknown>([
        null,
        {},
        [],
        [null],
        { id: 'a' },
        { extension: [] },
        'x',
      ])),
    () => (holder[`${key}x`] = value),
    () => (holder[key.replace(/^_/, '')] = value),
    () =>
      (holder[
        pick(['valueString', 'valueCode', 'effectiveDateTime', 'contained', 'url', 'extension'])
      ] = 'x'),
    () => (holder.extension = [{ url: 'http://example.org/e' }]),
    () => (holder.resourceType = pick(['Patient', 'Nonsense', 'Resource'])),
    () => (holder[key] = typeof value === 'string' ? `${value} ` : value),
    () => (holder[key] = structuredClone(pick(places.map((one) => one.holder[one.key])))),
    () =>
      (holder.reference = pick([
        'Patient/1',
        'Slot/1',
        'https://example.org/Slot/1',
        'x',
        'Slot?a=b',
      ])),
  ])
  change()
  // What can't be written in JSON isn't a mutant.
  return JSON.parse(JSON.stringify(copy)) as Json
}
