// Search parameters that are added while a server runs: they work for what is written from then on, and for the rest once
// the index has been made anew; what can not work is refused with the reason.
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { onBothStores, type Answer } from '../support/server.ts'

const URL = 'http://ieum.example/fhir/SearchParameter'

const parameter = (id: string, more: object): Record<string, unknown> => ({
  resourceType: 'SearchParameter',
  id,
  url: `${URL}/${id}`,
  name: 'Test',
  status: 'active',
  description: 'of a test',
  code: id,
  ...more,
})

onBothStores(
  'search parameters of one’s own',
  (server) => {
    const put = async (resource: Record<string, unknown>, status?: number): Promise<Answer> => {
      const answer = await server().send(
        'PUT',
        `/${String(resource.resourceType)}/${String(resource.id)}`,
        resource,
      )
      if (status === undefined) assert.ok(answer.status < 300, answer.text)
      else assert.equal(answer.status, status, answer.text)
      return answer
    }
    const ids = async (path: string): Promise<string[]> => {
      const answer = await server().send('GET', path, undefined, { prefer: 'handling=strict' })
      assert.equal(answer.status, 200, answer.text)
      return (answer.body.entry ?? [])
        .filter((entry: any) => entry.search.mode === 'match')
        .map((entry: any) => entry.resource.id)
        .sort()
    }
    const warnings = async (path: string): Promise<string[]> =>
      ((await server().send('GET', path)).body.entry ?? [])
        .filter((entry: any) => entry.search.mode === 'outcome')
        .flatMap((entry: any) => entry.resource.issue)
        .map(({ code }: any) => code)
    const indexed = async (): Promise<void> => {
      const { index } = server().context
      for (const end = Date.now() + 20_000; index.state().lack.size > 0; await sleep(20))
        assert.ok(Date.now() < end, 'the index is not made in time')
    }
    const order = (id: string, more: object): Record<string, unknown> => ({
      resourceType: 'ServiceRequest',
      id,
      status: 'active',
      intent: 'order',
      subject: { reference: 'Patient/p1' },
      ...more,
    })

    before(async () => {
      await put({
        resourceType: 'Patient',
        id: 'p1',
        name: [{ family: 'Kim' }],
        multipleBirthInteger: 2,
      })
      await put({ resourceType: 'Patient', id: 'p2', name: [{ family: 'Lee' }] })
      await put(
        order('old', {
          quantityQuantity: { value: 3, unit: 'vial', system: 'http://u', code: 'vial' },
          patientInstruction: 'Пить воду',
          extension: [
            { url: 'http://x/ward', valueString: 'West wing' },
            { url: 'http://x/seen', valueDateTime: '2025-03-01' },
            { url: 'http://x/by', valueReference: { reference: 'Patient/p2' } },
            { url: 'http://x/link', valueUri: 'http://a/b' },
          ],
        }),
      )
    })

    it('work at once for what is written, say that the index is being made, and then find all', async () => {
      assert.equal(
        (
          await server().send('GET', '/ServiceRequest?ward=west', undefined, {
            prefer: 'handling=strict',
          })
        ).status,
        400,
      )
      // Nobody makes the index while this is looked at.
      const { leases } = server().context.store.indexing!
      assert.ok(await leases.take('reindex', 'test', Date.now() + 60_000, Date.now()))
      await put(
        parameter('ward', {
          base: ['ServiceRequest'],
          type: 'string',
          expression: "ServiceRequest.extension('http://x/ward').value.ofType(string)",
        }),
      )
      await put(order('new', { extension: [{ url: 'http://x/ward', valueString: 'West' }] }))
      assert.ok((await ids('/ServiceRequest?ward=west')).includes('new'))
      assert.deepEqual(await warnings('/ServiceRequest?ward=west'), ['incomplete'])
      assert.deepEqual(await warnings('/ServiceRequest?_sort=ward'), ['incomplete'])
      assert.deepEqual(await warnings('/Patient?_has:ServiceRequest:subject:ward=west'), [
        'incomplete',
      ])
      assert.deepEqual(await warnings('/ServiceRequest?status=active'), [])
      assert.deepEqual(await warnings('/Patient?name=kim'), [])
      const condition = await server().send('POST', '/ServiceRequest', order('x', {}), {
        'if-none-exist': 'ward=west',
      })
      assert.equal(condition.status, 503, condition.text)
      await leases.release('reindex', 'test')
      await indexed()
      assert.deepEqual(await warnings('/ServiceRequest?ward=west'), [])
      assert.deepEqual(await ids('/ServiceRequest?ward=west'), ['new', 'old'])
    })

    it('may be of every type', async () => {
      const base = ['ServiceRequest']
      const of = (url: string, type: string) =>
        `ServiceRequest.extension('http://x/${url}').value.ofType(${type})`
      await put(parameter('seen', { base, type: 'date', expression: of('seen', 'dateTime') }))
      await put(
        parameter('by', {
          base,
          type: 'reference',
          target: ['Patient'],
          expression: of('by', 'Reference'),
        }),
      )
      await put(parameter('link', { base, type: 'uri', expression: of('link', 'uri') }))
      await put(
        parameter('amount', {
          base,
          type: 'quantity',
          expression: 'ServiceRequest.quantity.ofType(Quantity)',
        }),
      )
      await put(
        parameter('birth-order', {
          base: ['Patient'],
          type: 'number',
          expression: 'Patient.multipleBirth.ofType(integer)',
        }),
      )
      await put(parameter('ward-code', { base, type: 'token', expression: of('ward', 'string') }))
      await put(
        parameter('ward-and-day', {
          base,
          type: 'composite',
          expression: 'ServiceRequest',
          component: [
            {
              definition: `${URL}/ward`,
              expression: of('ward', 'string').replace('ServiceRequest.', ''),
            },
            {
              definition: `${URL}/seen`,
              expression: of('seen', 'dateTime').replace('ServiceRequest.', ''),
            },
          ],
        }),
      )
      await indexed()
      assert.deepEqual(await ids('/ServiceRequest?seen=2025-03'), ['old'])
      assert.deepEqual(await ids('/ServiceRequest?by=Patient/p2'), ['old'])
      assert.deepEqual(await ids('/ServiceRequest?link:below=http://a'), ['old'])
      assert.deepEqual(await ids('/ServiceRequest?amount=gt2|http://u|vial'), ['old'])
      assert.deepEqual(await ids('/Patient?birth-order=2'), ['p1'])
      assert.deepEqual(await ids('/ServiceRequest?ward-code=west%20wing'), ['old'])
      assert.deepEqual(await ids('/ServiceRequest?ward-and-day=west$2025'), ['old'])
      // Chains, includes, order, and what is not there.
      assert.deepEqual(await ids('/ServiceRequest?by.name=lee'), ['old'])
      assert.deepEqual(await ids('/Patient?_has:ServiceRequest:by:seen=2025'), ['p2'])
      assert.deepEqual(
        await ids('/ServiceRequest?subject:Patient.birth-order=2&seen:missing=false'),
        ['old'],
      )
      const included = await server().send(
        'GET',
        '/ServiceRequest?seen=2025&_include=ServiceRequest:by',
      )
      assert.deepEqual(
        included.body.entry.map(({ resource, search }: any) => `${search.mode} ${resource.id}`),
        ['match old', 'include p2'],
      )
      const sorted = await server().send('GET', '/ServiceRequest?_sort=-ward')
      assert.deepEqual(
        sorted.body.entry.slice(0, 2).map(({ resource }: any) => resource.id),
        ['old', 'new'],
      )
    })

    it('stand in the CapabilityStatement', async () => {
      const { body } = await server().send('GET', '/metadata')
      const of = (type: string) => body.rest[0].resource.find((one: any) => one.type === type)
      assert.deepEqual(
        of('ServiceRequest').searchParam.find(({ name }: any) => name === 'ward'),
        {
          name: 'ward',
          definition: `${URL}/ward`,
          type: 'string',
        },
      )
      assert.ok(of('ServiceRequest').searchInclude.includes('ServiceRequest:by'))
      assert.ok(of('Patient').searchRevInclude.includes('ServiceRequest:by'))
    })

    it('may be of several types, and of all', async () => {
      await put(
        parameter('everything-text', {
          base: ['Patient', 'ServiceRequest'],
          type: 'string',
          expression: 'Patient.name.family | ServiceRequest.patientInstruction',
        }),
      )
      await put(
        parameter('written-in', {
          base: ['Resource'],
          type: 'token',
          expression: 'Resource.language',
        }),
      )
      await put({ resourceType: 'Basic', id: 'b', language: 'ko', code: { text: 'x' } })
      await indexed()
      assert.deepEqual(await ids('/ServiceRequest?everything-text=пить'), ['old'])
      assert.deepEqual(await ids('/Patient?everything-text=kim'), ['p1'])
      assert.deepEqual(await ids('/Basic?written-in=ko'), ['b'])
      assert.deepEqual(await ids('/?_type=Basic,Patient&written-in=ko'), ['b'])
    })

    it('may have any expression that an engine evaluates', async () => {
      await put(
        parameter('named', {
          base: ['Patient'],
          type: 'string',
          expression: "Patient.name.family.select($this & '-' & %resource.id).first()",
        }),
      )
      await indexed()
      assert.deepEqual(await ids('/Patient?named=kim-p1'), ['p1'])
    })

    it('take what their definition allows only', async () => {
      await put(
        parameter('family-only', {
          base: ['Patient'],
          type: 'string',
          expression: 'Patient.name.family',
          modifier: ['exact'],
          multipleOr: false,
          multipleAnd: false,
        }),
      )
      await put(
        parameter('begin', {
          base: ['ServiceRequest'],
          type: 'date',
          expression: 'ServiceRequest.authoredOn',
          comparator: ['ge', 'lt'],
        }),
      )
      await put(
        parameter('about', {
          base: ['ServiceRequest'],
          type: 'reference',
          target: ['Patient'],
          expression: 'ServiceRequest.subject',
          chain: ['name'],
        }),
      )
      await indexed()
      assert.deepEqual(await ids('/Patient?family-only:exact=Kim'), ['p1'])
      assert.deepEqual(await ids('/ServiceRequest?about.name=kim'), ['new', 'old'])
      assert.deepEqual(await ids('/ServiceRequest?begin=ge2020'), [])
      for (const [path, said] of [
        ['/Patient?family-only:contains=K', /family-only takes :exact/],
        ['/Patient?family-only=Kim,Lee', /one value/],
        ['/Patient?family-only=Kim&family-only=Lee', /once/],
        ['/ServiceRequest?begin=2020', /ge, lt/],
        ['/ServiceRequest?about.birthdate=2020', /name/],
      ] as const) {
        const answer = await server().send('GET', path)
        assert.equal(answer.status, 400, `${path} ${answer.text}`)
        assert.match(answer.text, said)
      }
    })

    it('stop to work when they are retired or deleted', async () => {
      const stops = parameter('stops', {
        base: ['Patient'],
        type: 'string',
        expression: 'Patient.name.given',
      })
      const strict = () =>
        server().send('GET', '/Patient?stops=x', undefined, { prefer: 'handling=strict' })
      await put(stops)
      assert.equal((await strict()).status, 200)
      await put({ ...stops, status: 'retired' })
      assert.equal((await strict()).status, 400)
      await put({ ...stops, status: 'draft' })
      assert.equal((await strict()).status, 200)
      assert.equal((await server().send('DELETE', '/SearchParameter/stops')).status, 204)
      assert.equal((await strict()).status, 400)
    })

    it('may widen one of R4 that they are derived from', async () => {
      await put({
        resourceType: 'Organization',
        id: 'o1',
        name: 'A',
        extension: [{ url: 'http://x/road', valueString: 'Sejong-daero' }],
      })
      await put(
        parameter('org-address', {
          code: 'address',
          base: ['Organization'],
          type: 'string',
          derivedFrom: 'http://hl7.org/fhir/SearchParameter/Organization-address',
          expression:
            "Organization.address | Organization.extension('http://x/road').value.ofType(string)",
        }),
      )
      await put({
        resourceType: 'Organization',
        id: 'o2',
        name: 'B',
        address: [{ city: 'Sejong' }],
      })
      await indexed()
      assert.deepEqual(await ids('/Organization?address=sejong'), ['o1', 'o2'])
    })

    const REFUSED: readonly (readonly [what: string, more: object, at: string, said: RegExp])[] = [
      ['a special one', { type: 'special', expression: 'Patient.name' }, 'type', /token, string/],
      [
        'an expression that does not parse',
        { type: 'string', expression: 'Patient.name.where(' },
        'expression',
        /line 1, column \d+/,
      ],
      [
        'an element that is not there',
        { type: 'string', expression: 'Patient.nmae' },
        'expression',
        /leads to no element of Patient/,
      ],
      [
        'an element of another type',
        { type: 'date', expression: 'Patient.name' },
        'expression',
        /searched as a date/,
      ],
      [
        'an expression without end',
        {
          type: 'string',
          expression: `Patient.name | ${'Patient.name | '.repeat(200)}Patient.name`,
        },
        'expression',
        /2000 characters/,
      ],
      [
        'a code with a colon',
        { type: 'string', code: 'a:b', expression: 'Patient.name' },
        'code',
        /A-Z a-z/,
      ],
      [
        'the code of one of R4',
        { type: 'string', code: 'birthdate', expression: 'Patient.name' },
        'code',
        /individual-birthdate/,
      ],
      [
        'the code of another one',
        { type: 'token', code: 'birth-order', expression: 'Patient.gender' },
        'code',
        /birth-order/,
      ],
      [
        'the url of one of R4',
        {
          type: 'string',
          url: 'http://hl7.org/fhir/SearchParameter/Patient-name',
          code: 'nom',
          expression: 'Patient.address',
        },
        'url',
        /FHIR R4/,
      ],
      [
        'a part that is not known',
        {
          type: 'composite',
          expression: 'Patient',
          component: [
            { definition: `${URL}/nope`, expression: 'name' },
            { definition: `${URL}/ward`, expression: 'name' },
          ],
        },
        'component[0].definition',
        /no search parameter/,
      ],
    ]
    for (const [what, more, at, said] of REFUSED)
      it(`with ${what} is refused`, async () => {
        const answer = await put(parameter('refused', { base: ['Patient'], ...more }), 422)
        const [issue] = answer.body.issue
        assert.deepEqual(issue.expression, [`SearchParameter.${at}`])
        assert.match(issue.diagnostics, said)
        assert.equal((await server().send('GET', '/SearchParameter/refused')).status, 404)
      })

    it('may be kept without working: without an expression, or as R4 has it', async () => {
      await put(parameter('nowhere', { base: ['Patient'], type: 'string' }))
      await put({
        ...parameter('own', { base: ['Patient'], type: 'string', code: 'name' }),
        url: 'http://hl7.org/fhir/SearchParameter/Patient-name',
        expression: 'Patient.name',
      })
      const strict = { prefer: 'handling=strict' }
      assert.equal(
        (await server().send('GET', '/Patient?nowhere=x', undefined, strict)).status,
        400,
      )
      assert.deepEqual(await ids('/Patient?name=kim'), ['p1'])
    })

    it('are told by $validate what a write would be told', async () => {
      const wrong = parameter('wrong', {
        base: ['Patient'],
        type: 'special',
        expression: 'Patient',
      })
      const of = async (query: string) =>
        (await server().send('POST', `/SearchParameter/$validate${query}`, wrong)).body.issue[0]
          .severity
      assert.equal(await of(''), 'information')
      assert.equal(await of('?mode=update'), 'error')
    })

    it('are not made slow by an expression that takes for ever', async () => {
      await put(
        parameter('slow', {
          base: ['Basic'],
          type: 'string',
          expression:
            'Basic.extension.where(%resource.descendants().descendants().descendants().count() > 5).value',
        }),
      )
      const extension = Array.from({ length: 300 }, (_, i) => ({
        url: `http://x/${String(i)}`,
        valueString: 'v',
      }))
      const began = performance.now()
      await put({ resourceType: 'Basic', id: 'wide', code: { text: 'x' }, extension })
      assert.ok(performance.now() - began < 1500)
      await server().send('DELETE', '/SearchParameter/slow')
      await indexed()
    })
  },
  { REFRESH_MS: '60' },
)
