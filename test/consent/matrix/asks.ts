// The ways to ask for what may be hidden: each says what it should come to, from what the caller sees.
// Must not know how a server decides.
import assert from 'node:assert/strict'
import type { FhirRequest, FhirResponse } from '../../../src/fhir/message.ts'
import { isSeen, patientsOf, refersTo, type Json, type Verdict } from './rules.ts'
import type { World } from './world.ts'

export type Send = (
  method: FhirRequest['method'],
  url: string,
  more?: { readonly body?: Json; readonly headers?: Record<string, string> },
) => Promise<FhirResponse>

/** What one caller sees of a world. */
export type View = {
  readonly world: World
  readonly verdict: (name: string) => Verdict
  /** Of a type that are seen, by name. */
  readonly seen: (type?: string) => readonly Json[]
}

const name = (r: Json): string => `${r.resourceType as string}/${r.id as string}`

/** How many decisions were compared. */
export type Compared = { cases: number }

const parsed = ({ body = '{}' }: FhirResponse): Json => JSON.parse(body) as Json

const found = (bundle: Json, mode?: string): string[] =>
  ((bundle.entry ?? []) as Json[])
    .filter((e) => e.search?.mode !== 'outcome' && (mode === undefined || e.search?.mode === mode))
    .map((e) => name(e.resource as Json))
    .sort()

const names = (resources: readonly Json[]): string[] => resources.map(name).sort()

function same(answer: FhirResponse, mode: string, expected: readonly Json[], why: string): void {
  assert.equal(answer.status, 200, `${why}: ${answer.body ?? ''}`)
  assert.deepEqual(found(parsed(answer), mode), names(expected), why)
}

