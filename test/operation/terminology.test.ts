// $lookup, $validate-code, $subsumes, $expand and $translate.
import assert from 'node:assert/strict'
import { onBothStores, type Answer } from '../support/server.ts'

const GENDER = 'http://hl7.org/fhir/administrative-gender'
const ACT = 'http://terminology.hl7.org/CodeSystem/v3-ActCode'
const MARKERS = 'urn:test:markers'

const CODES = {
  resourceType: 'CodeSystem',
  id: 'markers',
  url: MARKERS,
  version: '2',
  name: 'Markers',
  status: 'active',
  content: 'complete',
  caseSensitive: false,
  hierarchyMeaning: 'is-a',
  property: [{ code: 'organ', type: 'code' }],
  concept: [
    {
      code: 'heart',
      display: 'Heart markers',
      property: [{ code: 'notSelectable', valueBoolean: true }],
      concept: [
        {
          code: 'tnt',
          display: 'Troponin T',
          designation: [
            { language: 'ko', value: '트로포닌 T' },
            { language: 'ru', value: 'Тропонин Т' },
          ],
          property: [{ code: 'organ', valueCode: 'heart' }],
        },
        { code: 'ckmb', display: 'CK-MB', property: [{ code: 'status', valueCode: 'retired' }] },
      ],
    },
    { code: 'crp', display: 'C-reactive protein' },
  ],
}
const KAZAKH = {
  resourceType: 'CodeSystem',
  id: 'markers-kk',
  url: 'urn:test:markers-kk',
  status: 'active',
  content: 'supplement',
  supplements: MARKERS,
  concept: [{ code: 'tnt', designation: [{ language: 'kk', value: 'Тропонин Т (қаз.)' }] }],
}
const SET = {
  resourceType: 'ValueSet',
  id: 'markers',
  url: 'urn:test:set',
  status: 'active',
  compose: {
    include: [
      { system: MARKERS, filter: [{ property: 'concept', op: 'is-a', value: 'heart' }] },
      { system: MARKERS, concept: [{ code: 'crp', display: 'CRP' }] },
    ],
  },
}
const MAP = {
  resourceType: 'ConceptMap',
  id: 'markers',
  url: 'urn:test:map',
  status: 'active',
  group: [
    {
      source: MARKERS,
      target: 'http://loinc.org',
      element: [
        { code: 'tnt', target: [{ code: '6598-7', display: 'Troponin T', equivalence: 'wider' }] },
        { code: 'ckmb', target: [{ equivalence: 'unmatched' }] },
      ],
    },
  ],
}

