// $de-identify over HTTP: nothing of anybody in the bytes, k people alike, consents asked; on both stores.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { onBothStores, type Answer } from '../support/server.ts'

const HL7 = 'http://terminology.hl7.org/CodeSystem'
const DAY = 86_400_000

/** Texts that must not be found again, each begun by a mark. */
const secret = fc.string({ minLength: 1, maxLength: 12 }).map((text) => `geheim ${text.trim()}x`)
const secretId = fc.stringMatching(/^[a-z0-9]{8}$/).map((text) => `geheim-${text}`)

const patient = fc.record({
  name: fc.array(
    fc.record({ family: secret, given: fc.array(secret, { minLength: 1 }), text: secret }),
  ),
  value: secret,
  phone: secret,
  street: secret,
  city: secret,
  note: secret,
  gender: fc.constantFrom('male', 'female'),
  year: fc.integer({ min: 1920, max: 2020 }),
  month: fc.integer({ min: 1, max: 12 }),
  state: fc.constantFrom('KZ-75', 'KZ-15', 'geheim-almaty'),
  // Days between what happened.
  gaps: fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 2, maxLength: 4 }),
})

const PERMIT = {
  type: 'permit',
  purpose: [{ system: `${HL7}/v3-ActReason`, code: 'TRAIN' }],
}

const consent = (id: string, provision: object, more: object = {}) => ({
  resourceType: 'Consent',
  status: 'active',
  scope: { coding: [{ system: `${HL7}/consentscope`, code: 'patient-privacy' }] },
  category: [{ coding: [{ system: 'http://loinc.org', code: '59284-0' }] }],
  policy: [{ uri: 'http://ieum.example/policy' }],
  patient: { reference: `Patient/${id}` },
  provision,
  ...more,
})

type Part = { readonly name: string; readonly part?: readonly Part[]; readonly [e: string]: any }

const partOf = (parts: readonly Part[], ...names: string[]): any => {
  const [name, ...rest] = names
  const found = parts.find((part) => part.name === name)
  return rest.length === 0 ? found : partOf(found?.part ?? [], ...rest)
}
const resultOf = ({ body }: Answer) => partOf(body.parameter, 'result').resource
const reportOf = ({ body }: Answer): Part[] => partOf(body.parameter, 'report').resource.parameter
const number = (answer: Answer, ...names: string[]): number =>
  partOf(reportOf(answer), ...names).valueInteger
const of = (answer: Answer, type: string): any[] =>
  (resultOf(answer).entry ?? [])
    .map(({ resource }: any) => resource)
    .filter(({ resourceType }: any) => resourceType === type)

