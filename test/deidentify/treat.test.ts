// No text, no date and no id of a resource comes through, wherever in it they stand.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Codings } from '../../src/deidentify/codings.ts'
import { policyOf, readPolicy } from '../../src/deidentify/policy.ts'
import { createPseudonyms } from '../../src/deidentify/pseudonym.ts'
import { shifted, usualZone } from '../../src/deidentify/shift.ts'
import { createTreat, type Owner } from '../../src/deidentify/treat.ts'
import type { Resource } from '../../src/fhir/message.ts'
import { definitions, settings } from '../search/room.ts'

const policy = readPolicy('', definitions)
const owner: Owner = {
  told: { sex: 'female', born: [1960, 1969], country: 'KZ' },
  move: { days: -123, zone: 300 },
}
const nothingKnown: Codings = () => undefined

const treatWith = (key: string, codings: Codings = nothingKnown, counted?: Map<string, number>) =>
  createTreat({
    policy,
    pseudonyms: createPseudonyms(key),
    definitions,
    settings,
    codings,
    isTold: () => true,
    did: (rule) => counted?.set(rule, (counted.get(rule) ?? 0) + 1),
  })
const treat = treatWith('a key for the tests of this file')

/** Dates that no shift by a year at most turns into each other. */
const DATES = Array.from({ length: 80 }, (_, i) =>
  new Date(Date.UTC(1800, 0, 1) + i * 800 * 86_400_000).toISOString().slice(0, 10),
)

/** A value of every element, each text of them marked. */
function full(type: string, depth: number, next: () => number): Record<string, unknown> {
  const out: Record<string, unknown> = {}
  for (const [name, { type: of, array }] of definitions.properties(type)) {
    if (of.kind === 'resource' || (of.kind !== 'primitive' && depth === 0)) continue
    // Those that make all of it untold.
    if (name === 'modifierExtension' || name === 'implicitRules') continue
    const value =
      of.kind === 'primitive' ? primitive(of.name, next) : full(of.name, depth - 1, next)
    if (of.name === 'Reference')
      (value as Record<string, unknown>)['reference'] = `Patient/SECRET${next()}`
    out[name] = array ? [value, value] : value
    if (of.kind === 'primitive' && depth > 0 && !array)
      out[`_${name}`] = { id: `SECRET${next()}`, extension: [full('Extension', 0, next)] }
  }
  return out
}

function primitive(type: string, next: () => number): unknown {
  const date = DATES[next() % DATES.length]!
  switch (type) {
    case 'boolean':
      return true
    case 'integer':
    case 'positiveInt':
    case 'unsignedInt':
    case 'decimal':
      return 7
    case 'time':
      return '10:20:30'
    case 'date':
      return date
    case 'dateTime':
      return next() % 2 === 0 ? date : `${date}T10:20:30+05:00`
    case 'instant':
      return `${date}T10:20:30Z`
    default:
      return `SECRET${next()}`
  }
}

const counter = (): (() => number) => {
  let n = 0
  return () => n++
}

