// Patient/$match: who is found, how sure it is, and what is refused.
import assert from 'node:assert/strict'
import { parseScopes } from '../../src/auth/scope.ts'
import { ask, caller } from '../consent/world.ts'
import { entry, transact } from '../interaction/bundles.ts'
import { onBothStores } from '../support/server.ts'

const IIN = 'http://ieum.example/fhir/sid/pid/kz/iin'
const RRN = 'https://mois.go.kr/rrn'
const SNILS = 'https://fhir.ru/ig/core/systems/snils'
const GRADE = 'http://hl7.org/fhir/StructureDefinition/match-grade'

const person = (family: string, given: string, more: object = {}) => ({
  resourceType: 'Patient',
  name: [{ family, given: given.split(' ') }],
  ...more,
})

const PEOPLE: Readonly<Record<string, object>> = {
  minsu: person('김', '민수', {
    identifier: [{ system: RRN, value: '680402-1999944' }],
    gender: 'male',
    birthDate: '1968-04-02',
    telecom: [{ system: 'phone', value: '+82-10-0000-1234' }],
    address: [{ city: '부산광역시', postalCode: '48000' }],
  }),
  yuri: person('Иванов', 'Юрий Петрович', {
    identifier: [{ system: 'urn:oid:1.2.643.100.3', value: '999-900-077 89' }],
    gender: 'male',
    birthDate: '1971-12-03',
    telecom: [{ system: 'phone', value: '8 912 345-67-89' }],
    address: [{ city: 'Владивосток', postalCode: '690000', line: ['ул. Примерная 5'] }],
  }),
  aigerim: person('Өтегенова', 'Әсел', {
    identifier: [{ system: IIN, value: '890512499984' }],
    gender: 'female',
    birthDate: '1989-05-12',
  }),
  dina: person('Әлиева', 'Дина', {
    gender: 'female',
    birthDate: '2020-01-31',
    multipleBirthInteger: 1,
    telecom: [{ system: 'phone', value: '+7 701 111 22 33' }],
    address: [{ city: 'Алматы', postalCode: '050000' }],
  }),
  dana: person('Әлиева', 'Дана', {
    gender: 'female',
    birthDate: '2020-01-31',
    multipleBirthInteger: 2,
    telecom: [{ system: 'phone', value: '+7 701 111 22 33' }],
    address: [{ city: 'Алматы', postalCode: '050000' }],
  }),
  old: person('Petrova', 'Elena', {
    active: false,
    gender: 'female',
    birthDate: '1980-10-11',
    telecom: [{ system: 'email', value: 'e@example.org' }],
    link: [{ other: { reference: 'Patient/new' }, type: 'replaced-by' }],
  }),
  new: person('Сидорова', 'Елена', { gender: 'female', birthDate: '1980-10-11' }),
}

type Found = readonly [id: string, grade: string]