onBothStores(
  '$de-identify',
  (server) => {
    const send = (method: string, path: string, body?: unknown, headers = {}) =>
      server().send(method, `/${path}`, body, headers)
    const put = async (resource: { resourceType: string; id: string; [e: string]: unknown }) => {
      const answer = await send('PUT', `${resource.resourceType}/${resource.id}`, resource)
      assert.equal(answer.status, 201, answer.text)
    }

    describe('of a cohort', () => {
      const people = fc.sample(fc.tuple(secretId, patient), { numRuns: 20, seed: 7 })
      const dates: string[] = []
      let json: Answer
      let xml: Answer

      before(async function () {
        this.timeout(60_000)
        const entry: object[] = []
        const add = (resource: Record<string, unknown>): void => {
          const id = typeof resource['id'] === 'string' ? `/${resource['id']}` : ''
          const url = `${String(resource['resourceType'])}${id}`
          entry.push({ resource, request: { method: id === '' ? 'POST' : 'PUT', url } })
        }
        people.forEach(([id, one], i) => {
          const about = { reference: `Patient/${id}` }
          // No shift by a year at most makes one of these dates another.
          let day = Date.UTC(2015, 0, 1) + i * DAY
          add({
            resourceType: 'Patient',
            id,
            ...(one.name.length === 0 ? {} : { name: one.name }),
            identifier: [{ system: 'urn:geheim', value: one.value }],
            telecom: [{ system: 'phone', value: one.phone }],
            gender: one.gender,
            birthDate: `${one.year}-${String(one.month).padStart(2, '0')}-17`,
            address: [{ line: [one.street], city: one.city, state: one.state, country: 'KZ' }],
            text: {
              status: 'generated',
              div: '<div xmlns="http://www.w3.org/1999/xhtml">geheim</div>',
            },
            extension: [{ url: 'http://geheim.example/x', valueString: one.note }],
          })
          // The last four give none.
          if (i < 16) add(consent(id, PERMIT))
          one.gaps.forEach((gap, n) => {
            day += (gap + 730 * n) * DAY
            const date = new Date(day).toISOString().slice(0, 10)
            dates.push(date)
            add({
              resourceType: 'Observation',
              id: `${id}-${n}`,
              status: 'final',
              code: {
                coding: [{ system: 'http://loinc.org', code: '2345-7', display: one.note }],
                text: one.note,
              },
              subject: { ...about, display: one.note },
              performer: [{ display: one.note }],
              effectiveDateTime: `${date}T08:15:00+05:00`,
              ...(n === 0
                ? { valueString: one.note }
                : {
                    valueQuantity: {
                      value: 5,
                      unit: 'mg/dL',
                      system: 'http://unitsofmeasure.org',
                      code: 'mg/dL',
                    },
                  }),
              // Without its unit it is no range.
              referenceRange: [{ low: { value: 1, unit: one.note } }],
              note: [{ text: one.note }],
              contained: [
                { resourceType: 'Practitioner', id: 'geheim', name: [{ text: one.note }] },
              ],
              ...(n === 1 ? { hasMember: [{ reference: `Observation/${id}-0` }] } : {}),
              encounter: { reference: '#geheim' },
            })
          })
        })
        for (const one of entry as { resource: any }[]) {
          if (one.resource.resourceType !== 'Observation') continue
          delete one.resource.encounter
          one.resource.performer.push({ reference: '#geheim' })
        }
        const loaded = await send('POST', '', {
          resourceType: 'Bundle',
          type: 'transaction',
          entry,
        })
        assert.equal(loaded.status, 200, loaded.text)
        json = await send('POST', 'Patient/$de-identify')
        assert.equal(json.status, 200, json.text)
        xml = await send('GET', 'Patient/$de-identify', undefined, {
          accept: 'application/fhir+xml',
        })
        assert.equal(xml.status, 200, xml.text)
      })

      it('has no text, no id and no date of the originals, in JSON and in XML', () => {
        for (const { text } of [json, xml]) {
          assert.doesNotMatch(text, /geheim/i)
          for (const date of dates) assert.ok(!text.includes(date), date)
          assert.doesNotMatch(text, /-17"/)
        }
        // The same pseudonyms, called twice.
        for (const { id } of of(json, 'Patient')) assert.ok(xml.text.includes(id))
      })

      it('has those alone who consented, and counts the others', () => {
        assert.equal(of(json, 'Patient').length, 16)
        assert.equal(number(json, 'patients', 'asked'), 20)
        assert.equal(number(json, 'patients', 'included'), 16)
        assert.equal(number(json, 'patients', 'without-consent'), 4)
      })

      it('tells nobody apart from fewer than four others', () => {
        const alike = new Map<string, number>()
        for (const { gender, birthDate, _birthDate, address } of of(json, 'Patient')) {
          const key = JSON.stringify([gender, birthDate, _birthDate, address])
          assert.match(birthDate ?? '1900', /^\d{4}$/)
          alike.set(key, (alike.get(key) ?? 0) + 1)
        }
        for (const [key, people] of alike) assert.ok(people >= 5, `${people} of ${key}`)
        assert.ok(number(json, 'anonymity', 'reached') >= 5)
        assert.equal(number(json, 'anonymity', 'k'), 5)
      })

      it('keeps what lay between two dates of a patient, and whose they are', () => {
        const byPatient = new Map<string, number[]>()
        for (const { subject, effectiveDateTime } of of(json, 'Observation')) {
          assert.match(effectiveDateTime, /T08:15:00Z$/)
          const times = byPatient.get(subject.reference) ?? []
          byPatient.set(subject.reference, [...times, Date.parse(effectiveDateTime)])
        }
        const ids = of(json, 'Patient').map(({ id }) => `Patient/${id}`)
        assert.deepEqual([...byPatient.keys()].sort(), ids.sort())
        const spans = (times: readonly number[]): string => {
          const sorted = [...times].sort((a, b) => a - b)
          return sorted
            .slice(1)
            .map((time, i) => (time - sorted[i]!) / DAY)
            .join()
        }
        const original = people.slice(0, 16).map(([, { gaps }]) =>
          gaps
            .slice(1)
            .map((gap, i) => gap + 730 * (i + 1))
            .join(),
        )
        assert.deepEqual([...byPatient.values()].map(spans).sort(), original.sort())
      })

      it('is valid R4, labelled, and refers to nothing that is not in it', async () => {
        const bundle = resultOf(json)
        const checked = await send('POST', 'Bundle/$validate', bundle)
        const wrong = checked.body.issue.filter(({ severity }: any) => severity === 'error')
        assert.deepEqual(wrong, [])
        const names = new Set(
          bundle.entry.map(({ resource }: any) => `${resource.resourceType}/${resource.id}`),
        )
        for (const [, name = ''] of json.text.matchAll(
          /"reference":"((?:Patient|Observation)\/[^"]+)"/g,
        ))
          assert.ok(names.has(name), name)
        for (const { resource } of bundle.entry)
          assert.ok(resource.meta.security.some(({ code }: any) => code === 'PSEUDED'))
      })

      it('is kept as a draft, with a Task that asks for its review', async () => {
        const { reference } = partOf(json.body.parameter, 'task').valueReference
        const task = await send('GET', reference)
        assert.deepEqual(
          [task.body.status, task.body.intent, task.body.meta.tag[0].code],
          ['requested', 'order', 'draft'],
        )
        const kept = await send('GET', task.body.focus.reference)
        assert.deepEqual(kept.body.entry, resultOf(json).entry)
        assert.doesNotMatch(task.text, /geheim/)
        assert.equal(xml.text.includes('Task/'), false)
      })

      it('can be a part of the patients, or a Group', async () => {
        const some = await send('POST', 'Patient/$de-identify?gender=female')
        const women = people.filter(([, { gender }]) => gender === 'female').length
        assert.equal(number(some, 'patients', 'asked'), women)
        await put({
          resourceType: 'Group',
          id: 'g',
          type: 'person',
          actual: true,
          member: people.slice(0, 8).map(([id], i) => ({
            entity: { reference: `Patient/${id}` },
            ...(i === 0 ? { inactive: true } : {}),
          })),
        })
        const group = await send('GET', 'Group/g/$de-identify')
        assert.equal(of(group, 'Patient').length, 7)
      })
    })

    describe('of a patient', () => {
      const about = { reference: 'Patient/one' }
      before(async () => {
        await put({ resourceType: 'Patient', id: 'one', gender: 'male', birthDate: '1971-05-06' })
        for (const [id, security] of [
          ['open', []],
          ['closed', [{ system: `${HL7}/v3-ActCode`, code: 'PSY' }]],
        ] as const)
          await put({
            resourceType: 'Condition',
            id,
            ...(security.length === 0 ? {} : { meta: { security } }),
            subject: about,
            code: { coding: [{ system: 'http://hl7.org/fhir/sid/icd-10', code: 'I10' }] },
            onsetDateTime: '2019-03-04',
          })
      })

      const asked = async (...consents: object[]): Promise<Answer> => {
        const written: string[] = []
        for (const one of consents) {
          const answer = await send('POST', 'Consent', one)
          assert.equal(answer.status, 201, answer.text)
          written.push(`Consent/${answer.body.id}`)
        }
        try {
          return await send('GET', 'Patient/one/$de-identify')
        } finally {
          for (const one of written) await send('DELETE', one)
        }
      }
      const purpose = (code: string) => ({ purpose: [{ system: `${HL7}/v3-ActReason`, code }] })

      it('asks for a consent that names the purpose', async () => {
        const found = async (provision: object, more: object = {}): Promise<number> =>
          of(await asked(consent('one', provision, more)), 'Patient').length
        assert.equal(of(await asked(), 'Patient').length, 0)
        assert.equal(await found({ type: 'permit', ...purpose('TRAIN') }), 1)
        assert.equal(await found({ type: 'permit', ...purpose('TREAT') }), 0)
        assert.equal(await found({ type: 'permit' }), 0)
        assert.equal(await found({ type: 'permit', ...purpose('HRESCH') }), 0)
        assert.equal(await found({ type: 'permit', ...purpose('HOPERAT') }), 1)
        assert.equal(
          await found({ type: 'permit', ...purpose('TRAIN') }, { status: 'inactive' }),
          0,
        )
        const over = { period: { start: '2001', end: '2002' } }
        assert.equal(await found({ type: 'permit', ...purpose('TRAIN'), ...over }), 0)
        const deny = consent('one', { type: 'deny' })
        assert.equal(of(await asked(consent('one', PERMIT), deny), 'Patient').length, 0)
      })

      it('leaves out what the consent leaves out', async () => {
        const answer = await asked(
          consent('one', {
            ...PERMIT,
            provision: [
              { type: 'deny', securityLabel: [{ system: `${HL7}/v3-ActCode`, code: 'PSY' }] },
            ],
          }),
        )
        assert.equal(of(answer, 'Condition').length, 1)
        assert.equal(number(answer, 'resources', 'withheld-by-consent'), 1)
      })

      it('takes a consent to research for research', async () => {
        const scope = { scope: { coding: [{ system: `${HL7}/consentscope`, code: 'research' }] } }
        await send('PUT', 'Consent/r', { ...consent('one', { type: 'permit' }, scope), id: 'r' })
        const research = await send('GET', 'Patient/one/$de-identify?purpose=HRESCH')
        assert.equal(of(research, 'Patient').length, 1)
        const teaching = await send('GET', 'Patient/one/$de-identify?purpose=TRAIN')
        assert.equal(of(teaching, 'Patient').length, 0)
        await send('DELETE', 'Consent/r')
      })

      it('tells nothing by which few would be known', async () => {
        const [only] = of(await asked(consent('one', PERMIT)), 'Patient')
        assert.equal(only.birthDate?.length ?? 4, 4)
        assert.notEqual(only.id, 'one')
      })

      it('refuses what it does not know', async () => {
        const refused = async (path: string): Promise<[number, string]> => {
          const { status, body } = await send('POST', path)
          return [status, body.issue[0].expression?.[0]]
        }
        assert.deepEqual(await refused('Patient/one/$de-identify?purpose=TREAT'), [400, 'purpose'])
        assert.deepEqual(await refused('Patient/one/$de-identify?names=keep'), [400, 'names'])
        assert.deepEqual(await refused('Patient/$de-identify?nmae=x'), [400, 'Patient?nmae'])
        assert.deepEqual(await refused('Patient/$de-identify?_count=5'), [400, '_count'])
        assert.equal((await send('POST', 'Patient/nobody/$de-identify')).status, 404)
        assert.equal((await send('PUT', 'Patient/one/$de-identify')).status, 405)
      })
    })

    describe('and its review', () => {
      const draft = async (): Promise<string> => {
        await send('PUT', 'Patient/two', { resourceType: 'Patient', id: 'two' })
        await send('PUT', 'Consent/two', { ...consent('two', PERMIT), id: 'two' })
        const answer = await send('POST', 'Patient/two/$de-identify')
        return partOf(answer.body.parameter, 'task').valueReference.reference
      }
      const review = (task: string, ...parameter: object[]) =>
        send('POST', `${task}/$review`, { resourceType: 'Parameters', parameter })
      const release = { name: 'outcome', valueCode: 'release' }

      it('releases it once', async () => {
        const task = await draft()
        const answer = await review(task, release)
        assert.deepEqual([answer.status, answer.body.status], [200, 'completed'])
        assert.equal((await review(task, release)).status, 409)
        const bundle = await send('GET', answer.body.focus.reference)
        assert.equal(bundle.body.meta.tag[0].code, 'released')
      })

      it('rejects it with a reason', async () => {
        const task = await draft()
        const reject = { name: 'outcome', valueCode: 'reject' }
        assert.equal((await review(task, reject)).status, 400)
        const answer = await review(task, reject, { name: 'reason', valueString: 'Too rare' })
        assert.deepEqual(
          [answer.body.status, answer.body.statusReason],
          ['rejected', { text: 'Too rare' }],
        )
      })

      it('does not release what was withdrawn on the way', async () => {
        const task = await draft()
        await send('DELETE', 'Consent/two')
        const answer = await review(task, release)
        assert.equal(answer.status, 409)
        assert.equal((await send('GET', task)).body.status, 'requested')
      })

      it('is the only way to change it', async () => {
        const task = await draft()
        const { body } = await send('GET', task)
        assert.equal((await send('PUT', task, { ...body, status: 'completed' })).status, 422)
        const { meta: _, ...bare } = body
        assert.equal((await send('PUT', task, { ...bare, status: 'completed' })).status, 403)
        const patch = [{ op: 'replace', path: '/meta/tag/0/code', value: 'released' }]
        const patched = await send('PATCH', body.focus.reference, patch, {
          'content-type': 'application/json-patch+json',
        })
        assert.equal(patched.status, 422)
        const forged = { resourceType: 'Bundle', type: 'collection', meta: body.meta }
        assert.equal((await send('POST', 'Bundle', forged)).status, 422)
        assert.equal((await review('Task/nothing', release)).status, 404)
        await send('PUT', 'Task/other', {
          resourceType: 'Task',
          id: 'other',
          status: 'requested',
          intent: 'order',
        })
        assert.equal((await review('Task/other', release)).status, 422)
        const unknown = { name: 'recipient', valueReference: { reference: 'Organization/no' } }
        assert.equal((await review(task, release, unknown)).status, 400)
      })
    })
  },
  { DEIDENTIFY_KEY: 'a key for the tests of this file' },
)
