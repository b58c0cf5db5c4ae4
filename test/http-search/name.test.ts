// Names across scripts over HTTP, on both stores: each person has one name in one script, and is asked for in the others.
// https://hl7.org/fhir/R4/search.html#string
import assert from 'node:assert/strict'
import { onBothStores } from '../support/server.ts'
import { ask, idsOfAll } from './ask.ts'

const PEOPLE: readonly (readonly [type: string, id: string, name: object])[] = [
  ['Patient', 'ko', { family: '김', given: ['민수'] }],
  ['Patient', 'ko-text', { text: '김민수' }],
  ['Patient', 'la', { family: 'Kim', given: ['Min-su'] }],
  ['Patient', 'la-text', { text: 'Min Soo Kim' }],
  ['Patient', 'ru', { family: 'Ким', given: ['Минсу'] }],
  ['Patient', 'ko-other', { family: '기', given: ['민'] }],
  ['Patient', 'yuri', { family: 'Щербаков', given: ['Юрий', 'Ильич'] }],
  ['Patient', 'yuri-la', { family: 'Shcherbakov', given: ['Iurii'] }],
  ['Patient', 'kk', { family: 'Өтегенова', given: ['Әсел'] }],
  ['Patient', 'lee', { family: '이', given: ['영희'] }],
  ['Practitioner', 'park', { family: '박', given: ['지현'] }],
  ['Person', 'tsoi', { family: 'Цой', given: ['Роман'] }],
  ['RelatedPerson', 'choi', { family: '최', given: ['준'] }],
]

const KIM = ['ko', 'ko-text', 'la', 'la-text', 'ru']
const YURI = ['yuri', 'yuri-la']

const SCENARIOS: readonly (readonly [query: string, ids: readonly string[]])[] = [
  ['Patient?name=Ki', [...KIM, 'ko-other']],
  ['Patient?name=Kim Min', KIM],
  ['Patient?name=kim', KIM],
  ['Patient?name=김', KIM],
  ['Patient?name=김민', KIM],
  ['Patient?name=김민수', KIM],
  ['Patient?name=김 민수', KIM],
  ['Patient?name=Ким Минсу', KIM],
  ['Patient?name=Minsu Kim', KIM],
  ['Patient?name=Min-soo', KIM],
  ['Patient?name=기', ['ko-other']],
  ['Patient?name=ㄱ', []],
  ['Patient?family=Gim', ['ko']],
  ['Patient?family=김', ['ko', 'la', 'ru']],
  ['Patient?given=민수', ['ko', 'la', 'ru']],
  ['Patient?name:exact=Kim', ['la']],
  ['Patient?name:exact=kim', []],
  ['Patient?name:exact=minsu', []],
  ['Patient?name:contains=im', ['la', 'la-text']],
  ['Patient?phonetic=Kim Minsu', KIM],
  ['Patient?family=Шербаков', YURI],
  ['Patient?given=Yuriy', YURI],
  ['Patient?given=Yury', YURI],
  ['Patient?given=Юр', YURI],
  ['Patient?name=Shcherbakov Yuri', YURI],
  ['Patient?name=Yuri Shcherbakov', YURI],
  ['Patient?family=Utegenova', ['kk']],
  ['Patient?family=Otegen', ['kk']],
  ['Patient?family=утегенова', ['kk']],
  ['Patient?given=Assel', ['kk']],
  ['Patient?name=Lee', ['lee']],
  ['Patient?name=Rhee', ['lee']],
  ['Patient?name=Ли', ['lee']],
  ['Patient?name=Young-hee', ['lee']],
  ['Patient?name=Yi Yeonghui', ['lee']],
  ['Patient?name=Lee,Utegenova', ['lee', 'kk']],
  ['Patient?name=Lee&name=Utegenova', []],
  ['Practitioner?name=Park', ['park']],
  ['Practitioner?given=Jihyun', ['park']],
  ['Practitioner?family=Пак', ['park']],
  ['Person?name=Choi', ['tsoi']],
  ['Person?name=최', ['tsoi']],
  ['Person?name=Tsoy', ['tsoi']],
  ['RelatedPerson?name=Цой', ['choi']],
  ['RelatedPerson?name=Choi', ['choi']],
  ['?_type=Person,RelatedPerson,Practitioner&name=Pak', ['park']],
  ['RelatedPerson?patient:Patient.name=Lee', ['choi']],
]

onBothStores('names across scripts', (server) => {
  before(async () => {
    const entry = PEOPLE.map(([resourceType, id, name]) => ({
      resource: {
        resourceType,
        id,
        name: [name],
        ...(resourceType === 'RelatedPerson' ? { patient: { reference: 'Patient/lee' } } : {}),
      },
      request: { method: 'PUT', url: `${resourceType}/${id}` },
    }))
    const bundle = { resourceType: 'Bundle', type: 'transaction', entry }
    const { status, text } = await server().send('POST', '', bundle)
    assert.equal(status, 200, text)
  })

  for (const [query, ids] of SCENARIOS)
    it(`${query} → ${ids.join(', ') || 'nobody'}`, async () => {
      const found = await ask(server(), encodeURI(query), { prefer: 'handling=strict' })
      assert.deepEqual([...found.ids].sort(), [...ids].sort())
    })

  it('pages through them, each once', async () => {
    const found = await idsOfAll(server(), encodeURI('Patient?name=김민&_count=2'))
    assert.deepEqual([...found].sort(), [...KIM].sort())
  })

  it('finds by the new name after a change, not by the old one', async () => {
    const change = { resourceType: 'Patient', id: 'changed', name: [{ family: 'Пак' }] }
    await server().send('PUT', '/Patient/changed', change)
    assert.deepEqual((await ask(server(), 'Patient?name=Park')).ids, ['changed'])
    assert.deepEqual((await ask(server(), 'Patient?name=Parker')).ids, [])
    assert.deepEqual((await ask(server(), encodeURI('Patient?name=박'))).ids, ['changed'])
    await server().send('PUT', '/Patient/changed', { ...change, name: [{ family: '한' }] })
    assert.deepEqual((await ask(server(), encodeURI('Patient?name=박'))).ids, [])
    assert.deepEqual((await ask(server(), 'Patient?name=Hahn')).ids, ['changed'])
    await server().send('DELETE', '/Patient/changed')
    assert.deepEqual((await ask(server(), 'Patient?name=Hahn')).ids, [])
  })

  it('sorts by the name as it is written, and counts no name that is not there', async () => {
    const { ids } = await ask(server(), 'Patient?_sort=family&family=Utegenova,Yuri,Lee')
    assert.deepEqual(ids, ['kk', 'lee'])
    const none = await ask(server(), 'Patient?family:missing=true&_sort=_id')
    assert.deepEqual(none.ids, ['ko-text', 'la-text'])
  })
})