onBothStores('terminology', (server) => {
  before(async () => {
    for (const resource of [CODES, KAZAKH, SET, MAP]) {
      const path = `/${resource.resourceType}/${resource.id}`
      assert.equal((await server().send('PUT', path, resource)).status, 201)
    }
  })
  const get = (path: string, headers?: Record<string, string>): Promise<Answer> =>
    server().send('GET', path, undefined, headers)
  const post = (path: string, parameter: unknown[]): Promise<Answer> =>
    server().send('POST', path, { resourceType: 'Parameters', parameter })
  /** The parameters of an answer: those that come once by name, with what value they have. */
  const values = (answer: Answer): Record<string, any> => {
    assert.equal(answer.status, 200, answer.text)
    assert.equal(answer.body.resourceType, 'Parameters')
    return Object.fromEntries(
      answer.body.parameter.map((p: Record<string, unknown>) => [
        p.name,
        Object.entries(p).find(([name]) => name !== 'name')![1],
      ]),
    )
  }
  const refused = (answer: Answer, status: number, message: RegExp, at?: string): void => {
    assert.equal(answer.status, status, answer.text)
    assert.match(answer.body.issue[0].diagnostics, message)
    if (at !== undefined) assert.deepEqual(answer.body.issue[0].expression, [at])
  }

  describe('$lookup', () => {
    it('of a code that R4 publishes', async () => {
      const found = values(await get(`/CodeSystem/$lookup?system=${GENDER}&code=female`))
      assert.equal(found.display, 'Female')
      assert.equal(found.name, 'AdministrativeGender')
      assert.equal(found.version, '4.0.1')
    })
    it('of a code that is stored, in the language asked for, a supplement among them', async () => {
      const at = `/CodeSystem/$lookup?system=${MARKERS}&code=tnt`
      assert.equal(values(await get(`${at}&displayLanguage=ko`)).display, '트로포닌 T')
      assert.equal(
        values(await get(at, { 'accept-language': 'kk-KZ, ru;q=0.5' })).display,
        'Тропонин Т (қаз.)',
      )
      assert.equal(values(await get(at, { 'accept-language': 'de' })).display, 'Troponin T')
    })
    it('with parents, children and properties, or those asked for', async () => {
      const answer = await get(`/CodeSystem/$lookup?system=${MARKERS}&code=tnt`)
      const properties = answer.body.parameter
        .filter((p: any) => p.name === 'property')
        .map(({ part }: any) => `${part[0].valueCode}=${part[1].valueCode}`)
      assert.deepEqual(properties, ['parent=heart', 'organ=heart'])
      const some = await get(`/CodeSystem/$lookup?system=${MARKERS}&code=heart&property=child`)
      const children = some.body.parameter.filter((p: any) => p.name === 'property')
      assert.deepEqual(
        children.map(({ part }: any) => part[1].valueCode),
        ['tnt', 'ckmb'],
      )
    })
    it('by a coding in the body, where case does not count', async () => {
      const valueCoding = { system: MARKERS, code: 'TNT' }
      const found = values(await post('/CodeSystem/$lookup', [{ name: 'coding', valueCoding }]))
      assert.equal(found.display, 'Troponin T')
    })
    it('refuses what is not there, and says what is missing', async () => {
      refused(
        await get(`/CodeSystem/$lookup?system=${GENDER}&code=woman`),
        404,
        /no code "woman"/,
        'code',
      )
      refused(
        await get('/CodeSystem/$lookup?system=urn:none&code=a'),
        404,
        /are not here/,
        'system',
      )
      refused(
        await get(`/CodeSystem/$lookup?system=${MARKERS}&code=tnt&version=1`),
        404,
        /version 1/,
      )
      refused(await get('/CodeSystem/$lookup?code=a'), 400, /URL of the code system/, 'system')
      refused(await get('/CodeSystem/$lookup'), 400, /needs a code/, 'code')
      refused(await server().send('POST', '/CodeSystem/$lookup', CODES), 400, /must be Parameters/)
    })
  })

  describe('CodeSystem/$validate-code', () => {
    const ask = async (query: string) => values(await get(`/CodeSystem/$validate-code?${query}`))
    it('of codes and displays', async () => {
      assert.equal((await ask(`url=${GENDER}&code=male`)).result, true)
      assert.equal((await ask(`url=${GENDER}&code=male&display=MALE`)).result, true)
      const wrong = await ask(`url=${GENDER}&code=male&display=Mann`)
      assert.equal(wrong.result, false)
      assert.match(wrong.message, /"Mann" is not a name of "male".*"Male"/)
      assert.equal(wrong.display, 'Male')
      assert.match((await ask(`url=${GENDER}&code=m`)).message, /has no code "m"/)
    })
    it('takes a name in any language that is known', async () => {
      assert.equal(
        (await ask(`url=${MARKERS}&code=tnt&display=${encodeURIComponent('тропонин т')}`)).result,
        true,
      )
    })
    it('judges by its form what it has no codes of', async () => {
      const fine = await ask('url=http://loinc.org&code=2339-0')
      assert.equal(fine.result, true)
      assert.match(fine.message, /only the form/)
      assert.match((await ask('url=http://loinc.org&code=2339-1')).message, /check digit/)
      assert.match((await ask('url=http://snomed.info/sct&code=73211008')).message, /check digit/)
      assert.equal((await ask('url=urn:nobody:knows&code=a')).result, false)
    })
    it('of an instance, and of what only groups', async () => {
      assert.equal(values(await get('/CodeSystem/markers/$validate-code?code=crp')).result, true)
      assert.equal((await ask(`url=${MARKERS}&code=heart&abstract=false`)).result, false)
      refused(await get('/CodeSystem/none/$validate-code?code=crp'), 404, /no CodeSystem\/none/)
      refused(
        await get(`/CodeSystem/$validate-code?url=${MARKERS}`),
        400,
        /code, coding or/,
        'code',
      )
    })
  })

  describe('$subsumes', () => {
    const outcome = async (a: string, b: string, system = MARKERS) =>
      values(await get(`/CodeSystem/$subsumes?system=${system}&codeA=${a}&codeB=${b}`)).outcome
    it('knows all four', async () => {
      assert.equal(await outcome('heart', 'tnt'), 'subsumes')
      assert.equal(await outcome('tnt', 'heart'), 'subsumed-by')
      assert.equal(await outcome('tnt', 'TNT'), 'equivalent')
      assert.equal(await outcome('tnt', 'crp'), 'not-subsumed')
      assert.equal(await outcome('_ActEncounterCode', 'AMB', ACT), 'subsumes')
    })
    it('takes an instance and codings', async () => {
      const coding = (name: string, code: string) => ({
        name,
        valueCoding: { system: MARKERS, code },
      })
      const found = await post('/CodeSystem/markers/$subsumes', [
        coding('codingA', 'heart'),
        coding('codingB', 'ckmb'),
      ])
      assert.equal(values(found).outcome, 'subsumes')
    })
    it('refuses what it can not compare', async () => {
      refused(
        await get(`/CodeSystem/$subsumes?system=${MARKERS}&codeA=tnt`),
        400,
        /codeB is missing/,
        'codeB',
      )
      refused(
        await get(`/CodeSystem/$subsumes?system=${MARKERS}&codeA=tnt&codeB=x`),
        404,
        /no code "x"/,
        'codeB',
      )
      refused(await get('/CodeSystem/$subsumes?codeA=tnt&codeB=x'), 400, /URL of the code system/)
    })
  })

  describe('$expand', () => {
    const codes = (answer: Answer): string[] => {
      assert.equal(answer.status, 200, answer.text)
      return (answer.body.expansion.contains ?? []).map((c: any) => c.code)
    }
    it('lists the codes with their words', async () => {
      const { body } = await get('/ValueSet/$expand?url=urn:test:set')
      assert.equal(body.resourceType, 'ValueSet')
      assert.equal(body.compose, undefined)
      assert.equal(body.expansion.total, 4)
      assert.deepEqual(body.expansion.contains, [
        { system: MARKERS, abstract: true, code: 'heart', display: 'Heart markers' },
        { system: MARKERS, code: 'tnt', display: 'Troponin T' },
        { system: MARKERS, inactive: true, code: 'ckmb', display: 'CK-MB' },
        { system: MARKERS, code: 'crp', display: 'CRP' },
      ])
      assert.deepEqual(body.expansion.parameter, [{ name: 'version', valueUri: `${MARKERS}|2` }])
    })
    it('of what R4 publishes, a page at a time', async () => {
      const at = '/ValueSet/$expand?url=http://terminology.hl7.org/ValueSet/v3-ActEncounterCode'
      const all = codes(await get(at))
      assert.ok(all.includes('AMB') && all.length > 5)
      const paged: string[] = []
      for (let offset = 0; offset < all.length; offset += 3) {
        const page = await get(`${at}&offset=${offset}&count=3`)
        assert.equal(page.body.expansion.total, all.length)
        assert.equal(page.body.expansion.offset, offset)
        paged.push(...codes(page))
      }
      assert.deepEqual(paged, all)
      assert.deepEqual(codes(await get(`${at}&count=0`)), [])
    })
    it('filters by the beginnings of words in any language, and by code', async () => {
      const of = async (filter: string) =>
        codes(await get(`/ValueSet/markers/$expand?filter=${encodeURIComponent(filter)}`))
      assert.deepEqual(await of('trop'), ['tnt'])
      assert.deepEqual(await of('T trop'), ['tnt'])
      assert.deepEqual(await of('트로'), ['tnt'])
      assert.deepEqual(await of('ck'), ['ckmb'])
      assert.deepEqual(await of('.*'), [])
      assert.deepEqual(await of('ropo'), [])
    })
    it('gives designations and languages, and leaves out what is not for use', async () => {
      const answer = await get(
        '/ValueSet/markers/$expand?includeDesignations=true&displayLanguage=ru&activeOnly=true&excludeNotForUI=true&includeDefinition=true',
      )
      assert.deepEqual(codes(answer), ['tnt', 'crp'])
      const [tnt] = answer.body.expansion.contains
      assert.equal(tnt.display, 'Тропонин Т')
      assert.deepEqual(
        tnt.designation.map((d: any) => d.language),
        ['ko', 'ru', 'kk'],
      )
      assert.deepEqual(answer.body.compose, SET.compose)
    })
    it('of a value set in the body', async () => {
      const resource = {
        resourceType: 'ValueSet',
        status: 'draft',
        compose: { include: [{ system: GENDER }] },
      }
      const answer = await post('/ValueSet/$expand', [{ name: 'valueSet', resource }])
      assert.deepEqual(codes(answer), ['male', 'female', 'other', 'unknown'])
    })
    it('refuses what it can not list', async () => {
      refused(await get('/ValueSet/$expand'), 400, /url, or valueSet/, 'url')
      refused(await get('/ValueSet/$expand?url=urn:none'), 404, /no value set urn:none/, 'url')
      refused(
        await get('/ValueSet/$expand?url=urn:test:set&count=x'),
        400,
        /count is a whole number/,
        'count',
      )
      refused(
        await get('/ValueSet/$expand?url=urn:test:set&activeOnly=yes'),
        400,
        /true or false/,
        'activeOnly',
      )
      refused(
        await get('/ValueSet/$expand?url=http://hl7.org/fhir/ValueSet/observation-codes'),
        403,
        /loinc\.org are not here/,
      )
    })
  })

  describe('ValueSet/$validate-code', () => {
    const ask = async (query: string) => values(await get(`/ValueSet/$validate-code?${query}`))
    it('of a code with and without its system', async () => {
      assert.equal((await ask(`url=urn:test:set&system=${MARKERS}&code=tnt`)).result, true)
      assert.equal((await ask('url=urn:test:set&code=tnt')).result, true)
      const none = await ask(`url=urn:test:set&system=${MARKERS}&code=x`)
      assert.equal(none.result, false)
      assert.match(none.message, /does not have "x"/)
    })
    it('of a concept of which one coding is enough', async () => {
      const valueCodeableConcept = {
        coding: [
          { system: GENDER, code: 'male' },
          { system: MARKERS, code: 'crp' },
        ],
      }
      const found = values(
        await post('/ValueSet/markers/$validate-code', [
          { name: 'codeableConcept', valueCodeableConcept },
        ]),
      )
      assert.equal(found.result, true)
      assert.equal(found.code, 'crp')
    })
    it('of a set with a system whose codes are not here', async () => {
      const url = 'http://hl7.org/fhir/ValueSet/observation-codes'
      assert.equal((await ask(`url=${url}&system=http://loinc.org&code=2339-0`)).result, true)
      assert.equal((await ask(`url=${url}&system=http://loinc.org&code=2339`)).result, false)
      assert.equal((await ask(`url=${url}&system=${GENDER}&code=male`)).result, false)
    })
    it('refuses a set that is not here', async () => {
      refused(await get('/ValueSet/$validate-code?url=urn:none&code=a'), 404, /no value set/, 'url')
    })
  })

  describe('$translate', () => {
    const matches = (answer: Answer): string[] =>
      answer.body.parameter
        .filter((p: any) => p.name === 'match')
        .map(({ part }: any) => `${part[0].valueCode} ${part[1].valueCoding.code ?? '-'}`)
    it('by a map that is named, and by all that fit', async () => {
      for (const query of [
        `url=urn:test:map&system=${MARKERS}&code=tnt`,
        `system=${MARKERS}&code=tnt`,
      ]) {
        const answer = await get(`/ConceptMap/$translate?${query}`)
        assert.equal(values(answer).result, true)
        assert.deepEqual(matches(answer), ['wider 6598-7'])
      }
      const none = await get(`/ConceptMap/markers/$translate?system=${MARKERS}&code=ckmb`)
      assert.equal(values(none).result, false)
      assert.deepEqual(matches(none), ['unmatched -'])
    })
    it('the other way round', async () => {
      const answer = await get(
        '/ConceptMap/$translate?reverse=true&system=http://loinc.org&code=6598-7',
      )
      assert.deepEqual(matches(answer), ['narrower tnt'])
    })
    it('by what R4 publishes', async () => {
      const answer = await get(
        `/ConceptMap/$translate?system=${GENDER}&code=female&targetsystem=http://terminology.hl7.org/CodeSystem/v3-AdministrativeGender`,
      )
      assert.deepEqual(matches(answer), ['equal F'])
    })
    it('refuses what it can not look for', async () => {
      refused(await get('/ConceptMap/$translate?code=a'), 400, /system of the code/, 'system')
      refused(await get('/ConceptMap/$translate?url=urn:none&code=a'), 404, /no concept map/, 'url')
      refused(
        await get(`/ConceptMap/$translate?system=${MARKERS}`),
        400,
        /nothing to look at/,
        'code',
      )
    })
  })

  it('ends with value sets in value sets, in circles and by very many ways', async () => {
    const set = (id: string, ...inner: string[]) => ({
      resourceType: 'ValueSet',
      id,
      url: `urn:test:${id}`,
      status: 'active',
      compose: {
        include: inner.map((one) =>
          one === '' ? { system: MARKERS } : { valueSet: [`urn:test:${one}`] },
        ),
      },
    })
    // Three times the next one, fifteen times over: fourteen million ways to the last.
    const chain = Array.from({ length: 15 }, (_, i) => `way${String(i)}`)
    const next = (i: number): string => chain[i + 1] ?? ''
    for (const one of [
      set('circle', 'circle'),
      ...chain.map((id, i) => set(id, next(i), next(i), next(i))),
    ])
      await server().send('PUT', `/ValueSet/${one.id}`, one)
    const binding = { strength: 'required', valueSet: 'urn:test:way0' }
    await server().send('PUT', '/StructureDefinition/bound', {
      resourceType: 'StructureDefinition',
      id: 'bound',
      url: 'urn:test:bound',
      name: 'Bound',
      status: 'active',
      kind: 'resource',
      abstract: false,
      type: 'Basic',
      baseDefinition: 'http://hl7.org/fhir/StructureDefinition/Basic',
      derivation: 'constraint',
      differential: { element: [{ id: 'Basic.code', path: 'Basic.code', binding }] },
    })
    const began = performance.now()
    refused(await get('/ValueSet/$expand?url=urn:test:circle'), 400, /includes itself/)
    const found = await get('/ValueSet/$expand?url=urn:test:way0')
    assert.equal(found.body.expansion?.total, 4, found.text)
    const judged = await server().send('POST', '/Basic/$validate?profile=urn:test:bound', {
      resourceType: 'Basic',
      code: { coding: [{ system: 'urn:test:other', code: 'x' }] },
    })
    assert.match(judged.text, /not in the value set urn:test:way0/)
    assert.ok(performance.now() - began < 5000)
  })

  it('takes the highest version that is not retired, whichever was written last', async () => {
    const url = 'urn:test:versions'
    const version = (id: string, number: string, status: string) => ({
      ...CODES,
      id,
      url,
      version: number,
      status,
      concept: [{ code: 'a', display: `of ${number}` }],
    })
    for (const one of [
      version('v10', '10.0.0', 'active'),
      version('v11', '11.0.0', 'retired'),
      version('v9', '9.0.0', 'active'),
    ])
      await server().send('PUT', `/CodeSystem/${one.id}`, one)
    const at = `/CodeSystem/$lookup?system=${url}&code=a`
    assert.equal(values(await get(at)).display, 'of 10.0.0')
    assert.equal(values(await get(`${at}&version=9.0.0`)).display, 'of 9.0.0')
  })

  describe('validation of codes whose system is kept in parts', () => {
    const URL = 'urn:test:parts'
    const part = (id: string, content: string, codes?: readonly string[]) => ({
      ...CODES,
      id,
      url: URL,
      content,
      caseSensitive: true,
      concept: codes?.map((code) => ({ code, display: `The ${code}` })),
    })
    const coded = (code: string, display?: string) => ({
      resourceType: 'Basic',
      code: { coding: [{ system: URL, code, display }] },
    })
    const said = async (resource: unknown): Promise<string[]> =>
      (await server().send('POST', '/Basic/$validate', resource)).body.issue.map(
        ({ severity, code, expression }: any) => `${severity} ${code} ${expression?.[0] ?? ''}`,
      )
    const fine = ['information informational ']
    const put = async (...resources: { id: string }[]): Promise<void> => {
      for (const one of resources) await server().send('PUT', `/CodeSystem/${one.id}`, one)
    }

    it('finds a code in any fragment, and refuses none while there is no whole', async () => {
      await put(part('p1', 'fragment', ['a', 'b']), part('p2', 'fragment', ['c']))
      for (const code of ['a', 'c']) assert.deepEqual(await said(coded(code, `The ${code}`)), fine)
      for (const code of ['a', 'c'])
        assert.deepEqual(await said(coded(code, 'other')), [
          'warning invalid Basic.code.coding[0].display',
        ])
      assert.deepEqual(await said(coded('z')), fine)
    })

    it('refuses what no part of a whole has, until it is there', async () => {
      await put(part('whole', 'complete'))
      for (const code of ['a', 'c']) assert.deepEqual(await said(coded(code)), fine)
      assert.deepEqual(await said(coded('z')), ['error code-invalid Basic.code.coding[0].code'])
      assert.equal((await server().send('POST', '/Basic', coded('z'))).status, 422)
      assert.equal((await server().send('POST', '/Basic', coded('c'))).status, 201)
      await put(part('p3', 'fragment', ['z']))
      assert.equal((await server().send('POST', '/Basic', coded('z'))).status, 201)
    })

    it('refuses nothing of a code system that says only that it exists', async () => {
      const url = 'urn:test:empty'
      await put({ ...part('empty', 'complete'), url } as never)
      const one = { resourceType: 'Basic', code: { coding: [{ system: url, code: 'x' }] } }
      assert.deepEqual(await said(one), fine)
    })
  })

  it('stands in the CapabilityStatement', async () => {
    const { body } = await get('/metadata')
    const of = (type: string): string[] =>
      body.rest[0].resource.find((r: any) => r.type === type).operation.map((o: any) => o.name)
    assert.ok(
      ['lookup', 'subsumes', 'validate-code'].every((name) => of('CodeSystem').includes(name)),
    )
    assert.ok(['expand', 'validate-code'].every((name) => of('ValueSet').includes(name)))
    assert.ok(of('ConceptMap').includes('translate'))
  })
})
