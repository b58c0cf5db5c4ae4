// Random requests: methods, paths, queries, headers and bodies, mostly near to what is right, sometimes far from it.
// Must give the same for the same seed, so that a find can be had again.
import { deflateSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import type { Context } from '../../src/context.ts'
import { stringify } from '../../src/fhir/json.ts'
import type { Resource } from '../../src/fhir/message.ts'
import { resourceToXml } from '../../src/fhir/xml.ts'
import { mutate, randomOf, randomResource } from '../validation/random-resource.ts'
import type { Hostile } from './send.ts'

type Json = Record<string, unknown>

const TYPES = ['Patient', 'Observation', 'Encounter', 'Basic', 'Binary', 'Bundle', 'Parameters']
const IDS = ['a', 'b', 'c', 'd', 'e']

/** What breaks things elsewhere: SQL, operators, patterns, markup, numbers and characters at the edges. */
const ODD = [
  '',
  ' ',
  '0',
  '-1',
  '1e400',
  '1e-400',
  '99999999999999999999',
  '9223372036854775808',
  '0x10',
  'NaN',
  'Infinity',
  'null',
  'undefined',
  'true',
  "'",
  '"',
  "' or 1=1 --",
  '%',
  '_',
  '*',
  '?',
  '[',
  '\\',
  '\\,',
  '$',
  '$where',
  '$ne|$gt',
  'a.b',
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  '..',
  '.',
  '../../etc/passwd',
  '(a+)+$',
  '^',
  '{"$gt":""}',
  '<a>',
  '&amp;',
  'javascript:alert(1)',
  'http://127.0.0.1:1/x',
  'urn:uuid:c757873d-ec9a-4326-a141-556f43239520',
  '#self',
  'Patient/a',
  'Patient/a/_history/1',
  'Patient?identifier=a|b',
  'a|b',
  '|',
  '||',
  '|||',
  'a$b',
  'a,b',
  ',',
  ',,',
  'eq',
  'ge2020',
  'ap1e308',
  'lt-0',
  '2020-02-30',
  '9999-12-31T23:59:60Z',
  '0000',
  '2020-01-01T00:00:00+14:00',
  '5.40e-3|http://unitsofmeasure.org|mg',
  '1|a',
  'name:exact',
  'http://hl7.org/fhir/ValueSet/administrative-gender',
  'http://loinc.org|718-7',
  '_id',
  'Observation:subject',
  'Observation:subject:Patient',
  '\ufeff',
  '\ufffd',
  '\uffff',
  '\u0000',
  '\u0007',
  '\u00ad',
  '\u202e',
  'İ',
  'ß',
  'ǆ',
  '\u0301',
  '한',
  'Қ',
  '👩‍⚕️',
  'x'.repeat(300),
  'x'.repeat(5000),
] as const

/** Escaped as it would be, or wrongly. */
const escaped = (text: string): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 12, arbitrary: fc.constant(encodeURIComponent(text.toWellFormed())) },
    { weight: 1, arbitrary: fc.constantFrom('%', '%zz', '%00', '%c0%af', '%2F', '%ed%a0%80', '+') },
  )

