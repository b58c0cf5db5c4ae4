// Conditional references with chains see the data as the transaction leaves it: what it writes, and what it deletes.
// https://hl7.org/fhir/R4/http.html#trules
import assert from 'node:assert/strict'
import { onBothStores } from '../support/server.ts'
import { entry, observation, patient, transact, unique, type TestEntry } from './bundles.ts'

onBothStores('conditional references with chains', (server) => {
  const about = (id: string, more: object = {}) =>
    observation({ subject: { reference: id }, ...more })
  const coded = (code: string) => ({ code: { coding: [{ system: 'urn:c', code }] } })
  const report = (reference: string, type = 'result') => ({
    resourceType: 'DiagnosticReport',
    status: 'final',
    code: { text: 'x' },
    [type]: type === 'result' ? [{ reference }] : { reference },
  })
  /** Entries stored before, those of the transaction, the condition, and what it selects (or that it is none or several). */
  type Case = (n: string) => {
    readonly stored?: readonly TestEntry[]
    readonly entries: readonly TestEntry[]
    readonly condition: string
    readonly element?: 'subject'
    readonly selects: string
  }
  const put = (type: string, id: string, resource: object): TestEntry =>
    entry(`PUT ${type}/${id}`, { ...resource, id })

  const CASES: Record<string, Case> = {
    'sees both ends of a chain': (n) => ({
      entries: [put('Patient', n, patient(n)), put('Observation', `${n}-o`, about(`Patient/${n}`))],
      condition: `Observation?patient.identifier=urn:test|${n}`,
      selects: `Observation/${n}-o`,
    }),
    'sees a placeholder between them': (n) => ({
      entries: [
        entry('POST Patient', patient(n), {
          fullUrl: 'urn:uuid:7c9e6679-7425-40de-944b-e07fc1f90ae7',
        }),
        put('Observation', `${n}-o`, about('urn:uuid:7c9e6679-7425-40de-944b-e07fc1f90ae7')),
      ],
      condition: `Observation?subject:Patient.identifier=urn:test|${n}`,
      selects: `Observation/${n}-o`,
    }),
    'sees what is stored behind what is written': (n) => ({
      stored: [put('Patient', n, patient(n))],
      entries: [put('Observation', `${n}-o`, about(`Patient/${n}`))],
      condition: `Observation?patient.identifier=urn:test|${n}`,
      selects: `Observation/${n}-o`,
    }),
    'sees what is written behind what is stored': (n) => ({
      stored: [
        put('Patient', n, patient('old')),
        put('Observation', `${n}-o`, about(`Patient/${n}`)),
      ],
      entries: [put('Patient', n, patient(n))],
      condition: `Observation?patient.identifier=urn:test|${n}`,
      selects: `Observation/${n}-o`,
    }),
    'no longer sees what is written over': (n) => ({
      stored: [put('Patient', n, patient(n)), put('Observation', `${n}-o`, about(`Patient/${n}`))],
      entries: [put('Patient', n, patient('new'))],
      condition: `Observation?patient.identifier=urn:test|${n}`,
      selects: 'none',
    }),
    'no longer sees what is deleted': (n) => ({
      stored: [put('Patient', n, patient(n)), put('Observation', `${n}-o`, about(`Patient/${n}`))],
      entries: [entry(`DELETE Observation/${n}-o`)],
      condition: `Observation?patient.identifier=urn:test|${n}`,
      selects: 'none',
    }),
    'counts what is stored and what is written': (n) => ({
      stored: [put('Patient', n, patient(n)), put('Observation', `${n}-o`, about(`Patient/${n}`))],
      entries: [put('Observation', `${n}-p`, about(`Patient/${n}`))],
      condition: `Observation?patient.identifier=urn:test|${n}`,
      selects: 'several',
    }),
    'goes the other way': (n) => ({
      stored: [put('Patient', n, patient(n))],
      entries: [put('Observation', `${n}-o`, about(`Patient/${n}`, coded(n)))],
      condition: `Patient?_has:Observation:patient:code=urn:c|${n}`,
      element: 'subject',
      selects: `Patient/${n}`,
    }),
    'goes the other way to what is written': (n) => ({
      stored: [
        put('Patient', n, patient('x')),
        put('Observation', `${n}-o`, about(`Patient/${n}`, coded(n))),
      ],
      entries: [put('Patient', n, patient(n))],
      condition: `Patient?_has:Observation:patient:code=urn:c|${n}&identifier=urn:test|${n}`,
      element: 'subject',
      selects: `Patient/${n}`,
    }),
    'goes the other way to nothing that is deleted': (n) => ({
      stored: [
        put('Patient', n, patient(n)),
        put('Observation', `${n}-o`, about(`Patient/${n}`, coded(n))),
      ],
      entries: [entry(`DELETE Observation/${n}-o`)],
      condition: `Patient?_has:Observation:patient:code=urn:c|${n}`,
      element: 'subject',
      selects: 'none',
    }),
    'goes along two references': (n) => ({
      stored: [put('Organization', n, { resourceType: 'Organization', name: n })],
      entries: [
        put('Patient', n, patient(n, { managingOrganization: { reference: `Organization/${n}` } })),
        put('Observation', `${n}-o`, about(`Patient/${n}`)),
      ],
      condition: `Observation?patient.organization.name=${n}`,
      selects: `Observation/${n}-o`,
    }),
    'takes a filter and a denial': (n) => ({
      stored: [
        put('Patient', n, patient(n)),
        put('Observation', `${n}-o`, about(`Patient/${n}`, coded(n))),
        put('Observation', `${n}-p`, about(`Patient/${n}`, coded('other'))),
      ],
      entries: [put('Patient', n, patient(n, { gender: 'female' }))],
      condition: `Observation?_filter=patient.gender eq female and patient.identifier eq "urn:test|${n}" and not (code eq other)`,
      selects: `Observation/${n}-o`,
    }),
  }

  for (const [title, make] of Object.entries(CASES))
    it(title, async () => {
      const n = unique()
      const { stored = [], entries, condition, element, selects } = make(n)
      if (stored.length > 0) {
        const before = await transact(server(), stored)
        assert.equal(before.status, 200, before.text)
      }
      const answer = await transact(server(), [
        ...entries,
        put('DiagnosticReport', `${n}-r`, report(condition, element)),
      ])
      if (selects === 'none' || selects === 'several') {
        assert.equal(answer.status, 412, answer.text)
        assert.equal(
          answer.body.issue[0].code,
          selects === 'none' ? 'not-found' : 'multiple-matches',
        )
        return
      }
      assert.equal(answer.status, 200, answer.text)
      const { body } = await server().send('GET', `/DiagnosticReport/${n}-r`)
      assert.equal((body.subject ?? body.result[0]).reference, selects)
    })
})
