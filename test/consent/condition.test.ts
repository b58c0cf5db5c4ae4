import assert from 'node:assert/strict'
import type { Resource } from '../../src/fhir/message.ts'
import { LAWS } from '../../src/consent/residency.ts'
import {
  actor,
  actors,
  concept,
  coding,
  consent,
  country,
  facts,
  kept,
  label,
  NOTIFICATION,
  observation,
  purpose,
  says,
  to,
} from './scene.ts'

type Said = 'permit' | 'deny' | 'nothing'
const plain = kept(observation())
const permit = (...parts: object[]): object => Object.assign({ type: 'permit' }, ...parts)
const deny = (...parts: object[]): object => Object.assign({ type: 'deny' }, ...parts)
const inside = (...provision: object[]): object => ({ provision })

function table(
  title: string,
  rows: readonly (readonly [string, Resource, Resource, Said])[],
): void {
  describe(title, () => {
    for (const [name, given, resource, expected] of rows)
      it(`${name}: ${expected}`, () => {
        assert.equal(says(given, resource), expected)
      })
  })
}

describe('consent/condition', () => {
  const busan = permit(actors('Organization/busan'), purpose('TREAT'))

  table('what counts', [
    ['a permit to the caller', consent(busan), plain, 'permit'],
    ['a deny', consent(deny(actors('Organization/busan'))), plain, 'deny'],
    ['one that is inactive', consent(busan, { status: 'inactive' }), plain, 'nothing'],
    [
      'one of another scope',
      consent(busan, { scope: concept('consentscope', 'research') }),
      plain,
      'nothing',
    ],
    ['no provision', consent(undefined), plain, 'nothing'],
    [
      'no provision, opted out',
      consent(undefined, { policyRule: concept('v3-ActCode', 'OPTOUT') }),
      plain,
      'deny',
    ],
    ['a root without type', consent(actors('Organization/busan')), plain, 'nothing'],
    [
      'a root without type, opted out',
      consent({}, { policyRule: concept('v3-ActCode', 'OPTOUTE') }),
      plain,
      'deny',
    ],
    ['a root without type with a permit inside', consent(inside(busan)), plain, 'permit'],
    [
      'a permit that a modifier extension changes',
      consent(busan, { modifierExtension: [{ url: 'http://x' }] }),
      plain,
      'nothing',
    ],
    [
      'a deny of others that one changes',
      consent(deny(actors('Organization/x'), { modifierExtension: [{}] })),
      plain,
      'deny',
    ],
    [
      'a permit whose period is unreadable',
      consent(permit({ period: { end: 'soon' } })),
      plain,
      'nothing',
    ],
    [
      'a deny of others whose period is unreadable',
      consent(deny({ period: { end: 'soon' } })),
      plain,
      'deny',
    ],
    [
      'a tree that is too deep',
      consent([...Array(8)].reduce<object>((one) => permit(inside(one)), permit())),
      plain,
      'deny',
    ],
    [
      'a tree that is too large',
      consent(permit(inside(...[...Array(200)].map(() => permit())))),
      plain,
      'deny',
    ],
  ])

  table('who', [
    ['anybody', consent(permit()), plain, 'permit'],
    ['another organization', consent(permit(actors('Organization/moscow'))), plain, 'nothing'],
    [
      'one of two',
      consent(permit(actors('Organization/moscow', 'Practitioner/kim'))),
      plain,
      'permit',
    ],
    [
      'a recipient of first rank',
      consent(permit({ actor: [actor('Organization/busan', 'PRCP')] })),
      plain,
      'permit',
    ],
    [
      'an author',
      consent(permit({ actor: [actor('Organization/busan', 'AUT')] })),
      plain,
      'nothing',
    ],
    [
      'a deny of an author',
      consent(deny({ actor: [actor('Organization/x', 'AUT')] })),
      plain,
      'deny',
    ],
    [
      'a URL elsewhere',
      consent(permit(actors('http://else/Organization/busan'))),
      plain,
      'nothing',
    ],
    [
      'an actor that isn’t a list',
      consent(permit({ actor: actor('Organization/moscow') })),
      plain,
      'nothing',
    ],
    ['an empty list', consent(permit({ actor: [] })), plain, 'nothing'],
  ])

  describe('for what', () => {
    for (const [named, asked, expected] of [
      ['TREAT', 'TREAT', 'permit'],
      ['TREAT', 'BTG', 'permit'],
      ['BTG', 'TREAT', 'nothing'],
      ['HRESCH', 'TREAT', 'nothing'],
      ['HRESCH', 'CLINTRCHNPC', 'permit'],
    ] as const)
      it(`${named} for a request for ${asked}: ${expected}`, () => {
        assert.equal(
          says(consent(permit(purpose(named))), plain, facts({ purpose: asked })),
          expected,
        )
      })
    it('a purpose of another system: no permit, but a deny', () => {
      const other = { purpose: coding('http://x', 'TREAT') }
      assert.equal(says(consent(permit(other)), plain), 'nothing')
      assert.equal(says(consent(deny(other)), plain), 'deny')
    })
  })

  const doing = (...codes: string[]) => ({
    action: codes.map((code) => concept('consentaction', code)),
  })
  table('doing what', [
    ['access', consent(permit(doing('access'))), plain, 'permit'],
    ['collect', consent(permit(doing('collect'))), plain, 'nothing'],
    ['a deny of correct', consent(deny(doing('correct'))), plain, 'nothing'],
    ['a deny of something unknown', consent(deny(doing('sing'))), plain, 'deny'],
  ])

  const of = (...types: string[]) => ({
    class: coding('http://hl7.org/fhir/resource-types', ...types),
  })
  const document = kept({
    resourceType: 'DocumentReference',
    id: 'd',
    status: 'current',
    type: concept('http://loinc.org', '34133-9'),
    content: [],
  })
  table('of which class and code', [
    ['its type', consent(permit(of('Observation', 'Condition'))), plain, 'permit'],
    ['another type', consent(permit(of('Condition'))), plain, 'nothing'],
    [
      'a kind of document',
      consent(permit({ class: coding('http://loinc.org', '34133-9') })),
      document,
      'permit',
    ],
    [
      'an unknown class',
      consent(permit({ class: coding('http://x', 'Observation') })),
      plain,
      'nothing',
    ],
    [
      'a deny of an unknown class',
      consent(deny({ class: coding('http://x', 'Condition') })),
      plain,
      'deny',
    ],
    [
      'its code',
      consent(permit({ code: [concept('http://loinc.org', '1-8', '2345-7')] })),
      plain,
      'permit',
    ],
    [
      'another code',
      consent(permit({ code: [concept('http://loinc.org', '1-8')] })),
      plain,
      'nothing',
    ],
    [
      'a code without system',
      consent(permit({ code: [{ coding: [{ code: '2345-7' }] }] })),
      plain,
      'nothing',
    ],
    ['a deny of one', consent(deny({ code: [{ coding: [{ code: '2345-7' }] }] })), plain, 'deny'],
    ['a code as text', consent(permit({ code: [{ text: 'glucose' }] })), plain, 'nothing'],
    ['a deny of one as text', consent(deny({ code: [{ text: 'glucose' }] })), plain, 'deny'],
    [
      'a deny of a component',
      consent(deny({ code: [concept('http://loinc.org', '8480-6')] })),
      kept(observation({ component: [{ code: concept('http://loinc.org', '8480-6') }] })),
      'deny',
    ],
    [
      'a permit of a component',
      consent(permit({ code: [concept('http://loinc.org', '8480-6')] })),
      kept(observation({ component: [{ code: concept('http://loinc.org', '8480-6') }] })),
      'nothing',
    ],
    [
      'a deny of a medicine that is elsewhere',
      consent(deny({ code: [concept('http://x', 'm')] })),
      kept({ resourceType: 'MedicationRequest', medicationReference: to('Medication/m') }),
      'deny',
    ],
  ])

  const labels = (...security: string[]) => kept(observation(), { security })
  table('labels', [
    ['N covers what has none', consent(permit(label('N'))), plain, 'permit'],
    ['N covers U', consent(permit(label('N'))), labels('U'), 'permit'],
    ['N does not cover R', consent(permit(label('N'))), labels('R'), 'nothing'],
    ['the highest counts', consent(permit(label('N'))), labels('U', 'V'), 'nothing'],
    ['N does not cover PSY', consent(permit(label('N'))), labels('PSY'), 'nothing'],
    ['N and PSY cover it', consent(permit(label('N', 'PSY'))), labels('PSY'), 'permit'],
    [
      'N and PSY do not cover HIV beside it',
      consent(permit(label('N', 'PSY'))),
      labels('PSY', 'HIV'),
      'nothing',
    ],
    ['SUD covers what is below it', consent(permit(label('N', 'SUD'))), labels('ETHUD'), 'permit'],
    ['PSY alone covers only what has it', consent(permit(label('PSY'))), plain, 'nothing'],
    [
      'PSY alone covers it at any level',
      consent(permit(label('PSY'))),
      labels('PSY', 'R'),
      'permit',
    ],
    ['no label covers all', consent(permit()), labels('PSY', 'V'), 'permit'],
    [
      'an unknown label is covered by none that names any',
      consent(permit(label('V'))),
      labels('XYZ'),
      'nothing',
    ],
    ['a deny of R denies V', consent(deny(label('R'))), labels('V'), 'deny'],
    ['a deny of R does not deny N', consent(deny(label('R'))), plain, 'nothing'],
    ['a deny of N denies what has none', consent(deny(label('N'))), plain, 'deny'],
    ['a deny of PSY', consent(deny(label('PSY'))), labels('PSY'), 'deny'],
    ['a deny of PSY on HIV', consent(deny(label('PSY'))), labels('HIV'), 'nothing'],
    [
      'a deny of an own label',
      consent(deny({ securityLabel: coding('http://x', 'VIP') })),
      { ...plain, meta: { ...plain.meta, security: coding('http://x', 'VIP') } },
      'deny',
    ],
    [
      'HTEST is no label of that kind',
      consent(permit(label('N'))),
      { ...plain, meta: { ...plain.meta, security: coding('v3-ActReason', 'HTEST') } },
      'permit',
    ],
    [
      'a code without system is what it may be',
      consent(permit(label('N'))),
      { ...plain, meta: { ...plain.meta, security: [{ code: 'R' }] } },
      'nothing',
    ],
  ])

  const y2025 = { dataPeriod: { start: '2025-01-01', end: '2025-12-31' } }
  const effective = (more: object) => kept(observation({ effectiveDateTime: undefined, ...more }))
  table('data of a time', [
    ['within', consent(permit(y2025)), plain, 'permit'],
    [
      'the last day',
      consent(permit(y2025)),
      effective({ effectiveDateTime: '2025-12-31T23:00:00Z' }),
      'permit',
    ],
    ['after', consent(permit(y2025)), effective({ effectiveDateTime: '2026-01-01' }), 'nothing'],
    [
      'partly',
      consent(permit(y2025)),
      effective({ effectivePeriod: { start: '2024-12-01', end: '2025-02-01' } }),
      'nothing',
    ],
    ['no date', consent(permit(y2025)), effective({}), 'nothing'],
    ['the patient', consent(permit(y2025)), kept({ resourceType: 'Patient', id: 'p' }), 'permit'],
    [
      'a problem that began within',
      consent(permit(y2025)),
      kept({ resourceType: 'Condition', subject: to('Patient/p'), onsetDateTime: '2025-02' }),
      'permit',
    ],
    [
      'a problem that began before',
      consent(permit(y2025)),
      kept({ resourceType: 'Condition', subject: to('Patient/p'), onsetDateTime: '2020' }),
      'nothing',
    ],
    [
      'an allergy, of no time',
      consent(permit(y2025)),
      kept({ resourceType: 'AllergyIntolerance', patient: to('Patient/p') }),
      'nothing',
    ],
    [
      'the date of issue where there is no other',
      consent(permit(y2025)),
      kept({
        resourceType: 'DiagnosticReport',
        subject: to('Patient/p'),
        issued: '2025-05-01T00:00:00Z',
      }),
      'permit',
    ],
    [
      'a deny of partly',
      consent(deny(y2025)),
      effective({ effectivePeriod: { start: '2024-12-01', end: '2025-02-01' } }),
      'deny',
    ],
    ['a deny of no date', consent(deny(y2025)), effective({}), 'deny'],
    [
      'a deny of another year',
      consent(deny(y2025)),
      effective({ effectiveDateTime: '2024' }),
      'nothing',
    ],
    [
      'a deny of the patient',
      consent(deny(y2025)),
      kept({ resourceType: 'Patient', id: 'p' }),
      'nothing',
    ],
    ['an unreadable bound', consent(permit({ dataPeriod: { start: 'x' } })), plain, 'nothing'],
  ])

  const data = (meaning: string, reference: string) => ({
    data: [{ meaning, reference: to(reference) }],
  })
  const inStay = kept(
    observation({ encounter: to('Encounter/e'), performer: [to('Practitioner/a')] }),
  )
  table('single data', [
    ['the resource', consent(permit(data('instance', 'Observation/o'))), plain, 'permit'],
    ['another', consent(permit(data('instance', 'Observation/x'))), plain, 'nothing'],
    ['another of the same id', consent(permit(data('instance', 'Condition/o'))), plain, 'nothing'],
    ['related to a stay', consent(permit(data('related', 'Encounter/e'))), inStay, 'permit'],
    [
      'what depends on a person',
      consent(permit(data('dependents', 'Practitioner/a'))),
      inStay,
      'permit',
    ],
    ['related to a person', consent(permit(data('related', 'Practitioner/a'))), inStay, 'nothing'],
    [
      'written by a person',
      consent(permit(data('authoredby', 'Practitioner/a'))),
      inStay,
      'permit',
    ],
    [
      'written by another',
      consent(permit(data('authoredby', 'Practitioner/b'))),
      inStay,
      'nothing',
    ],
    [
      'a deny of a meaning that isn’t known',
      consent(deny(data('near', 'Encounter/e'))),
      plain,
      'deny',
    ],
    ['a deny of what is elsewhere', consent(deny(data('instance', 'http://x/y'))), plain, 'deny'],
  ])

  const narrow = permit(actors('Organization/busan'), purpose('TREAT'), label('N'))
  table('provisions inside', [
    ['an exception', consent({ ...busan, ...inside(deny(label('PSY'))) }), labels('PSY'), 'deny'],
    ['beside an exception', consent({ ...busan, ...inside(deny(label('PSY'))) }), plain, 'permit'],
    [
      'an exception takes over the actor',
      consent({ ...permit(actors('Organization/x')), ...inside(deny(label('PSY'))) }),
      labels('PSY'),
      'nothing',
    ],
    [
      'a permit takes over the actor',
      consent({ ...deny(actors('Organization/x')), ...inside(permit(of('Observation'))) }),
      plain,
      'nothing',
    ],
    [
      'a wider label for one',
      consent({ ...narrow, ...inside(permit(label('R'), actors('Practitioner/kim'))) }),
      labels('R'),
      'permit',
    ],
    [
      'a wider label for another',
      consent({ ...narrow, ...inside(permit(label('R'), actors('Practitioner/x'))) }),
      labels('R'),
      'nothing',
    ],
    [
      'an exception from an exception',
      consent({
        ...busan,
        ...inside({
          ...deny(of('Observation')),
          ...inside(permit({ code: [concept('http://loinc.org', '2345-7')] })),
        }),
      }),
      plain,
      'permit',
    ],
    [
      'a deny beside a permit',
      consent({ ...busan, ...inside(permit(of('Observation')), deny(of('Observation'))) }),
      plain,
      'deny',
    ],
    [
      'a deny beside a deny with an exception',
      consent({ ...busan, ...inside({ ...deny(), ...inside(permit()) }, deny(of('Observation'))) }),
      plain,
      'deny',
    ],
    ['no type inside', consent({ ...busan, ...inside({}) }), plain, 'deny'],
    [
      'one that has ended',
      consent({ ...busan, ...inside(deny({ period: { end: '2025-12-30' } })) }),
      plain,
      'permit',
    ],
    [
      'one that lasts',
      consent({ ...busan, ...inside(deny({ period: { end: '2026' } })) }),
      plain,
      'deny',
    ],
    [
      'only for breaking the glass',
      consent({ ...deny(), ...inside(permit(purpose('BTG'))) }),
      plain,
      'deny',
    ],
  ])

  it('a refusal but for breaking the glass permits that', () => {
    const given = consent({ ...deny(), ...inside(permit(purpose('BTG'))) })
    assert.equal(says(given, plain, facts({ purpose: 'BTG' })), 'permit')
  })

  describe('across borders', () => {
    const rows: readonly (readonly [string, Resource, string, string | undefined, Said])[] = [
      ['nobody and no country named', consent(permit(purpose('TREAT'))), 'KZ', 'KR', 'nothing'],
      ['the recipient named, and no country', consent(busan), 'KZ', 'KR', 'permit'],
      ['no country named, at home', consent(busan), 'KR', 'KR', 'permit'],
      ['the country named', consent({ ...busan, ...country('KR') }), 'KZ', 'KR', 'permit'],
      ['another named', consent({ ...busan, ...country('RU') }), 'KZ', 'KR', 'nothing'],
      ['another named, at home', consent({ ...busan, ...country('RU') }), 'KR', 'KR', 'permit'],
      ['a record of no country', consent(permit(purpose('TREAT'))), '', 'KR', 'nothing'],
      ['a record of no country, the recipient named', consent(busan), '', 'KR', 'permit'],
      [
        'a record of no country, the caller’s named',
        consent({ ...busan, ...country('KR') }),
        '',
        'KR',
        'permit',
      ],
      [
        'a caller of no country',
        consent({ ...busan, ...country('KR') }),
        'KZ',
        undefined,
        'nothing',
      ],
      [
        'from Russia without notification',
        consent({ ...busan, ...country('KR') }),
        'RU',
        'KR',
        'nothing',
      ],
      [
        'from Russia with it',
        consent({ ...busan, ...country('KR') }, NOTIFICATION),
        'RU',
        'KR',
        'permit',
      ],
      [
        'from Korea to anybody',
        consent({ ...permit(purpose('TREAT')), ...country('KZ') }),
        'KR',
        'KZ',
        'nothing',
      ],
      [
        'from Korea for anything',
        consent({ ...permit(actors('Organization/busan')), ...country('KZ') }),
        'KR',
        'KZ',
        'nothing',
      ],
      [
        'from Korea to somebody for something',
        consent({ ...busan, ...country('KZ') }),
        'KR',
        'KZ',
        'permit',
      ],
      [
        'a deny of another country',
        consent({ ...deny(), ...country('RU') }),
        'KZ',
        'KR',
        'nothing',
      ],
      ['a deny of the country', consent({ ...deny(), ...country('KR') }), 'KZ', 'KR', 'deny'],
      [
        'a deny of a country to nobody knows where',
        consent({ ...deny(), ...country('RU') }),
        'KZ',
        undefined,
        'deny',
      ],
    ]
    for (const [name, given, land, home, expected] of rows)
      it(`${name}: ${expected}`, () => {
        const resource = kept(observation(), { land })
        assert.equal(says(given, resource, facts({ country: home }), LAWS), expected)
      })
  })
})