export function hostileRequests(context: Context): fc.Arbitrary<Hostile> {
  const { definitions, parameters } = context
  const types = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...TYPES) },
    { weight: 2, arbitrary: fc.constantFrom(...definitions.resourceTypes) },
    { weight: 1, arbitrary: fc.constantFrom('Resource', 'patient', 'Nonsense', 'metadata', '$x') },
  )
  const ids = fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(...IDS) },
    { weight: 1, arbitrary: fc.constantFrom(...ODD) },
  )
  const odd = fc.constantFrom(...ODD)
  const seeds = fc.integer({ min: 0, max: 0xffffffff })

  const valid = fc.tuple(types, ids, seeds).map(([type, id, seed]): Json => {
    const name = definitions.isResourceType(type) ? type : 'Patient'
    return { ...randomResource(definitions, name, randomOf(seed)), id }
  })
  const changed = fc
    .tuple(valid, seeds, fc.integer({ min: 1, max: 4 }))
    .map(([resource, seed, times]) => {
      const random = randomOf(seed)
      let result = resource
      for (let i = 0; i < times; i++) result = mutate(result, random)
      return result
    })
  /** A string somewhere replaced by an odd one. */
  const oddened = fc.tuple(valid, odd, seeds).map(([resource, text, seed]) => {
    const places: { holder: Json; key: string }[] = []
    const collect = (value: unknown): void => {
      if (typeof value !== 'object' || value === null) return
      for (const [key, item] of Object.entries(value)) {
        if (typeof item === 'string' && key !== 'resourceType' && key !== 'id')
          places.push({ holder: value as Json, key })
        else collect(item)
      }
    }
    const copy = structuredClone(resource)
    collect(copy)
    const place = places[seed % Math.max(1, places.length)]
    if (place !== undefined) place.holder[place.key] = text
    return copy
  })
  const resource = fc.oneof(
    { weight: 4, arbitrary: valid },
    { weight: 2, arbitrary: changed },
    { weight: 3, arbitrary: oddened },
  )

  const value = fc.oneof(
    odd,
    fc.constantFrom('a', 'b', 'Kim', '2024', 'final', 'http://example.org|1', 'Patient/a'),
    fc.string({ maxLength: 12, unit: 'binary' }),
  )
  const parameter = types.chain((type) => {
    const codes = definitions.isResourceType(type) ? [...parameters.forType(type).keys()] : ['_id']
    const code = fc.oneof(
      { weight: 5, arbitrary: fc.constantFrom(...codes) },
      {
        weight: 3,
        arbitrary: fc.constantFrom(
          '_count',
          '_sort',
          '_include',
          '_revinclude',
          '_elements',
          '_summary',
          '_total',
          '_format',
          '_pretty',
          '_cursor',
          '_type',
          '_since',
          '_at',
          '_has:Observation:subject:code',
          '_has:Observation:subject:_has:Encounter:subject:class',
          '_has:Nonsense:a:b',
          '_has:Observation:code:code',
          '_has::::',
          'subject.name',
          'subject:Patient.organization.partof.name',
          'subject:Group._has:Encounter:subject:_id',
          'code.x.y',
          '_filter',
          '_content',
          '_text',
          '_list',
          '_query',
          '_contained',
        ),
      },
      { weight: 1, arbitrary: odd },
    )
    const modifier = fc.oneof(
      { weight: 6, arbitrary: fc.constant('') },
      {
        weight: 3,
        arbitrary: fc.constantFrom(
          ':missing',
          ':exact',
          ':contains',
          ':not',
          ':text',
          ':in',
          ':not-in',
          ':above',
          ':below',
          ':of-type',
          ':identifier',
          ':iterate',
          ':Patient',
          ':Patient.name',
          '.name',
          ':__proto__',
          ':',
        ),
      },
    )
    return fc
      .tuple(code, modifier, value)
      .chain(([c, m, v]) => fc.tuple(escaped(c + m), escaped(v)))
      .map(([name, text]) => `${name}=${text}`)
  })
  const query = fc.oneof(
    { weight: 2, arbitrary: fc.constant('') },
    {
      weight: 3,
      arbitrary: fc
        .array(parameter, { minLength: 1, maxLength: 5 })
        .map((all) => `?${all.join('&')}`),
    },
    { weight: 1, arbitrary: fc.constantFrom('?', '?=', '?&&', '?a', '?=b&=c', '??', '?%3D') },
  )

  const operations = fc.constantFrom(
    '$validate',
    '$meta',
    '$meta-add',
    '$meta-delete',
    '$everything',
    '$nonsense',
    '$',
  )
  const segments = fc.oneof(
    { weight: 6, arbitrary: types.map((type) => [type]) },
    { weight: 8, arbitrary: fc.tuple(types, ids).map((all) => [...all]) },
    { weight: 2, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: types.map((type) => [type, '_search']) },
    { weight: 1, arbitrary: fc.constant(['_search']) },
    { weight: 1, arbitrary: fc.constant(['metadata']) },
    { weight: 1, arbitrary: types.map((type) => [type, '_history']) },
    { weight: 1, arbitrary: fc.constant(['_history']) },
    {
      weight: 2,
      arbitrary: fc
        .tuple(types, ids, fc.constantFrom('1', '2', '0', 'x', '99999999999999999999', ''))
        .map(([type, id, version]) => [type, id, '_history', version]),
    },
    { weight: 2, arbitrary: fc.tuple(types, operations).map((all) => [...all]) },
    { weight: 2, arbitrary: fc.tuple(types, ids, operations).map((all) => [...all]) },
    { weight: 1, arbitrary: operations.map((operation) => [operation]) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.constantFrom('Patient', 'Encounter', 'Basic'), ids, types)
        .map((all) => [...all]),
    },
    { weight: 1, arbitrary: fc.array(fc.oneof(odd, types), { maxLength: 6 }) },
  )
  const path = segments
    .chain((all) => fc.tuple(fc.tuple(...all.map(escaped)), query))
    .map(([all, asked]) => `/${all.join('/')}${asked}`)

  const json = fc.oneof(
    { weight: 6, arbitrary: resource.map((r) => stringify(r)) },
    { weight: 2, arbitrary: fc.tuple(resource, seeds).map(([r, s]) => damaged(stringify(r), s)) },
    {
      weight: 1,
      arbitrary: fc.tuple(resource, odd).map(([r, o]) => withNumber(stringify(r), o)),
    },
    { weight: 1, arbitrary: fc.json({ maxDepth: 4 }) },
    { weight: 1, arbitrary: fc.constantFrom('', ' ', '{', '[]', '{}', 'null', '"a"', '1', '{}{}') },
  )
  const xml = fc.oneof(
    { weight: 3, arbitrary: resource.map((r) => asXml(r, context)) },
    {
      weight: 2,
      arbitrary: fc.tuple(resource, seeds).map(([r, s]) => damaged(asXml(r, context), s)),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        '<!DOCTYPE a><Patient xmlns="http://hl7.org/fhir"/>',
        '<Patient/>',
        '<?xml version="1.1"?><Patient xmlns="http://hl7.org/fhir"/>',
        '<a:Patient xmlns:a="http://hl7.org/fhir"><a:gender value="male"/></a:Patient>',
        '<Patient xmlns="http://hl7.org/fhir"><gender value="&#0;"/></Patient>',
        '<Patient xmlns="http://hl7.org/fhir"><gender value="male"/><!-- a --><?b c?></Patient>',
      ),
    },
  )
  const pointer = fc.oneof(
    fc.constantFrom('/id', '/meta', '/name', '/name/0', '/name/-', '/name/0/family', '', '/', '/-'),
    fc
      .array(fc.oneof(odd, fc.constantFrom('extension', 'identifier', '0')), { maxLength: 4 })
      .map((all) => all.map((p) => `/${p}`).join('')),
  )
  const jsonPatch = fc
    .array(
      fc.record(
        {
          op: fc.constantFrom('add', 'remove', 'replace', 'copy', 'move', 'test', 'x'),
          path: pointer,
          from: pointer,
          value: fc.oneof<fc.Arbitrary<unknown>[]>(
            odd,
            resource,
            fc.constant([]),
            fc.constant({}),
            fc.constant([{ family: 'x' }]),
            fc.constant(null),
          ),
        },
        { requiredKeys: ['op', 'path'] },
      ),
      { maxLength: 8 },
    )
    .map((patch) => stringify(patch))
  const fhirPath = fc.oneof(
    fc.constantFrom(
      'Patient',
      'Patient.name',
      'Patient.name[0]',
      'Patient.name.given',
      'Observation.value',
      'Resource.id',
      'Patient.birthDate',
      '%resource',
      '$this',
      '1 + 1',
      "Patient.name.where(use = 'official')",
      'Patient.descendants()',
      'Patient.name.repeat(given)',
      'Patient.extension.where(url.exists())',
      "iif(true, Patient.name, 'x')",
      '{}',
      '(',
      "'",
    ),
    odd,
  )
  const fhirPathPatch = fc
    .array(
      fc
        .tuple(
          fc.constantFrom('add', 'insert', 'delete', 'replace', 'move', 'x'),
          fhirPath,
          fc.constantFrom('name', 'birthDate', 'value', 'extension', '__proto__', 'id'),
          odd,
          fc.integer({ min: -1, max: 3 }),
        )
        .map(([type, at, name, text, n]) => ({
          name: 'operation',
          part: [
            { name: 'type', valueCode: type },
            { name: 'path', valueString: at },
            { name: 'name', valueString: name },
            { name: 'value', valueString: text },
            { name: 'index', valueInteger: n },
            { name: 'source', valueInteger: n },
            { name: 'destination', valueInteger: 0 },
          ],
        })),
      { maxLength: 4 },
    )
    .map((parameter) => stringify({ resourceType: 'Parameters', parameter }))

  const entry = fc
    .tuple(
      fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'TRACE'),
      path,
      fc.option(resource, { nil: undefined }),
      fc.constantFrom(
        undefined,
        'urn:uuid:c757873d-ec9a-4326-a141-556f43239520',
        'urn:oid:1.2',
        'http://example.org/fhir/Patient/1',
        '#x',
      ),
      fc.option(fc.constantFrom('W/"1"', '"1"', 'x', 'identifier=a|b', '*', '2020'), {
        nil: undefined,
      }),
      fc.constantFrom('ifMatch', 'ifNoneExist', 'ifNoneMatch', 'ifModifiedSince'),
    )
    .map(([method, url, body, fullUrl, condition, header]) => ({
      ...(fullUrl === undefined ? {} : { fullUrl }),
      ...(body === undefined ? {} : { resource: body }),
      request: {
        method,
        url: url.slice(1),
        ...(condition === undefined ? {} : { [header]: condition }),
      },
    }))
  const bundle = fc
    .tuple(
      fc.constantFrom('batch', 'transaction', 'batch', 'transaction', 'collection', 'x'),
      fc.array(entry, { maxLength: 6 }),
      seeds,
      fc.boolean(),
    )
    .map(([type, all, seed, broken]) => {
      const whole: Json = { resourceType: 'Bundle', type, entry: all }
      return stringify(broken && seed % 3 === 0 ? mutate(whole, randomOf(seed)) : whole)
    })
  const operationBody = fc
    .tuple(resource, odd, fc.constantFrom('meta', 'resource', 'mode', 'profile', '_count', 'x'))
    .map(([r, text, name]) =>
      stringify({
        resourceType: 'Parameters',
        parameter: [
          { name, valueString: text },
          { name: 'resource', resource: r },
          { name: 'meta', valueMeta: { tag: [{ system: 'urn:x', code: 'x' }], profile: ['a'] } },
        ],
      }),
    )
  const form = query.map((text) => text.slice(1))
  const junk = fc
    .uint8Array({ maxLength: 200 })
    .map((bytes) => ({ base64: Buffer.from(bytes).toString('base64') }))

  const JSON_TYPE = 'application/fhir+json'
  type Carried = { type: string; encoding?: string; body: Hostile['body'] }
  const carried: fc.Arbitrary<Carried | undefined> = fc.oneof(
    { weight: 9, arbitrary: json.map((body) => ({ type: JSON_TYPE, body })) },
    { weight: 4, arbitrary: xml.map((body) => ({ type: 'application/fhir+xml', body })) },
    {
      weight: 3,
      arbitrary: jsonPatch.map((body) => ({ type: 'application/json-patch+json', body })),
    },
    { weight: 2, arbitrary: fhirPathPatch.map((body) => ({ type: JSON_TYPE, body })) },
    { weight: 4, arbitrary: bundle.map((body) => ({ type: JSON_TYPE, body })) },
    { weight: 2, arbitrary: operationBody.map((body) => ({ type: JSON_TYPE, body })) },
    {
      weight: 3,
      arbitrary: form.map((body) => ({ type: 'application/x-www-form-urlencoded', body })),
    },
    { weight: 1, arbitrary: junk.map((body) => ({ type: JSON_TYPE, body })) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(junk, fc.constantFrom('gzip', 'br', 'deflate'))
        .map(([body, encoding]) => ({
          type: JSON_TYPE,
          encoding,
          body,
        })),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(json, fc.boolean(), fc.integer({ min: 0, max: 400 }))
        .map(([text, whole, end]) => {
          const bytes = text.length % 2 === 0 ? gzipSync(text) : deflateSync(text)
          return {
            type: JSON_TYPE,
            encoding: text.length % 2 === 0 ? 'gzip' : 'deflate',
            body: { base64: (whole ? bytes : bytes.subarray(0, end)).toString('base64') },
          }
        }),
    },
    { weight: 4, arbitrary: fc.constant(undefined) },
  )
  const header = (value: fc.Arbitrary<string>) =>
    value.map((text) => text.replace(/[^\x20-\x7e\x80-\xff]/g, ''))
  const headers = fc.record(
    {
      'if-match': header(fc.oneof(fc.constantFrom('W/"1"', '"2"', '1', '*', 'W/""'), odd)),
      'if-none-match': header(fc.oneof(fc.constantFrom('W/"1"', '*', '"1", "2"'), odd)),
      'if-modified-since': header(
        fc.oneof(fc.constantFrom('Thu, 01 Jan 2026 00:00:00 GMT', 'x', '9999'), odd),
      ),
      'if-none-exist': header(
        fc.oneof(fc.constantFrom('identifier=a|b', 'Patient?name=x', '?', '_id=a'), odd),
      ),
      prefer: header(
        fc.oneof(
          fc.constantFrom(
            'return=minimal',
            'return=representation',
            'return=OperationOutcome',
            'handling=strict',
            'handling=lenient, return=x',
            'respond-async',
          ),
          odd,
        ),
      ),
      accept: header(
        fc.oneof(
          fc.constantFrom(
            'application/fhir+xml',
            'application/fhir+json',
            'text/html, */*;q=0.1',
            'application/fhir+json; fhirVersion=3.0',
            'image/png',
            '*/*',
          ),
          odd,
        ),
      ),
      'accept-encoding': fc.constantFrom('identity', 'gzip;q=0', 'x'),
      'x-request-id': header(odd),
      'x-security-context': header(odd),
      origin: fc.constantFrom('http://example.org', 'null'),
    },
    { requiredKeys: [] },
  )
  const fewHeaders = fc.oneof(
    { weight: 3, arbitrary: fc.constant({}) },
    { weight: 2, arbitrary: headers },
  ) as fc.Arbitrary<Record<string, string>>
  const contentType = fc.oneof(
    { weight: 12, arbitrary: fc.constant(undefined) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        'application/json',
        'text/plain',
        'application/fhir+json; charset=utf-16',
        'application/fhir+json; fhirVersion=4.0',
        'application/octet-stream',
        'x',
        '',
        ';',
      ),
    },
  )
  const methods = fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE') },
    { weight: 1, arbitrary: fc.constantFrom('HEAD', 'OPTIONS', 'TRACE', 'PROPFIND', 'QUERY') },
  )

  const any = fc
    .tuple(methods, path, fewHeaders, carried, contentType)
    .map(([method, at, more, what, type]) => assemble(method, at, more, what, type))
  /** What has a chance to be stored: the resource to its own place. */
  const write = fc
    .tuple(resource, fc.boolean(), fewHeaders, fc.boolean(), fc.nat(5))
    .map(([r, put, more, inXml, odds]) => {
      const type = typeof r.resourceType === 'string' ? r.resourceType : 'Basic'
      const text = inXml ? asXml(r, context) : stringify(r)
      const body = { type: inXml ? 'application/fhir+xml' : JSON_TYPE, body: text }
      const id = encodeURIComponent(typeof r.id === 'string' ? r.id.toWellFormed() : 'a')
      return assemble(
        put ? 'PUT' : 'POST',
        put
          ? `/${encodeURIComponent(type.toWellFormed())}/${id}`
          : `/${encodeURIComponent(type.toWellFormed())}`,
        odds === 0 ? more : {},
        body,
        undefined,
      )
    })
  const patches = fc
    .tuple(fc.constantFrom('Patient', 'Observation', 'Basic'), fc.constantFrom(...IDS), jsonPatch)
    .map(([type, id, body]) =>
      assemble(
        'PATCH',
        `/${type}/${id}`,
        {},
        { type: 'application/json-patch+json', body },
        undefined,
      ),
    )
  const bundles = bundle.map((body) =>
    assemble('POST', '/', {}, { type: JSON_TYPE, body }, undefined),
  )
  const searches = fc
    .tuple(fc.constantFrom('Patient', 'Observation', 'Encounter', 'Basic', ''), query, fewHeaders)
    .map(([type, asked, more]) => assemble('GET', `/${type}${asked}`, more, undefined, undefined))
  return fc.oneof(
    { weight: 4, arbitrary: any },
    { weight: 4, arbitrary: write },
    { weight: 1, arbitrary: patches },
    { weight: 1, arbitrary: bundles },
    { weight: 3, arbitrary: searches },
  )
}

