// The heaviest requests that the bounds let through, and a server in a thread to send them to.
// https://hl7.org/fhir/R4/http.html
// Must not hold answers longer than it counts them.
import { Worker } from 'node:worker_threads'

export type Heavy = {
  readonly name: string
  readonly method: string
  readonly path: string
  readonly body?: () => string | Uint8Array<ArrayBuffer>
  readonly type?: string
  readonly accept?: string
}

export type Measured = {
  readonly status: number
  readonly bytes: number
  /** CPU time of the longest turn of the server's event loop, ms. */
  readonly longest: number
}

export type BlockServer = {
  /** Store what the reading requests ask for. */
  prepare(size: number): Promise<void>
  measure(heavy: Heavy): Promise<Measured>
  close(): Promise<void>
}

export async function openBlockServer(
  settings: Readonly<Record<string, string>>,
): Promise<BlockServer> {
  const worker = new Worker(new URL('./block-server.ts', import.meta.url), { workerData: settings })
  const next = <T>(): Promise<T> =>
    new Promise((resolve, reject) => {
      worker.once('error', reject)
      worker.once('message', (message: T) => {
        worker.off('error', reject)
        resolve(message)
      })
    })
  const ask = <T>(message: string): Promise<T> => {
    const answer = next<T>()
    worker.postMessage(message)
    return answer
  }
  const base = await next<string>()
  const send = async ({ method, path, body, type, accept }: Omit<Heavy, 'name'>) => {
    const response = await fetch(base + path, {
      method,
      headers: {
        'content-type': type ?? 'application/fhir+json',
        accept: accept ?? 'application/fhir+json',
        'accept-encoding': 'identity',
      },
      ...(body === undefined ? {} : { body: body() }),
    })
    let bytes = 0
    for await (const chunk of response.body!) bytes += (chunk as Uint8Array).length
    return { status: response.status, bytes }
  }
  const measure = async (heavy: Omit<Heavy, 'name'>): Promise<Measured> => {
    // Made before, so that it isn't made in the meantime.
    const body = heavy.body?.()
    await ask('watch')
    const answer = await send({ ...heavy, ...(body === undefined ? {} : { body: () => body }) })
    return { ...answer, longest: await ask<number>('look') }
  }
  return {
    measure,
    prepare: async (size) => {
      for (const [method, path, body] of stored(size)) {
        const { status } = await send({ method, path, body })
        if (status >= 300) throw new Error(`${method} ${path}: ${String(status)}`)
      }
    },
    close: async () => {
      const ended = new Promise((resolve) => worker.once('exit', resolve))
      worker.postMessage('close')
      await ended
    },
  }
}

const XML = 'application/fhir+xml'

const observation = (components: number, id?: string, subject = 'Patient/heavy') => ({
  resourceType: 'Observation',
  ...(id === undefined ? {} : { id }),
  status: 'final',
  code: { coding: [{ system: 'http://loinc.org', code: '8867-4' }] },
  subject: { reference: subject },
  effectiveDateTime: '2026-01-01T00:00:00Z',
  component: Array.from({ length: components }, (_, i) => ({
    code: { coding: [{ system: 'http://loinc.org', code: `c-${String(i % 100)}` }] },
    valueQuantity: {
      value: i / 10,
      unit: 'mmHg',
      system: 'http://unitsofmeasure.org',
      code: 'mm[Hg]',
    },
  })),
})

const patient = (names: number) => ({
  resourceType: 'Patient',
  id: 'heavy',
  name: Array.from({ length: names }, (_, i) => ({
    family: `Family${String(i)}`,
    given: ['A', 'B'],
  })),
})

const bundle = (type: string, length: number, entry: (i: number) => object): string =>
  JSON.stringify({
    resourceType: 'Bundle',
    type,
    entry: Array.from({ length }, (_, i) => entry(i)),
  })

const put = (resource: { resourceType: string; id?: string }) => ({
  request: { method: 'PUT', url: `${resource.resourceType}/${resource.id ?? ''}` },
  resource,
})

const post = (resource: { resourceType: string }) => ({
  request: { method: 'POST', url: resource.resourceType },
  resource,
})

const patch = (operations: number): string =>
  JSON.stringify({
    resourceType: 'Parameters',
    parameter: Array.from({ length: operations }, (_, i) => ({
      name: 'operation',
      part: [
        { name: 'type', valueCode: 'replace' },
        { name: 'path', valueString: `Patient.name.where(family = 'Family${String(i)}').given[0]` },
        { name: 'value', valueString: 'C' },
      ],
    })),
  })

const COMPONENT =
  '<component><code><coding><system value="http://loinc.org"/><code value="8480-6"/></coding></code><valueQuantity><value value="120"/><unit value="mmHg"/><system value="http://unitsofmeasure.org"/><code value="mm[Hg]"/></valueQuantity></component>'