/** Compare everything that one caller can ask about a world without changing it. */
export async function askAll(send: Send, view: View, why: string): Promise<number> {
  const { world } = view
  const all = [...world.resources.values()]
  const types = [...new Set(all.map((r) => r.resourceType as string))]
  const inWorld = `_tag=urn:test:world|${world.tag}`
  const own = `${inWorld}&_count=1000`
  let cases = 0

  for (const type of types) {
    const expected = view.seen(type)
    same(await send('GET', `${type}?${own}`), 'match', expected, `${why}: ${type}`)
    const counted = parsed(await send('GET', `${type}?${inWorld}&_summary=count`))
    assert.equal(counted.total, expected.length, `${why}: count of ${type}`)
    const total = parsed(await send('GET', `${type}?${inWorld}&_total=accurate&_count=2`))
    assert.equal(total.total, expected.length, `${why}: total of ${type}`)
    cases += all.filter((r) => r.resourceType === type).length * 3
  }
  const clinical = types.filter(
    (t) => !['Organization', 'Practitioner', 'PractitionerRole'].includes(t),
  )
  same(
    await send('GET', `?_type=${clinical.join(',')}&${own}`),
    'match',
    view.seen().filter((r) => clinical.includes(r.resourceType as string)),
    `${why}: over types`,
  )
  cases += all.length

  for (const r of all) {
    const at = `${why}: ${name(r)} (${view.verdict(name(r))})`
    for (const url of [name(r), `${name(r)}/_history/1`, `${name(r)}/_history`]) {
      const { status } = await send('GET', url)
      // Who is permitted but for the law of the country is told which.
      const hidden = view.verdict(name(r)) === 'border' ? [403, 404] : [404]
      const wanted = isSeen(view.verdict(name(r))) ? [200] : hidden
      assert.ok(wanted.includes(status), `${at}: GET ${url} answers ${String(status)}`)
      cases++
    }
  }

  for (const type of ['Observation', 'Consent']) {
    const answer = parsed(await send('GET', `${type}/_history?_count=1000`))
    const listed = ((answer.entry ?? []) as Json[]).map((e) => name(e.resource as Json))
    const those = listed.filter((one) => world.resources.has(one)).sort()
    assert.deepEqual(those, names(view.seen(type)), `${why}: history of ${type}`)
    cases += all.filter((r) => r.resourceType === type).length
  }

  const refersToSeen = (
    r: Json,
    path: (r: Json) => string[],
    test: (target: Json) => boolean,
  ): boolean =>
    path(r).some((one) => {
      const target = world.resources.get(one)
      return target !== undefined && isSeen(view.verdict(one)) && test(target)
    })
  const subject = (r: Json): string[] => [r.subject?.reference as string]
  const observations = view.seen('Observation')
  const male = observations.filter((r) => refersToSeen(r, subject, (p) => p.gender === 'male'))
  same(
    await send('GET', `Observation?subject:Patient.gender=male&${own}`),
    'match',
    male,
    `${why}: chain`,
  )
  const glucose = (r: Json): boolean => r.code.coding[0].code === '2339-0'
  const having = view
    .seen('Patient')
    .filter((p) => observations.some((o) => glucose(o) && o.subject.reference === name(p)))
  same(
    await send('GET', `Patient?_has:Observation:subject:code=2339-0&${own}`),
    'match',
    having,
    `${why}: _has`,
  )
  const deep = view.seen('DiagnosticReport').filter((r) =>
    refersToSeen(
      r,
      (x) => ((x.result ?? []) as Json[]).map((y) => y.reference as string),
      (o) => refersToSeen(o, subject, (p) => p.gender === 'female'),
    ),
  )
  same(
    await send('GET', `DiagnosticReport?result:Observation.subject:Patient.gender=female&${own}`),
    'match',
    deep,
    `${why}: long chain`,
  )
  const absent = view
    .seen('Encounter')
    .filter((r) => !refersToSeen(r, subject, (p) => p.gender === 'male'))
  same(
    await send('GET', `Encounter?_filter=not(subject.gender eq male)&${own}`),
    'match',
    absent,
    `${why}: not of a chain`,
  )
  cases += all.length * 4

  const withSubjects = parsed(await send('GET', `Observation?${own}&_include=Observation:subject`))
  const subjects = new Set(
    observations.flatMap((r) => subject(r)).filter((one) => isSeen(view.verdict(one))),
  )
  assert.deepEqual(found(withSubjects, 'include'), [...subjects].sort(), `${why}: _include`)
  const withObservations = parsed(
    await send('GET', `Patient?${own}&_revinclude=Observation:subject`),
  )
  const patients = new Set(names(view.seen('Patient')))
  assert.deepEqual(
    found(withObservations, 'include'),
    names(observations.filter((r) => patients.has(r.subject.reference as string))),
    `${why}: _revinclude`,
  )
  const further = parsed(
    await send(
      'GET',
      `DiagnosticReport?${own}&_include=DiagnosticReport:result&_include:iterate=Observation:encounter`,
    ),
  )
  const results = view
    .seen('DiagnosticReport')
    .flatMap((r) => ((r.result ?? []) as Json[]).map((x) => x.reference as string))
    .filter((one) => isSeen(view.verdict(one)))
  const encounters = results
    .map((one) => world.resources.get(one)?.encounter?.reference as string | undefined)
    .filter((one): one is string => one !== undefined && isSeen(view.verdict(one)))
  assert.deepEqual(
    found(further, 'include'),
    [...new Set([...results, ...encounters])].sort(),
    `${why}: :iterate`,
  )
  cases += all.length * 3

  for (const patient of all.filter((r) => r.resourceType === 'Patient')) {
    const inside = view.seen().filter((r) => patientsOf(r).includes(name(patient)))
    const everything = await send('GET', `${name(patient)}/$everything?_count=1000`)
    if (!isSeen(view.verdict(name(patient)))) {
      assert.ok(
        [403, 404].includes(everything.status),
        `${why}: ${name(patient)}/$everything ${String(everything.status)}`,
      )
    } else {
      // The log grows by each question, and is not of this world.
      const listed = found(parsed(everything)).filter((one) => world.resources.has(one))
      for (const one of names(inside))
        assert.ok(listed.includes(one), `${why}: $everything lacks ${one}`)
      for (const one of listed)
        assert.ok(isSeen(view.verdict(one)), `${why}: $everything of ${name(patient)} shows ${one}`)
    }
    const compartment = await send('GET', `${name(patient)}/Observation?_count=1000`)
    if (isSeen(view.verdict(name(patient))) || compartment.status === 200)
      assert.deepEqual(
        found(parsed(compartment), 'match'),
        names(inside.filter((r) => r.resourceType === 'Observation')),
        `${why}: compartment of ${name(patient)}`,
      )
    const lastn = await send(
      'GET',
      `Observation/$lastn?subject=${name(patient)}&code=2339-0,718-7,8867-4&max=50`,
    )
    assert.equal(lastn.status, 200, `${why}: $lastn ${lastn.body ?? ''}`)
    assert.deepEqual(
      found(parsed(lastn), 'match'),
      names(observations.filter((r) => r.subject.reference === name(patient))),
      `${why}: $lastn of ${name(patient)}`,
    )
    cases += all.length * 3
  }

  const batch = parsed(
    await send('POST', '', {
      body: {
        resourceType: 'Bundle',
        type: 'batch',
        entry: all.map((r) => ({ request: { method: 'GET', url: name(r) } })),
      },
    }),
  )
  ;(batch.entry as Json[]).forEach((e, i) => {
    const verdict = view.verdict(name(all[i]!))
    const status = Number((e.response.status as string).slice(0, 3))
    const wanted = isSeen(verdict) ? [200] : verdict === 'border' ? [403, 404] : [404]
    assert.ok(
      wanted.includes(status),
      `${why}: batch GET ${name(all[i]!)} answers ${String(status)}`,
    )
  })
  return cases + all.length
}