onBothStores('match', (server) => {
  before(async () => {
    const entries = Object.entries(PEOPLE).map(([id, resource]) =>
      entry(`PUT Patient/${id}`, { ...resource, id }),
    )
    const { status, text } = await transact(server(), entries)
    assert.equal(status, 200, text)
  })

  const matching = (resource: object, more: readonly object[] = []) =>
    server().send('POST', '/Patient/$match', {
      resourceType: 'Parameters',
      parameter: [{ name: 'resource', resource }, ...more],
    })
  const foundIn = (body: any): readonly Found[] =>
    (body.entry ?? []).map((one: any) => [one.resource.id, one.search.extension[0].valueCode])
  const found = async (resource: object): Promise<readonly Found[]> => {
    const { status, body, text } = await matching(resource)
    assert.equal(status, 200, text)
    return foundIn(body)
  }

  const CERTAIN: readonly [string, string, object][] = [
    [
      'in Latin letters by the date of birth',
      'minsu',
      person('Kim', 'Min-soo', { birthDate: '1968-04-02', gender: 'male' }),
    ],
    [
      'in Cyrillic letters, by a telephone in another form',
      'minsu',
      person('Ким', 'Мин Су', {
        birthDate: '1968-04-02',
        gender: 'male',
        telecom: [{ system: 'phone', value: '010-0000-1234' }],
      }),
    ],
    [
      'with the names in each other’s place, by the number without its hyphen',
      'minsu',
      person('MIN SU', 'KIM', {
        birthDate: '1968-04-02',
        identifier: [{ system: RRN, value: '6804021999944' }],
      }),
    ],
    [
      'with day and month in each other’s place, by the patronymic and a telephone',
      'yuri',
      person('Ivanov', 'Iurii Petrovich', {
        birthDate: '1971-03-12',
        gender: 'male',
        telecom: [{ system: 'phone', value: '+7 (912) 345-67-89' }],
      }),
    ],
    [
      'by a number under another system of its register',
      'yuri',
      person('Yvanov', 'Yury', {
        birthDate: '1971-12-03',
        identifier: [{ system: SNILS, value: '99990007789' }],
      }),
    ],
    [
      'in Hangul, as it sounds there, with address and telephone',
      'yuri',
      person('이바노프', '유리', {
        birthDate: '1971-12-03',
        gender: 'male',
        telecom: [{ system: 'phone', value: '+79123456789' }],
      }),
    ],
    [
      'by way of Russian, with a digit of the date wrong and the number right',
      'aigerim',
      person('Утегенова', 'Асель', {
        birthDate: '1989-05-17',
        gender: 'female',
        identifier: [{ system: IIN, value: '890512499984' }],
      }),
    ],
  ]
  for (const [it_, id, query] of CERTAIN)
    it(`finds somebody ${it_}`, async () => {
      const [first, ...others] = await found(query)
      assert.deepEqual(first, [id, 'certain'])
      assert.ok(others.every(([, grade]) => grade !== 'certain'))
    })

  it('finds a name alone without being sure', async () => {
    const grades = await found(person('Утегенова', 'Асель'))
    assert.equal(grades[0]?.[0] ?? 'aigerim', 'aigerim')
    assert.ok(grades.every(([, grade]) => grade !== 'certain'))
  })

  it('tells twins apart, and says that one is certainly not the other', async () => {
    const { multipleBirthInteger: _, ...query } = PEOPLE['dina'] as Record<string, unknown>
    const [first, second] = await found(query)
    assert.deepEqual(first, ['dina', 'certain'])
    assert.equal(second?.[0], 'dana')
    assert.notEqual(second[1], 'certain')
    const [one, other] = await found({
      ...query,
      multipleBirthInteger: 2,
      name: [{ family: 'Әлиева' }],
    })
    assert.equal(one?.[0], 'dana')
    assert.deepEqual(other, ['dina', 'certainly-not'])
  })

  it('is not sure of somebody of another number', async () => {
    const grades = await found({
      ...person('Kim', 'Minsu', { birthDate: '1968-04-02', gender: 'male' }),
      identifier: [{ system: RRN, value: '680402-1999971' }],
    })
    assert.deepEqual(grades, [['minsu', 'certainly-not']])
  })

  it('is not sure of a number alone that goes with another name and date', async () => {
    const grades = await found(
      person('Smith', 'John', {
        birthDate: '1999-01-01',
        identifier: [{ system: RRN, value: '680402-1999944' }],
      }),
    )
    assert.ok(grades.every(([, grade]) => grade !== 'certain'))
  })

  it('gives who replaced somebody, and not who was replaced', async () => {
    const grades = await found(
      person('Petrova', 'Elena', {
        birthDate: '1980-10-11',
        gender: 'female',
        telecom: [{ system: 'email', value: 'E@example.org' }],
      }),
    )
    assert.deepEqual(grades, [['new', 'certain']])
  })

  it('is a searchset in the order of scores, and writes nothing', async () => {
    const before = await server().send('GET', '/_history?_summary=count')
    const { multipleBirthInteger: _, ...query } = PEOPLE['dina'] as Record<string, unknown>
    const { body } = await matching(query)
    assert.equal(body.type, 'searchset')
    assert.equal(body.total, body.entry.length)
    const scores = body.entry.map((one: any) => one.search.score as number)
    assert.deepEqual(
      scores,
      [...scores].sort((a: number, b: number) => b - a),
    )
    assert.ok(scores.every((score: number) => score >= 0 && score <= 1))
    for (const { fullUrl, resource, search } of body.entry) {
      assert.equal(fullUrl, `${server().base}/Patient/${resource.id}`)
      assert.equal(search.mode, 'match')
      assert.equal(search.extension[0].url, GRADE)
    }
    assert.deepEqual(server().context.validator.validate(body), [])
    const after = await server().send('GET', '/_history?_summary=count')
    assert.equal(after.body.total, before.body.total)
  })

  it('keeps to onlyCertainMatches and count', async () => {
    const { multipleBirthInteger: _, ...query } = PEOPLE['dina'] as Record<string, unknown>
    const only = await matching(query, [{ name: 'onlyCertainMatches', valueBoolean: true }])
    assert.deepEqual(foundIn(only.body), [['dina', 'certain']])
    const one = await matching(query, [{ name: 'count', valueInteger: 1 }])
    assert.equal(one.body.entry.length, 1)
    const none = await matching(person('Kim', 'Minsu'), [
      { name: 'onlyCertainMatches', valueBoolean: true },
    ])
    assert.equal(none.body.total, 0)
  })

  it('takes the Patient alone as the body', async () => {
    const { body } = await server().send(
      'POST',
      '/Patient/$match?onlyCertainMatches=true',
      CERTAIN[0]![2],
    )
    assert.deepEqual(foundIn(body), [['minsu', 'certain']])
  })

  const refused: readonly [string, number, string, unknown][] = [
    [
      'no resource',
      400,
      'resource',
      { resourceType: 'Parameters', parameter: [{ name: 'count', valueInteger: 1 }] },
    ],
    ['no body', 400, '', undefined],
    [
      'a resource of another type',
      400,
      'resource',
      {
        resourceType: 'Parameters',
        parameter: [
          { name: 'resource', resource: { resourceType: 'Group', type: 'person', actual: true } },
        ],
      },
    ],
    [
      'a body of another type',
      400,
      'resourceType',
      { resourceType: 'Group', type: 'person', actual: true },
    ],
    ['nothing to find anybody by', 422, 'Patient', { resourceType: 'Patient', gender: 'male' }],
    [
      'a date that is none',
      422,
      'Patient.birthDate',
      person('Kim', 'Minsu', { birthDate: '02.04.1968' }),
    ],
    [
      'a count that is none',
      400,
      'count',
      {
        resourceType: 'Parameters',
        parameter: [
          { name: 'resource', resource: person('Kim', 'Minsu') },
          { name: 'count', valueInteger: 0 },
        ],
      },
    ],
    [
      'a flag that is none',
      400,
      'onlyCertainMatches',
      {
        resourceType: 'Parameters',
        parameter: [
          { name: 'resource', resource: person('Kim', 'Minsu') },
          { name: 'onlyCertainMatches', valueString: 'yes' },
        ],
      },
    ],
    [
      'a parameter that is not known',
      400,
      'certain',
      {
        resourceType: 'Parameters',
        parameter: [
          { name: 'resource', resource: person('Kim', 'Minsu') },
          { name: 'certain', valueBoolean: true },
        ],
      },
    ],
  ]
  for (const [it_, status, expression, body] of refused)
    it(`refuses ${it_}`, async () => {
      const answer = await server().send('POST', '/Patient/$match', body)
      assert.equal(answer.status, status, answer.text)
      if (expression !== '') assert.deepEqual(answer.body.issue[0].expression, [expression])
    })

  it('is posted', async () =>
    assert.equal((await server().send('GET', '/Patient/$match')).status, 405))

  it('gives a caller nobody whom the caller may not see', async () => {
    const { context } = server()
    const doctor = { ...caller('almaty', 'clinician'), scopes: parseScopes('user/*.cruds') }
    const other = { ...caller('busan', 'clinician'), scopes: parseScopes('user/*.cruds') }
    const zhanar = person('Касымова', 'Жанар', { birthDate: '1990-02-03', gender: 'female' })
    const made = await ask(context, doctor, 'POST Patient', zhanar)
    assert.equal(made.status, 201, made.text)
    const own = await ask(context, doctor, 'POST Patient/$match', zhanar)
    assert.deepEqual(foundIn(own.body), [[made.body.id, 'certain']])
    const hidden = await ask(context, other, 'POST Patient/$match', zhanar)
    assert.equal(hidden.body.total, 0)
  })

  it('has in the log whom it told of, and nobody else', async () => {
    const { context } = server()
    const moscow = caller('moscow')
    const made = async (family: string, given: string): Promise<string> => {
      const patient = person(family, given, { birthDate: '1955-06-07', gender: 'female' })
      return (await ask(context, moscow, 'POST Patient', patient)).body.id
    }
    const [olga, tamara] = [await made('Орлова', 'Ольга'), await made('Фролова', 'Тамара')]
    const query = person('Orlova', 'Olga', { birthDate: '1955-06-07', gender: 'female' })
    const { body } = await ask(context, moscow, 'POST Patient/$match', query, {})
    assert.deepEqual(foundIn(body)[0], [olga, 'certain'])
    assert.ok(foundIn(body).every(([id]) => id !== tamara))
    await context.audit.caughtUp(20_000)
    const logged = async (id: string): Promise<number> => {
      const line = `GET AuditEvent?patient=Patient/${id}&subtype=match`
      return (await ask(context, caller('network', 'auditor'), line)).body.total
    }
    assert.equal(await logged(olga), 1)
    assert.equal(await logged(tamara), 0)
  })
})