describe('a treated resource', () => {
  const types = [...policy.paths.keys()].filter((path) => definitions.isResourceType(path))

  for (const type of types)
    it(`of type ${type} has no text, date or id of the original`, () => {
      const next = counter()
      const given = { resourceType: type, ...full(type, 3, next), id: 'SECRET-id' } as Resource
      given['contained'] = [
        { resourceType: 'Observation', ...full('Observation', 2, next), id: 'SECRETc' },
        { resourceType: 'Practitioner', id: 'SECRETp', name: [{ family: 'SECRET' }] },
      ]
      const out = treat(given, owner)
      const text = JSON.stringify(out)
      assert.doesNotMatch(text, /SECRET/)
      for (const date of DATES) assert.ok(!text.includes(date), date)
      // Something is left: who it is about, and when.
      assert.match(text, /"id":"[0-9a-f]{32}"/)
    })

  it('is the same under one key, and has nothing in common under another', () => {
    const given: Resource = {
      resourceType: 'Observation',
      id: 'o1',
      status: 'final',
      subject: { reference: 'Patient/p1' },
      code: { text: 'x' },
    }
    const [one, same, other] = [
      treat(given, owner)!,
      treat(given, owner)!,
      treatWith('another key of the same length')(given, owner)!,
    ]
    assert.deepEqual(one, same)
    assert.notEqual(one.id, other.id)
    assert.notDeepEqual(one['subject'], other['subject'])
    const patient = treat({ resourceType: 'Patient', id: 'p1' }, owner)!
    assert.deepEqual(one['subject'], { reference: `Patient/${patient.id!}` })
  })

  it('is dropped when something in it changes its meaning', () => {
    const more = { modifierExtension: [{ url: 'http://x.example', valueBoolean: true }] }
    assert.equal(treat({ resourceType: 'Condition', id: 'c', ...more }, owner), undefined)
    const observation = treat(
      { resourceType: 'Observation', id: 'o', component: [{ code: { text: 'x' }, ...more }] },
      owner,
    )!
    assert.equal(observation['component'], undefined)
    const ruled = { implicitRules: 'http://x.example' }
    assert.equal(treat({ resourceType: 'Condition', id: 'c', ...ruled }, owner), undefined)
    assert.equal(treat({ resourceType: 'Practitioner', id: 'c' }, owner), undefined)
  })

  it('keeps what is of a code system, with the name that it has there', () => {
    const known: Codings = (system, code) =>
      system === 'http://loinc.org' && code === '2345-7'
        ? { names: ['Glucose', '포도당'], name: 'Glucose' }
        : undefined
    const code = (display: string) =>
      treatWith('a key for the tests', known)(
        {
          resourceType: 'Observation',
          id: 'o',
          code: {
            text: 'SECRET',
            coding: [
              { system: 'http://loinc.org', code: '2345-7', display },
              { system: 'urn:local', code: 'SECRET' },
            ],
          },
        },
        owner,
      )!['code']
    const told = (display: string) => ({
      coding: [{ system: 'http://loinc.org', code: '2345-7', display }],
    })
    assert.deepEqual(code('포도당'), told('포도당'))
    assert.deepEqual(code('Glucose of Ivan'), told('Glucose'))
  })

  it('says of what it had to have, and of values, that they are masked', () => {
    const out = treat(
      {
        resourceType: 'Observation',
        id: 'o',
        status: 'final',
        code: { text: 'SECRET' },
        valueString: 'SECRET',
        component: [{ code: { text: 'SECRET' }, valueInteger: 3 }],
      },
      owner,
    )!
    const masked = {
      extension: [
        {
          url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason',
          valueCode: 'masked',
        },
      ],
    }
    assert.deepEqual(out['code'], masked)
    assert.deepEqual(out['dataAbsentReason'], {
      coding: [
        { system: 'http://terminology.hl7.org/CodeSystem/data-absent-reason', code: 'masked' },
      ],
    })
    assert.deepEqual(out['component'], [{ valueInteger: 3, code: masked }])
  })

  it('tells ages in bands, and the oldest alike', () => {
    const aged = (value: number, told: Owner['told'] = owner.told) =>
      treat(
        {
          resourceType: 'Observation',
          id: 'o',
          code: { coding: [{ system: 'http://loinc.org', code: '30525-0' }] },
          valueQuantity: { value, unit: 'a', system: 'http://unitsofmeasure.org', code: 'a' },
        },
        { told, move: { days: 1 } },
      )!['valueQuantity']
    const years = (value: number) => ({
      value,
      unit: 'a',
      system: 'http://unitsofmeasure.org',
      code: 'a',
    })
    assert.deepEqual(aged(58), years(50))
    assert.deepEqual(aged(89), years(80))
    assert.deepEqual(aged(97), years(90))
    assert.equal(aged(58, {}), undefined)
  })
})