const xmlObservation = (components: number): string =>
  `<Observation xmlns="http://hl7.org/fhir"><status value="final"/><code><text value="x"/></code>${COMPONENT.repeat(components)}</Observation>`

const xmlTransaction = (entries: number): string => {
  const entry = `<entry><resource>${xmlObservation(12)}</resource><request><method value="POST"/><url value="Observation"/></request></entry>`
  return `<Bundle xmlns="http://hl7.org/fhir"><type value="transaction"/>${entry.repeat(entries)}</Bundle>`
}

/** What reads need, `size` as for heavyRequests. */
function* stored(size: number): Generator<readonly [method: string, path: string, () => string]> {
  yield ['PUT', '/Patient/heavy', () => JSON.stringify(patient(400))]
  for (let i = 0; i < LARGE; i++) {
    const id = `big-${String(i)}`
    yield [
      'PUT',
      `/Observation/${id}`,
      () => JSON.stringify(observation(10_000 * size, id, 'Patient/other')),
    ]
  }
  for (let i = 0; i < 4; i++)
    yield ['POST', '', () => bundle('transaction', 1000 * size, () => post(observation(5)))]
}

/** Large resources of 1.4 MB each. */
const LARGE = 10
const ALL_LARGE = Array.from({ length: LARGE }, (_, i) => `big-${String(i)}`).join(',')

/**
 * @param size 1 for what is just within the bounds of fhir/limits.ts and of the settings' defaults (16 MB), or a part of it
 */
export function heavyRequests(size: number): readonly Heavy[] {
  const many = 5000 * size
  const large = (name: string, query: string, accept?: string): Heavy => ({
    name,
    method: 'GET',
    path: `/Observation?_id=${ALL_LARGE}${query}`,
    ...(accept === undefined ? {} : { accept }),
  })
  const send = (
    name: string,
    [method, path]: readonly [string, string],
    body: () => string,
    type?: string,
  ): Heavy => ({ name, method, path, body, ...(type === undefined ? {} : { type }) })
  const one = '/Observation/one'
  return [
    send('a transaction of many creates', ['POST', ''], () =>
      bundle('transaction', many, () => post(observation(1))),
    ),
    send('a batch of many creates', ['POST', ''], () =>
      bundle('batch', many, () => post(observation(1))),
    ),
    send('a transaction of few large resources', ['POST', ''], () =>
      bundle('transaction', LARGE, (i) => put(observation(10_000 * size, `t-${String(i)}`))),
    ),
    send('an update of a large resource', ['PUT', one], () =>
      JSON.stringify(observation(60_000 * size, 'one')),
    ),
    send('a large Binary', ['PUT', '/Binary/b'], () =>
      JSON.stringify({
        resourceType: 'Binary',
        id: 'b',
        contentType: 'a/b',
        data: 'QUJD'.repeat(7_500_000 * size),
      }),
    ),
    { name: 'a large resource', method: 'GET', path: one },
    { name: 'a large resource as XML', method: 'GET', path: one, accept: XML },
    { name: 'a large resource with _elements', method: 'GET', path: `${one}?_elements=status` },
    large('a large page', ''),
    large('a large page as XML', '', XML),
    large('a large page with _pretty', '&_pretty=true'),
    large('a large page with _summary', '&_summary=data'),
    { name: '$everything', method: 'GET', path: '/Patient/heavy/$everything?_count=1000' },
    { name: 'a history', method: 'GET', path: '/Observation/_history?_count=1000' },
    send('the first FHIRPath patch', ['PATCH', '/Patient/heavy'], () => patch(1)),
    send('a long FHIRPath patch', ['PATCH', '/Patient/heavy'], () => patch(400)),
    send(
      'a JSON patch of a large resource',
      ['PATCH', one],
      () => JSON.stringify([{ op: 'replace', path: '/status', value: 'amended' }]),
      'application/json-patch+json',
    ),
    send(
      'a large resource in XML',
      ['POST', '/Observation'],
      () => xmlObservation(65_000 * size),
      XML,
    ),
    send('a transaction in XML', ['POST', ''], () => xmlTransaction(4500 * size), XML),
    send('$validate', ['POST', '/Observation/$validate'], () =>
      JSON.stringify(observation(90_000 * size)),
    ),
    send('$validate of what is wrong', ['POST', '/Observation/$validate'], () =>
      JSON.stringify({ ...observation(90_000 * size), nonsense: 1 }),
    ),
    send('broken JSON', ['POST', '/Observation'], () =>
      JSON.stringify(observation(90_000 * size)).slice(0, -5),
    ),
  ]
}