function assemble(
  method: string,
  path: string,
  more: Readonly<Record<string, string>>,
  what: { type: string; encoding?: string; body: Hostile['body'] } | undefined,
  contentType: string | undefined,
): Hostile {
  const carries = what !== undefined && method !== 'GET' && method !== 'HEAD' && method !== 'TRACE'
  return {
    method,
    path,
    headers: {
      ...more,
      ...(carries ? { 'content-type': contentType ?? what.type } : {}),
      ...(carries && what.encoding !== undefined ? { 'content-encoding': what.encoding } : {}),
    },
    ...(carries && what.body !== undefined ? { body: what.body } : {}),
  }
}

function asXml(resource: Json, context: Context): string {
  try {
    return resourceToXml(resource as Resource, context.definitions)
  } catch {
    return '<Patient xmlns="http://hl7.org/fhir"><active value="true"/></Patient>'
  }
}

/** Text with a piece gone, doubled, moved or replaced. */
function damaged(text: string, seed: number): string {
  const random = randomOf(seed)
  const at = Math.floor(random() * text.length)
  const end = Math.min(text.length, at + 1 + Math.floor(random() * 12))
  const piece = text.slice(at, end)
  const odd = ODD[Math.floor(random() * ODD.length)] ?? ''
  switch (Math.floor(random() * 5)) {
    case 0:
      return text.slice(0, at)
    case 1:
      return text.slice(0, at) + text.slice(end)
    case 2:
      return text.slice(0, end) + piece + text.slice(end)
    case 3:
      return text.slice(0, at) + odd + text.slice(end)
    default:
      return (
        text.slice(0, at) + String.fromCharCode(Math.floor(random() * 65_536)) + text.slice(end)
      )
  }
}

/** The first number of a JSON text replaced. */
const withNumber = (text: string, number: string): string =>
  text.replace(/:-?\d[\d.eE+-]*/, `:${number}`)