describe('a shifted date', () => {
  const day = fc.date({
    min: new Date('1850-01-01T00:00:00Z'),
    max: new Date('2100-01-01T00:00:00Z'),
    noInvalidDate: true,
  })
  const text = (date: Date): string => date.toISOString().slice(0, 10)
  const days = fc.integer({ min: -365, max: 365 })

  it('keeps what lies between two, and its time and zone', () => {
    fc.assert(
      fc.property(day, day, days, (one, other, by) => {
        const [a, b] = [
          shifted(text(one), { days: by }, 'keep')!,
          shifted(text(other), { days: by }, 'keep')!,
        ]
        const between = (x: string, y: string): number => Date.parse(y) - Date.parse(x)
        assert.equal(between(a, b), between(text(one), text(other)))
        assert.equal(
          shifted(`${text(one)}T10:20:30.5+05:00`, { days: by }, 'keep'),
          `${a}T10:20:30.5+05:00`,
        )
        assert.equal(shifted(`${text(one)}T10:20:30+05:00`, { days: by }, 'remove'), a)
        assert.equal(
          shifted(`${text(one)}T10:20:30+05:00`, { days: by }, 'remove', true),
          `${a}T00:00:00+05:00`,
        )
      }),
    )
  })

  it('is told by one clock where zones are hidden', () => {
    const told = (text: string): string | undefined => shifted(text, { days: 1, zone: 300 }, 'keep')
    assert.equal(told('2026-01-01T10:20:30.5+05:00'), '2026-01-02T10:20:30.5Z')
    // The same instant in another zone is the same still.
    assert.equal(told('2026-01-01T05:20:30.5Z'), '2026-01-02T10:20:30.5Z')
    assert.equal(told('2026-01-01T22:00:00-03:30'), '2026-01-03T06:30:00Z')
    assert.equal(usualZone(['"T10:00:00Z"', '"2020-01-01T10:00:00+09:00"']), 540)
    assert.equal(usualZone(['"2020-01-01"']), 0)
  })

  it('stays as exact as it was', () => {
    assert.equal(shifted('2020', { days: 200 }, 'keep'), '2021')
    assert.equal(shifted('2020-03', { days: -20 }, 'keep'), '2020-02')
    assert.equal(shifted('2020-02-28', { days: 1 }, 'keep'), '2020-02-29')
    assert.equal(shifted('9999-12-31', { days: 1 }, 'keep'), undefined)
    assert.equal(shifted('in spring', { days: 1 }, 'keep'), undefined)
  })
})

describe('pseudonyms', () => {
  it('move dates by every number of days but none', () => {
    const pseudonyms = createPseudonyms('a key for the tests of this file')
    const seen = new Set(Array.from({ length: 400 }, (_, i) => pseudonyms.days(`p${i}`, 3)))
    assert.deepEqual(
      [...seen].sort((a, b) => a - b),
      [-3, -2, -1, 1, 2, 3],
    )
  })
})

describe('a policy', () => {
  const wrong = (parameter: object[]): string => {
    try {
      policyOf({ resourceType: 'Parameters', parameter }, definitions)
    } catch (error) {
      return (error as Error).message
    }
    return ''
  }
  const rule = (about: object, method: string) => ({
    name: 'rule',
    part: [about, { name: 'method', valueCode: method }],
  })

  it('is refused where it is not understood', () => {
    const path = (valueString: string) => ({ name: 'path', valueString })
    assert.match(wrong([{ name: 'kk', valueInteger: 5 }]), /"kk" is none of/)
    assert.match(wrong([rule(path('Patient.nmae'), 'remove')]), /Patient.nmae is no element/)
    assert.match(wrong([rule({ name: 'type', valueCode: 'Nmae' }, 'remove')]), /no type of R4/)
    assert.match(wrong([rule(path('Patient.name'), 'hide')]), /must be one of keep, remove/)
    assert.match(
      wrong([rule(path('Patient.name'), 'remove'), rule(path('Patient.name'), 'keep')]),
      /two rules for Patient.name/,
    )
    assert.match(wrong([]), /timeOfDay/)
  })
})
