// Contract of includes: what matches refer to, and what refers to them; each once, none of them a match.
// https://hl7.org/fhir/R4/search.html#include
import assert from 'node:assert/strict'
import { ALL, NONE, type Condition, type Include } from '../../../src/search/plan.ts'
import type { Found, Store } from '../../../src/store/store.ts'
import * as make from './resource.ts'

const SUBJECT = 'Observation.subject'
const PERFORMER = 'Observation.performer'
const MEMBER = 'Group.member'

export function includes(store: () => Store): void {
  before(async () => {
    const observation = (
      id: string,
      subject: [string, string],
      ...performers: [string, string][]
    ) =>
      make.put('Observation', id, [
        make.token('kind', 'match'),
        make.reference(SUBJECT, ...subject),
        ...performers.map((performer) => make.reference(PERFORMER, ...performer)),
      ])
    await store().commit([
      make.put('Patient', 'p1', [make.token('kind', 'person')]),
      make.put('Patient', 'p2', [make.token('kind', 'person')]),
      make.put('Patient', 'gone'),
      make.put('Group', 'p1', [
        make.reference(MEMBER, 'Patient', 'p2'),
        make.reference(MEMBER, 'Group', 'inner'),
        make.reference(MEMBER, 'Group', 'p1'),
      ]),
      make.put('Group', 'inner', [
        make.reference(MEMBER, 'Group', 'p1'),
        make.reference(MEMBER, 'Practitioner', 'dr'),
      ]),
      make.put('Practitioner', 'dr'),
      observation('o1', ['Patient', 'p1'], ['Practitioner', 'dr'], ['Observation', 'o2']),
      observation('o2', ['Patient', 'p1'], ['Practitioner', 'never']),
      observation('o3', ['Group', 'p1'], ['', 'http://elsewhere/Patient/p2']),
      observation('o4', ['Patient', 'gone']),
      make.put('Condition', 'c1', [make.reference('Condition.subject', 'Patient', 'p1')]),
      make.put('Condition', 'c2', [make.reference('Condition.subject', 'Patient', 'p9')]),
      make.put('Condition', 'c3', [make.reference('Condition.subject', 'Patient', 'p1')]),
    ])
    await store().commit([make.remove('Patient', 'gone'), make.remove('Condition', 'c3')])
  })

  const match: Condition = { kind: 'token', paths: ['kind'], code: 'match' }
  const person: Condition = { kind: 'token', paths: ['kind'], code: 'person' }
  const byDoctor: Condition = {
    kind: 'refers',
    paths: [PERFORMER],
    types: ['Practitioner'],
    where: { kind: 'id', ids: ['dr'] },
  }
  const notInner: Condition = { kind: 'not', of: { kind: 'id', ids: ['inner'], type: 'Group' } }
  const alike: Condition = { kind: 'shares', path: 'kind', types: ['Observation'], where: byDoctor }
  const forward = (paths: string[], types?: string[]): Include =>
    types === undefined ? { reverse: false, paths } : { reverse: false, paths, types }
  const reverse = (paths: string[], types?: string[]): Include => ({
    ...forward(paths, types),
    reverse: true,
  })

  const again = (include: Include): Include => ({ ...include, iterate: true })

  const CASES: readonly (readonly [Condition, readonly Include[], readonly string[]])[] = [
    [match, [], []],
    [match, [forward([SUBJECT])], ['Group/p1', 'Patient/p1']],
    [match, [forward([SUBJECT], ['Patient'])], ['Patient/p1']],
    [match, [forward([SUBJECT], ['Device'])], []],
    [match, [forward([PERFORMER])], ['Practitioner/dr']],
    [match, [forward([SUBJECT, PERFORMER])], ['Group/p1', 'Patient/p1', 'Practitioner/dr']],
    [match, [forward([SUBJECT], ['Group']), forward([PERFORMER])], ['Group/p1', 'Practitioner/dr']],
    [match, [forward(['unknown'])], []],
    [person, [reverse([SUBJECT])], ['Observation/o1', 'Observation/o2']],
    [person, [reverse(['Condition.subject'])], ['Condition/c1']],
    [person, [reverse([SUBJECT, 'Condition.subject'], ['Condition'])], ['Condition/c1']],
    [
      person,
      [reverse([SUBJECT]), reverse(['Condition.subject'])],
      ['Condition/c1', 'Observation/o1', 'Observation/o2'],
    ],
    // Any reference.
    [match, [{ reverse: false }], ['Group/p1', 'Patient/p1', 'Practitioner/dr']],
    [match, [{ reverse: false, types: ['Practitioner'] }], ['Practitioner/dr']],
    [match, [reverse([PERFORMER])], []],
    [person, [forward([SUBJECT]), reverse([SUBJECT])], ['Observation/o1', 'Observation/o2']],
    // Of those only what fulfils a condition, which is the end of the way otherwise.
    [match, [{ reverse: false, where: person }], ['Patient/p1']],
    [match, [{ reverse: false, where: NONE }], []],
    [
      match,
      [{ ...forward([SUBJECT]), where: person }, forward([PERFORMER])],
      ['Patient/p1', 'Practitioner/dr'],
    ],
    [person, [{ ...reverse([SUBJECT]), where: byDoctor }], ['Observation/o1']],
    [match, [{ ...forward([SUBJECT]), where: { kind: 'not', of: person } }], ['Group/p1']],
    [
      match,
      [forward([SUBJECT], ['Group']), { ...again(forward([MEMBER])), where: notInner }],
      ['Group/p1', 'Patient/p2'],
    ],
    [
      person,
      [
        { ...reverse([MEMBER]), where: NONE },
        { ...again(reverse([SUBJECT])), where: ALL },
      ],
      ['Observation/o1', 'Observation/o2'],
    ],
    [person, [{ ...reverse([SUBJECT]), where: alike }], ['Observation/o1', 'Observation/o2']],
    // In a ring, and from what was included to more.
    [match, [forward([SUBJECT], ['Group']), forward([MEMBER])], ['Group/p1']],
    [
      match,
      [forward([SUBJECT], ['Group']), again(forward([MEMBER]))],
      ['Group/inner', 'Group/p1', 'Patient/p2', 'Practitioner/dr'],
    ],
    [
      match,
      [forward([SUBJECT], ['Group']), again(forward([MEMBER], ['Group']))],
      ['Group/inner', 'Group/p1'],
    ],
    [match, [again(forward([MEMBER]))], []],
    [
      person,
      [reverse([MEMBER]), again(reverse([SUBJECT]))],
      ['Group/p1', 'Observation/o1', 'Observation/o2', 'Observation/o3'],
    ],
    [
      person,
      [again(reverse([MEMBER])), again(forward([MEMBER])), again(reverse([SUBJECT]))],
      [
        'Group/inner',
        'Group/p1',
        'Observation/o1',
        'Observation/o2',
        'Observation/o3',
        'Practitioner/dr',
      ],
    ],
  ]

  for (const [where, list, expected] of CASES)
    it(`${JSON.stringify(list)} beside ${where === match ? 'observations' : 'patients'}: ${expected.join(' ')}`, async () => {
      const found = await store().search(make.plan(where, { includes: list }))
      assert.equal(found.matches.length, where === match ? 4 : 2)
      assert.deepEqual(found.included.map(({ type, id }) => `${type}/${id}`).sort(), expected)
      assert.ok(found.included.every(({ text }) => text !== undefined))
    })

  for (const count of [1, 2, 10])
    it(`delivers what doesn't fit on a page on pages of its own, ${count} matches at a time`, async () => {
      const includes = [forward([SUBJECT, PERFORMER]), again(forward([MEMBER])), reverse([SUBJECT])]
      const whole = await make.pages(store(), make.plan(match, { count, includes }))
      const paged = await make.pages(
        store(),
        make.plan(match, { count, includes, includeCount: 2 }),
        // Another process writes meanwhile, what isn't asked for.
        (_page, i) => store().commit([make.put('Basic', `between-${i}`)]),
      )
      const names = (found: readonly Found[], what: 'matches' | 'included'): string[] =>
        found.flatMap((page) => page[what].map(({ type, id }) => `${type}/${id}`))
      assert.deepEqual(names(paged, 'matches'), names(whole, 'matches'))
      assert.deepEqual(names(paged, 'included').sort(), names(whole, 'included').sort())
      for (const page of paged) {
        assert.ok(page.included.length <= 2)
        assert.ok(page.matches.length + page.included.length > 0)
      }
      assert.ok(paged.length > whole.length)
    })

  it('refuses a page link that was changed', async () => {
    const includes = [forward([SUBJECT, PERFORMER])]
    const asked = make.plan(match, { includes, includeCount: 1 })
    const { next } = await store().search(asked)
    assert.ok(next)
    for (const cursor of [`${next}x`, 'i.', 'i.W10', `i.${next}`])
      await store()
        .search({ ...asked, cursor })
        .then(
          () => assert.equal(cursor, `${next}x`),
          (error: unknown) => {
            assert.equal((error as { kind?: unknown }).kind, 'parameter')
          },
        )
  })

  it('includes for the matches of the page only', async () => {
    const found = await make.pages(
      store(),
      make.plan(match, {
        count: 1,
        sort: [{ by: 'id', descending: false }],
        includes: [forward([SUBJECT])],
      }),
    )
    assert.deepEqual(
      found.map(({ included }) => included.map(({ type, id }) => `${type}/${id}`)),
      [['Patient/p1'], ['Patient/p1'], ['Group/p1'], []],
    )
  })
}