/** Try to change what isn't the caller's own: refused alike whether it is there or not. */
export async function tryWrites(send: Send, view: View, why: string): Promise<number> {
  let cases = 0
  const foreign = [...view.world.resources.values()].filter(
    (r) => r.resourceType === 'Observation' && view.verdict(name(r)) !== 'own',
  )
  for (const r of foreign) {
    const at = `${why}: ${name(r)} (${view.verdict(name(r))})`
    const seen = isSeen(view.verdict(name(r)))
    const changed = { ...r, status: 'amended' }
    const refused = seen ? [403] : view.verdict(name(r)) === 'border' ? [403, 404] : [404]
    const patch = await send('PATCH', name(r), {
      body: [{ op: 'replace', path: '/status', value: 'amended' }] as unknown as Json,
      headers: { 'content-type': 'application/json-patch+json' },
    })
    assert.ok(refused.includes(patch.status), `${at}: PATCH ${String(patch.status)}`)
    const gone = await send('DELETE', name(r))
    assert.ok(
      seen ? gone.status === 403 : [200, 204, ...refused].includes(gone.status),
      `${at}: DELETE ${String(gone.status)}`,
    )
    // Whether a hidden one has this id must not show: as for an id that nobody has.
    const put = await send('PUT', name(r), { body: changed })
    const nobody = await send('PUT', `${name(r)}x`, {
      body: { ...changed, id: `${r.id as string}x` },
    })
    assert.equal(put.status, 403, `${at}: PUT`)
    assert.equal(nobody.status, 403, `${at}: PUT of an id that nobody has`)
    if (!seen)
      assert.equal(
        put.body?.replaceAll(r.id as string, ''),
        nobody.body?.replaceAll(`${r.id as string}x`, ''),
        at,
      )
    const still = view.world.resources.get(name(r))
    assert.equal(still?.status, 'final')
    cases += 4
    const { value } = (r.identifier?.[0] ?? {}) as Json
    if (value === undefined) continue
    // In a transaction that fails for another reason, so that nothing is written.
    const conditional = await send('POST', '', {
      body: {
        resourceType: 'Bundle',
        type: 'transaction',
        entry: [
          {
            resource: {
              resourceType: 'Basic',
              code: { text: 'x' },
              subject: { reference: `Observation?identifier=urn:test|${value as string}` },
            },
            request: { method: 'POST', url: 'Basic' },
          },
          { request: { method: 'GET', url: 'Patient/nobody-has-this-id' } },
        ],
      },
    })
    // A conditional reference to what is hidden finds none; to what is seen, the missing read fails it.
    assert.ok(
      [400, 404, 409, 412, 422].includes(conditional.status),
      `${at}: transaction ${String(conditional.status)}`,
    )
    assert.ok(seen || !(conditional.body ?? '').includes(r.id as string), `${at}: its id is told`)
    cases++
  }
  return cases
}

export { refersTo }
