import assert from 'node:assert/strict'
import fc from 'fast-check'
import { Failure, plainIssue } from '../../src/errors.ts'
import type { Condition } from '../../src/search/plan.ts'
import { createPlanner } from '../../src/search/planner.ts'
import { everythingPlan } from '../../src/search/everything.ts'
import { BASE, definitions, NOW, parameters, plan, query } from './room.ts'

const strict = { strict: true }
const lenient = { strict: false }
const where = (type: string, text: string): Condition => plan(type, query(text), strict).plan.where

/** The name as it is written, and its keys in other scripts. */
const startsWithKim = (...paths: string[]) => ({
  kind: 'or',
  of: [
    ...['', ':latin', ':hangul'].map((beside) => ({
      kind: 'string',
      paths: paths.map((path) => path + beside),
      op: 'starts',
      value: 'kim',
    })),
    {
      kind: 'string',
      paths: ['', ':latin'].flatMap((beside) => paths.map((path) => path + beside)),
      op: 'equals',
      value: 'gim',
    },
  ],
})

describe('search/planner', () => {
  it('plans what is asked most', () => {
    const planned = plan(
      'Observation',
      query('patient=p1&code=http://loinc.org|8480-6&_sort=-date,_id&_count=10'),
      strict,
    )
    assert.deepEqual(planned.plan, {
      types: ['Observation'],
      where: {
        kind: 'and',
        of: [
          { kind: 'reference', paths: ['Observation.subject'], type: 'Patient', id: 'p1' },
          {
            kind: 'token',
            paths: ['Observation.code'],
            system: 'http://loinc.org',
            code: '8480-6',
          },
        ],
      },
      sort: [
        { by: 'date', paths: ['Observation.effective'], descending: true },
        { by: 'id', descending: false },
      ],
      count: 10,
      total: false,
      includes: [],
    })
    assert.deepEqual(planned.unknown, [])
  })

  it('ands repeated parameters and ors alternatives', () => {
    const leaf = (code: string) => ({ kind: 'token', paths: ['Observation.code'], code })
    assert.deepEqual(where('Observation', 'code=a,b&code=c'), {
      kind: 'and',
      of: [{ kind: 'or', of: [leaf('a'), leaf('b')] }, leaf('c')],
    })
    assert.deepEqual(where('Observation', ''), { kind: 'and', of: [] })
  })

  it('takes ids and the time of the last update from the store, not from entries', () => {
    assert.deepEqual(where('Patient', '_id=a,b,a'), { kind: 'id', ids: ['a', 'b'] })
    assert.deepEqual(where('Patient', '_id:not=a'), {
      kind: 'not',
      of: { kind: 'id', ids: ['a'] },
    })
    const low = Date.UTC(2024, 0, 15)
    assert.deepEqual(where('Patient', '_lastUpdated=ge2024-01-15'), {
      kind: 'updated',
      op: 'ge',
      low,
      high: low + 86_400_000,
    })
  })

  it('widens ap on dates by a tenth of the distance from now', () => {
    const year = 365 * 86_400_000
    assert.deepEqual(where('Patient', 'birthdate=ap2025-01-01'), {
      kind: 'date',
      paths: ['Patient.birthDate'],
      op: 'ap',
      low: NOW - year - Math.round((year - 86_400_000) / 10),
      high: NOW - year + 86_400_000 + Math.round((year - 86_400_000) / 10),
    })
  })

  it('keeps the parts of a composite in one element, and tries each kind of element', () => {
    const part = (path: string) => ({ kind: 'token', paths: [path], code: '8480-6' })
    const value = (path: string) => ({
      kind: 'quantity',
      paths: [`${path}.ofType(Quantity)`],
      op: 'lt',
      low: 60,
      high: 60,
    })
    const combo = where('Observation', 'combo-code-value-quantity=8480-6$lt60')
    assert.deepEqual(combo, {
      kind: 'or',
      of: [
        { kind: 'together', of: [part('Observation.code'), value('Observation.value')] },
        {
          kind: 'together',
          of: [part('Observation.component.code'), value('Observation.component.value')],
        },
      ],
    })
    assert.deepEqual(where('Observation', 'component-code-value-quantity=8480-6$lt60'), {
      kind: 'together',
      of: [part('Observation.component.code'), value('Observation.component.value')],
    })
  })

  it('leaves what a composite reads outside of its element out of the group', () => {
    const found = where('MolecularSequence', 'chromosome-variant-coordinate=1$gt5$lt9')
    assert.equal(found.kind, 'and')
    assert.deepEqual(
      found.kind === 'and' && found.of.map((one) => [one.kind, 'of' in one && one.of]),
      [
        ['token', false],
        [
          'together',
          [
            {
              kind: 'number',
              paths: ['MolecularSequence.variant.start'],
              op: 'gt',
              low: 5,
              high: 5,
            },
            { kind: 'number', paths: ['MolecularSequence.variant.end'], op: 'lt', low: 9, high: 9 },
          ],
        ],
      ],
    )
  })

  describe('chains', () => {
    const kim = startsWithKim('Patient.name')
    const toPatient = { kind: 'refers', paths: ['Observation.subject'], types: ['Patient'] }

    it('ask of the resource that is referred to', () => {
      const expected = { ...toPatient, where: kim }
      assert.deepEqual(where('Observation', 'subject:Patient.name=Kim'), expected)
      assert.deepEqual(where('Observation', 'patient.name=Kim'), expected)
      assert.deepEqual(where('Observation', 'subject:Patient.name:exact=Kim'), {
        ...toPatient,
        where: {
          kind: 'string',
          paths: ['Patient.name'],
          op: 'exact',
          value: 'Kim',
          folded: 'kim',
        },
      })
    })

    it('try each type that may be there and has the parameter', () => {
      assert.deepEqual(where('Patient', 'general-practitioner.name=Kim'), {
        kind: 'refers',
        paths: ['Patient.generalPractitioner'],
        types: ['Practitioner', 'Organization'],
        where: {
          kind: 'or',
          of: [
            {
              kind: 'string',
              paths: ['Practitioner.name', 'Organization.name', 'Organization.alias'],
              op: 'starts',
              value: 'kim',
            },
            ...startsWithKim('Practitioner.name').of.slice(1),
          ],
        },
      })
      // `identifier` is a parameter of all four types, `name` of the location and the group is not.
      const all = where('Observation', 'subject.identifier=1')
      assert.ok(all.kind === 'refers')
      assert.deepEqual(all.types.toSorted(), ['Device', 'Group', 'Location', 'Patient'])
    })

    it('go along several references', () => {
      assert.deepEqual(where('Observation', 'patient.organization.name=x'), {
        ...toPatient,
        where: {
          kind: 'refers',
          paths: ['Patient.managingOrganization'],
          types: ['Organization'],
          where: {
            kind: 'string',
            paths: ['Organization.name', 'Organization.alias'],
            op: 'starts',
            value: 'x',
          },
        },
      })
      assert.doesNotThrow(() => where('Organization', 'partof.partof.partof.partof.partof.name=x'))
    })

    it('go backwards, nested and mixed', () => {
      const code = { kind: 'token', paths: ['Observation.code'], code: 'x' }
      const has = { kind: 'referred', paths: ['Observation.subject'], types: ['Observation'] }
      assert.deepEqual(where('Patient', '_has:Observation:patient:code=x'), { ...has, where: code })
      assert.deepEqual(where('Patient', '_has:Observation:patient:code:not=x'), {
        ...has,
        where: { kind: 'not', of: code },
      })
      assert.deepEqual(
        where('Patient', '_has:Observation:patient:_has:DiagnosticReport:result:status=final'),
        {
          ...has,
          where: {
            kind: 'referred',
            paths: ['DiagnosticReport.result'],
            types: ['DiagnosticReport'],
            where: { kind: 'token', paths: ['DiagnosticReport.status'], code: 'final' },
          },
        },
      )
      assert.deepEqual(where('Encounter', 'patient._has:Group:member:_id=102'), {
        kind: 'refers',
        paths: ['Encounter.subject'],
        types: ['Patient'],
        where: {
          kind: 'referred',
          paths: ['Group.member.entity'],
          types: ['Group'],
          where: { kind: 'id', ids: ['102'] },
        },
      })
      assert.deepEqual(
        where('Patient', '_has:Observation:patient:performer:Practitioner.name:exact=x'),
        {
          ...has,
          where: {
            kind: 'refers',
            paths: ['Observation.performer'],
            types: ['Practitioner'],
            where: {
              kind: 'string',
              paths: ['Practitioner.name'],
              op: 'exact',
              value: 'x',
              folded: 'x',
            },
          },
        },
      )
    })

    it('leave out a first parameter that is not known, as others', () => {
      assert.equal(plan('Patient', query('nobody.name=x'), lenient).unknown.length, 1)
    })

    it('reach the members of a list', () => {
      assert.deepEqual(where('Patient', '_list=List/1,2'), {
        kind: 'referred',
        paths: ['List.entry.item'],
        types: ['List'],
        where: { kind: 'id', ids: ['1', '2'] },
      })
    })
  })

  it('tells a patient from a group where both may stand', () => {
    const present = { kind: 'present', entry: 'reference', paths: ['Observation.subject'] }
    assert.deepEqual(where('Observation', 'subject:missing=false'), present)
    assert.deepEqual(where('Observation', 'patient:missing=false'), {
      ...present,
      types: ['Patient', ''],
    })
  })

  describe('several types', () => {
    it('reads the paths of all types, or of those in _type', () => {
      const { types, where: found } = plan(undefined, query('_tag=x'), strict).plan
      assert.equal(types, undefined)
      assert.ok(found.kind === 'token')
      assert.equal(found.paths.length, definitions.resourceTypes.length)
      const some = plan(undefined, query('_type=Patient,Person&gender=male&name=Kim'), strict)
      assert.deepEqual(some.plan.types, ['Patient', 'Person'])
      assert.deepEqual(some.plan.where, {
        kind: 'and',
        of: [
          { kind: 'token', paths: ['Patient.gender', 'Person.gender'], code: 'male' },
          startsWithKim('Patient.name', 'Person.name'),
        ],
      })
      assert.deepEqual(some.used, query('_type=Patient,Person&gender=male&name=Kim'))
    })

    it('knows only what they have in common', () => {
      assert.throws(() => plan(undefined, query('_type=Patient,Observation&gender=male'), strict))
      assert.throws(() => plan(undefined, query('gender=male'), strict))
    })
  })

  describe('result parameters', () => {
    const result = (text: string) => plan('Patient', query(text), lenient)

    it('has a page of 20 unless asked otherwise, and never more than the greatest', () => {
      assert.equal(result('').plan.count, 20)
      assert.equal(result('_count=7').plan.count, 7)
      const capped = result('_count=5000')
      assert.equal(capped.plan.count, 1000)
      assert.deepEqual(capped.used, [['_count', '1000']])
      const small = createPlanner(parameters, definitions, { count: 5, maxCount: 10 })
      assert.equal(small('Patient', [], lenient).plan.count, 5)
      assert.equal(small('Patient', query('_count=11'), lenient).plan.count, 10)
    })

    it('counts when asked', () => {
      for (const text of ['_summary=count', '_count=0']) {
        const { plan: counted, summary } = result(text)
        assert.deepEqual([counted.count, counted.total, summary], [0, true, 'count'], text)
      }
      assert.equal(result('_total=accurate').plan.total, true)
      assert.equal(result('_total=none').plan.total, false)
      assert.equal(result('').plan.total, false)
    })

    it('hands on what to show', () => {
      assert.equal(result('_summary=data').summary, 'data')
      assert.equal(result('_summary=false').summary, undefined)
      assert.deepEqual(result('_elements=name,birthDate').elements, ['name', 'birthDate'])
      for (const names of ['Patient.name,id,resourceType', 'deceased,deceased[x],deceasedBoolean'])
        assert.deepEqual(result(`_elements=${names}`).elements, names.split(','))
      assert.deepEqual(result('_format=json&_pretty=true&_contained=false').unknown, [])
    })

    it('shows the elements that there are, and warns of the others', () => {
      const { elements, used, unknown } = plan(
        'Patient',
        query('_elements=name,nmae,Group.member'),
        {
          strict: false,
        },
      )
      assert.deepEqual(elements, ['name'])
      assert.deepEqual(used, [['_elements', 'name']])
      assert.deepEqual(
        unknown.map(({ severity, diagnostics }) => [severity, /"[^"]*"/.exec(diagnostics)?.[0]]),
        [
          ['warning', '"nmae"'],
          ['warning', '"Group.member"'],
        ],
      )
    })

    it('goes on where a page ended', () => {
      assert.equal(plan('Patient', [], { strict: true, cursor: 'c1' }).plan.cursor, 'c1')
    })

    it('includes', () => {
      const includes = (type: string, text: string) => plan(type, query(text), strict).plan.includes
      assert.deepEqual(includes('DiagnosticReport', '_include=DiagnosticReport:result'), [
        { reverse: false, paths: ['DiagnosticReport.result'] },
      ])
      assert.deepEqual(includes('Observation', '_include=Observation:patient'), [
        { reverse: false, paths: ['Observation.subject'], types: ['Patient'] },
      ])
      assert.deepEqual(includes('Observation', '_include=Observation:subject:Group'), [
        { reverse: false, paths: ['Observation.subject'], types: ['Group'] },
      ])
      assert.deepEqual(includes('Patient', '_revinclude=Observation:subject'), [
        { reverse: true, paths: ['Observation.subject'], types: ['Observation'] },
      ])
      const [all] = includes('Observation', '_include=*')
      assert.ok(all?.paths)
      assert.ok(all.paths.includes('Observation.hasMember'))
      assert.ok(all.paths.every((path) => path.startsWith('Observation.')))
      assert.equal(all.types, undefined)
      const [toPatient] = includes('Patient', '_revinclude=*')
      assert.ok(toPatient?.paths)
      assert.ok(toPatient.paths.includes('Observation.subject'))
      assert.ok(!toPatient.paths.includes('DiagnosticReport.result'))
      assert.deepEqual(includes('Observation', '_include:iterate=Patient:organization'), [
        {
          reverse: false,
          paths: ['Patient.managingOrganization'],
          iterate: true,
        },
      ])
      assert.equal(plan('Patient', query('_include=Patient:link'), strict).plan.includeCount, 1000)
    })
  })

  describe('what it does not know', () => {
    it('is left out of the self link with a warning, or refused, with the nearest names', () => {
      const planned = plan('Patient', query('name=Kim&nmae=x&_sort=name'), lenient)
      assert.deepEqual(planned.used, query('name=Kim&_sort=name'))
      assert.deepEqual(planned.unknown.map(plainIssue), [
        {
          severity: 'warning',
          code: 'invalid',
          diagnostics: 'There is no parameter "nmae" for Patient; did you mean name?',
          expression: ['Patient?nmae'],
        },
      ])
      assert.throws(() => plan('Patient', query('name=Kim&nmae=x'), strict), {
        kind: 'parameter',
        message: 'There is no parameter "nmae" for Patient; did you mean name?',
      })
    })

    it('treats a parameter without value the same way', () => {
      assert.equal(plan('Patient', query('name='), lenient).unknown.length, 1)
      assert.throws(() => plan('Patient', query('name='), strict), { kind: 'parameter' })
    })
  })

  // Refused however lenient the caller is: type, query, kind, part of the message, and the parameter it names.
  const refused: readonly (readonly [string, string, string, RegExp, string])[] = [
    ['Patient', 'birthdate=yesterday', 'parameter', /not a date: expected yyyy/, 'birthdate'],
    ['Patient', 'birthdate=xx2024', 'parameter', /one of eq ne gt lt/, 'birthdate'],
    ['Patient', 'birthdate=2024-02-30', 'parameter', /not a date/, 'birthdate'],
    ['Patient', 'birthdate:exact=2024', 'parameter', /takes :missing/, 'birthdate:exact'],
    ['Patient', 'name:begins=x', 'parameter', /takes :missing, :exact, :contains/, 'name:begins'],
    ['Patient', 'name:text=x', 'unsupported', /:text is not supported/, 'name:text'],
    ['Patient', 'name:=x', 'parameter', /no modifier ":" here/, 'name:'],
    ['Patient', 'name=a,,b', 'parameter', /empty alternative/, 'name'],
    ['Patient', 'name=\u0301', 'parameter', /no letter/, 'name'],
    ['Patient', 'identifier=a|b|c', 'parameter', /not a token/, 'identifier'],
    ['Patient', 'identifier=|', 'parameter', /not a token/, 'identifier'],
    ['Patient', 'active:text=x', 'parameter', /codes with a text/, 'active:text'],
    ['Patient', 'gender:below=male', 'parameter', /expects system\|code/, 'gender:below'],
    ['Patient', 'identifier:of-type=a|b', 'parameter', /system\|code\|value/, 'identifier:of-type'],
    ['Patient', 'gender:of-type=a|b|c', 'parameter', /for identifiers/, 'gender:of-type'],
    ['Patient', 'active:missing=maybe', 'parameter', /true or false/, 'active:missing'],
    ['Patient', '_id=a_b', 'parameter', /not an id/, '_id'],
    ['Patient', '_lastUpdated=now', 'parameter', /not a date/, '_lastUpdated'],
    ['Patient', 'general-practitioner=a b', 'parameter', /not a reference/, 'general-practitioner'],
    ['Patient', 'general-practitioner=Doctor/1', 'parameter', /Type\/id/, 'general-practitioner'],
    ['Patient', 'link:Pateint=1', 'parameter', /no modifier ":Pateint"/, 'link:Pateint'],
    ['Patient', 'link:Patient=Person/1', 'parameter', /refer to a Patient/, 'link:Patient'],
    ['Patient', 'organization.nmae=x', 'parameter', /did you mean name/, 'organization.nmae'],
    ['Patient', 'birthdate.name=x', 'parameter', /goes along references/, 'birthdate.name'],
    [
      'Patient',
      'organization:Organisation.name=x',
      'parameter',
      /did you mean Organization/,
      'organization:Organisation.name',
    ],
    [
      'Patient',
      'organization:Patient.name=x',
      'parameter',
      /never refers to a Patient; it refers to Organization/,
      'organization:Patient.name',
    ],
    ['Patient', 'organization.=x', 'parameter', /no parameter ""/, 'organization.'],
    [
      'Organization',
      'partof.partof.partof.partof.partof.partof.name=x',
      'parameter',
      /5 references at most/,
      'partof.partof.partof.partof.partof.partof.name',
    ],
    [
      'QuestionnaireResponse',
      'questionnaire.title=x',
      'unsupported',
      /canonical URLs/,
      'questionnaire.title',
    ],
    ['Patient', '_has:Observation=x', 'parameter', /Type:reference:parameter/, '_has:Observation'],
    ['Patient', '_has=x', 'parameter', /Type:reference:parameter/, '_has'],
    [
      'Patient',
      '_has:Obs:patient:code=x',
      'parameter',
      /no resource type "Obs"/,
      '_has:Obs:patient:code',
    ],
    [
      'Patient',
      '_has:Observation:code:code=x',
      'parameter',
      /no reference parameter "code"; it has based-on/,
      '_has:Observation:code:code',
    ],
    [
      'Group',
      '_has:Observation:patient:code=x',
      'parameter',
      /never refers to Group/,
      '_has:Observation:patient:code',
    ],
    [
      'Patient',
      '_has:Observation:patient:cod=x',
      'parameter',
      /did you mean code/,
      '_has:Observation:patient:cod',
    ],
    ['Patient', '_list=$current-allergies', 'unsupported', /functional list/, '_list'],
    ['Patient', '_list=a b', 'parameter', /id of a List/, '_list'],
    ['Patient', '_list:not=1', 'parameter', /no modifier/, '_list:not'],
    ['Patient', '_text= - ', 'parameter', /no letter or digit/, '_text'],
    ['Patient', '_text:exact=x', 'parameter', /takes none/, '_text:exact'],
    ['Patient', '_content=a OR', 'parameter', /beside each AND/, '_content'],
    ['Patient', '_sort=_text', 'parameter', /no order/, '_sort'],
    ['Patient', '_filter=_text eq x', 'unsupported', /takes none/, '_filter'],
    ['Patient', '_count=-1', 'parameter', /page size/, '_count'],
    ['Patient', '_count=ten', 'parameter', /page size/, '_count'],
    ['Patient', '_count=1&_count=2', 'parameter', /once/, '_count'],
    ['Patient', '_count:exact=1', 'parameter', /no modifier/, '_count:exact'],
    ['Patient', '_sort=nmae', 'parameter', /did you mean name/, '_sort'],
    ['Patient', '_sort=name,', 'parameter', /no parameter ""/, '_sort'],
    ['Observation', '_sort=code-value-quantity', 'parameter', /composite/, '_sort'],
    ['Patient', '_total=all', 'parameter', /none, estimate, accurate/, '_total'],
    ['Patient', '_summary=yes', 'parameter', /true, text, data, count, false/, '_summary'],
    ['Patient', '_include=Patient', 'parameter', /expected Type:parameter/, '_include'],
    ['Patient', '_include=Patient:generalPractitioner', 'parameter', /did you mean/, '_include'],
    ['Patient', '_include=Observation:subject', 'parameter', /begin with Patient/, '_include'],
    ['Patient', '_include=Pateint:link', 'parameter', /did you mean Patient/, '_include'],
    ['Patient', '_include=Patient:link:Nobody', 'parameter', /no resource type/, '_include'],
    ['Patient', '_include=Patient:link:Patient:x', 'parameter', /expected Type/, '_include'],
    ['Patient', '_include:recurse=Patient:link', 'parameter', /takes :iterate/, '_include:recurse'],
    ['Patient', '_revinclude=Observation:code', 'parameter', /no reference/, '_revinclude'],
    ['Patient', '_contained=maybe', 'parameter', /true, false or both/, '_contained'],
    ['RiskAssessment', 'probability=high', 'parameter', /not a number/, 'probability'],
    ['Observation', 'value-quantity=5.4|mg', 'parameter', /number\|system/, 'value-quantity'],
    ['Observation', 'value-quantity=~5', 'parameter', /not a quantity/, 'value-quantity'],
    [
      'Observation',
      'code-value-quantity=8480-6',
      'parameter',
      /2 values \(token, quantity\)/,
      'code-value-quantity',
    ],
    [
      'Observation',
      'code-value-quantity=8480-6$x',
      'parameter',
      /not a quantity/,
      'code-value-quantity',
    ],
    [
      'Observation',
      'code-value-quantity:missing=true',
      'parameter',
      /takes none/,
      'code-value-quantity:missing',
    ],
  ]
  for (const [type, text, kind, message, name] of refused) {
    it(`refuses ${type}?${text}`, () => {
      assert.throws(
        () => plan(type, query(text), lenient),
        (error) => {
          assert.ok(error instanceof Failure)
          assert.equal(error.kind, kind)
          assert.match(error.message, message)
          assert.deepEqual(error.issues[0]?.expression, [`${type}?${name}`])
          return true
        },
      )
    })
  }

  it('never fails but with a Failure that names the parameter, whatever is asked', () => {
    const names = [...parameters.forType('Observation').keys(), '_sort', '_include', '_count', '']
    const modifiers = ['', ':not', ':missing', ':exact', ':Patient', ':of-type', ':identifier']
    const value = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.stringMatching(/^(ge|ap|xx)?[0-9:T.$|,\\Z+-]*$/),
    )
    fc.assert(
      fc.property(
        fc.constantFrom(...names),
        fc.constantFrom(...modifiers),
        value,
        fc.boolean(),
        (name, modifier, text, isStrict) => {
          try {
            plan('Observation', [[name + modifier, text]], { strict: isStrict })
          } catch (error) {
            assert.ok(error instanceof Failure, String(error))
            assert.deepEqual(error.issues[0]?.expression, [`Observation?${name}${modifier}`])
            assert.ok(error.message.length < 2000)
          }
        },
      ),
      { numRuns: 3000 },
    )
  })

  it('takes ten thousand alternatives and values of thousands of characters in their stride', () => {
    const codes = Array.from({ length: 10_000 }, (_, i) => `c${i}`).join(',')
    const found = where('Observation', `code=${codes}`)
    assert.ok(found.kind === 'or' && found.of.length === 10_000)
    const endless = 'x'.repeat(100_000)
    for (const text of [
      `${endless}=1`,
      `name:${endless}=1`,
      `_sort=${endless}`,
      `_include=${endless}`,
    ]) {
      assert.throws(
        () => plan('Patient', query(text), strict),
        (error) => error instanceof Failure && JSON.stringify(error.issues).length < 1000,
      )
    }
    const long = `${'a.*$(['.repeat(1000)}'";--`
    assert.deepEqual(where('Patient', `name=${long.replaceAll('$', '\\$')}`), {
      kind: 'string',
      paths: ['Patient.name'],
      op: 'starts',
      value: long,
    })
  })

  describe('compartments', () => {
    const inside = (type: string | undefined, text = '') =>
      plan(type, query(text), { strict: true, compartment: { type: 'Patient', id: 'p1' } }).plan

    it('are references to their centre', () => {
      assert.deepEqual(inside('Observation', 'code=x').where, {
        kind: 'and',
        of: [
          {
            kind: 'reference',
            paths: ['Observation.subject', 'Observation.performer'],
            type: 'Patient',
            id: 'p1',
          },
          { kind: 'token', paths: ['Observation.code'], code: 'x' },
        ],
      })
    })

    it('have their centre as a member', () => {
      assert.deepEqual(inside('Patient').where, {
        kind: 'or',
        of: [
          { kind: 'reference', paths: ['Patient.link.other'], type: 'Patient', id: 'p1' },
          { kind: 'id', ids: ['p1'], type: 'Patient' },
        ],
      })
    })

    it('may be searched over all types that can be in them', () => {
      const { types, where: found } = inside(undefined, '_type=Observation,Condition,Medication')
      assert.deepEqual(types, ['Observation', 'Condition'])
      assert.ok(found.kind === 'reference' && found.paths.includes('Condition.asserter'))
      assert.equal(inside(undefined).types?.length, 66)
    })

    it('refuse types that are never in them, and centres that have none', () => {
      assert.throws(() => inside('Medication'), { kind: 'unsupported' })
      assert.throws(
        () => plan('Patient', [], { strict: true, compartment: { type: 'Group', id: '1' } }),
        { kind: 'not-found' },
      )
    })

    it('make everything of a patient', () => {
      const P1 = { type: 'Patient', id: 'p1' } as const
      const everything = everythingPlan(P1, { count: 50 }, parameters, definitions)
      assert.ok(everything.where.kind === 'or')
      assert.deepEqual(everything.where.of[1], { kind: 'id', ids: ['p1'], type: 'Patient' })
      assert.ok(everything.types?.includes('DiagnosticReport'))
      assert.ok(everything.types?.includes('AuditEvent') === false)
      const looks = { count: 50, types: ['AuditEvent'] }
      assert.deepEqual(everythingPlan(P1, looks, parameters, definitions).types, looks.types)
      const some = everythingPlan(
        P1,
        { count: 50, types: ['Observation'], since: 5 },
        parameters,
        definitions,
      )
      assert.deepEqual(some.types, ['Observation'])
      assert.ok(some.where.kind === 'and')
      assert.deepEqual(some.where.of[1], { kind: 'updated', op: 'ge', low: 5, high: 6 })
    })
  })

  it('knows its own base', () => {
    assert.deepEqual(where('Observation', `subject=${BASE}/Patient/1`), {
      kind: 'reference',
      paths: ['Observation.subject'],
      type: 'Patient',
      id: '1',
    })
  })
})
