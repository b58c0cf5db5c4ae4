// Mixed writes over HTTP, as fast as the server takes them, until it is gone; the ledger hears of each.
// Must not send anything again: what a lost connection leaves unknown stays unknown.
import type { Version } from '../../src/store/store.ts'
import type { Ledger } from './ledger.ts'

export type Load = {
  /** Resolves when all writers have ended: the server is gone, or `end` was called. */
  readonly done: Promise<void>
  end(): void
  /** Answers that are neither fulfilled nor one of the refusals that this load provokes: status and text. */
  readonly odd: readonly string[]
}

/** A resource that one writer has for itself. */
type Own = { readonly reference: string; version: number; live: boolean }

let marks = 0
let conditions = 0

/** Start writers. @param known what is in the store already, shared out among them */
export function startLoad(
  base: string,
  ledger: Ledger,
  known: ReadonlyMap<string, readonly Version[]>,
  random: () => number,
  writers = 8,
): Load {
  let ended = false
  const odd: string[] = []
  const shares: Own[][] = Array.from({ length: writers }, () => [])
  // A few of the latest, so that histories grow long.
  for (const [i, [reference, versions]] of [...known].slice(-10 * writers).entries()) {
    const last = versions.at(-1)
    if (last === undefined || last.text?.includes('"urn:once"') === true) continue
    const own = { reference, version: last.version, live: last.text !== undefined }
    shares[i % writers]?.push(own)
  }
  const write = async (own: Own[]): Promise<void> => {
    for (const writer = openWriter(base, ledger, own, random, odd); !ended;)
      if (!(await writer())) return
  }
  return {
    done: Promise.all(shares.map(write)).then(() => undefined),
    end: () => (ended = true),
    odd,
  }
}

type Answer = { readonly status: number; readonly headers: Headers; readonly text: string }

/** A function that does one write; false once the server is gone. */
function openWriter(
  base: string,
  ledger: Ledger,
  own: Own[],
  random: () => number,
  odd: string[],
): () => Promise<boolean> {
  const pick = <T>(list: readonly T[]): T | undefined => list[Math.floor(random() * list.length)]

  /** Undefined when nobody knows what became of it. */
  const send = async (
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer | undefined> => {
    try {
      const response = await fetch(base + path, {
        method,
        headers: {
          ...(body === undefined ? {} : { 'content-type': 'application/fhir+json' }),
          prefer: 'return=representation',
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      return { status: response.status, headers: response.headers, text: await response.text() }
    } catch {
      return undefined
    }
  }
  const versionOf = (answer: Answer): number =>
    Number(/W\/"(\d+)"/.exec(answer.headers.get('etag') ?? '')?.[1])

  const create = async (): Promise<boolean> => {
    const mark = nextMark()
    const type = random() < 0.5 ? 'Patient' : 'Observation'
    const attempt = ledger.begin(mark, 1)
    const answer = await send('POST', `/${type}`, resource(type, mark, random))
    if (answer === undefined) return false
    if (answer.status !== 201) return settle(attempt, answer)
    attempt.state = 'answered'
    const { id } = JSON.parse(answer.text) as { id: string }
    ledger.acknowledge(`${type}/${id}`, 1, answer.text)
    own.push({ reference: `${type}/${id}`, version: 1, live: true })
    return true
  }

  const settle = (
    attempt: { state: string },
    answer: Answer,
    ...about: (Own | undefined)[]
  ): true => {
    // What a server says that it could not do it may have done all the same; what it says is wrong it has not.
    if (answer.status < 500 || answer.text.includes('nothing was written'))
      attempt.state = 'refused'
    else for (const one of about) if (one !== undefined) own.splice(own.indexOf(one), 1)
    if (![409, 412, 503, 507].includes(answer.status))
      odd.push(`${String(answer.status)} ${answer.text.slice(0, 300)}`)
    return true
  }

  const change = async (one: Own, patch: boolean): Promise<boolean> => {
    const mark = nextMark()
    const [type = '', id] = one.reference.split('/')
    const attempt = ledger.begin(mark, 1)
    const stale = random() < 0.1
    const match =
      stale || random() < 0.5 ? { 'if-match': `W/"${String(one.version - (stale ? 1 : 0))}"` } : {}
    const answer = patch
      ? await send(
          'PATCH',
          `/${one.reference}`,
          [{ op: 'replace', path: '/identifier/0/value', value: mark }],
          { 'content-type': 'application/json-patch+json', ...match },
        )
      : await send('PUT', `/${one.reference}`, { ...resource(type, mark, random), id }, match)
    if (answer === undefined) return false
    if (answer.status >= 300) return settle(attempt, answer, one)
    attempt.state = 'answered'
    one.version = versionOf(answer)
    one.live = true
    ledger.acknowledge(one.reference, one.version, answer.text)
    return true
  }

  const remove = async (one: Own): Promise<boolean> => {
    const attempt = ledger.begin(nextMark(), 0, [`${one.reference}/${String(one.version + 1)}`])
    const answer = await send('DELETE', `/${one.reference}`)
    if (answer === undefined) return false
    if (answer.status >= 300) return settle(attempt, answer, one)
    attempt.state = 'answered'
    one.version = versionOf(answer)
    one.live = false
    ledger.acknowledge(one.reference, one.version, '')
    return true
  }

  const createOnce = async (): Promise<boolean> => {
    // Writers try the same conditions at about the same time.
    if (random() < 0.3) conditions++
    const condition = `c-${String(conditions)}`
    // Any of them may be the one that creates it.
    if (!ledger.attempted(condition)) ledger.begin(condition, 1)
    const answer = await send(
      'POST',
      '/Patient',
      {
        resourceType: 'Patient',
        identifier: [
          { system: 'urn:mark', value: condition },
          { system: 'urn:once', value: condition },
        ],
      },
      { 'if-none-exist': `identifier=urn:once|${condition}` },
    )
    if (answer === undefined) return false
    if (answer.status >= 300) return settle({ state: '' }, answer)
    const { id } = JSON.parse(answer.text) as { id: string }
    ledger.created(condition, `Patient/${id}`)
    if (answer.status === 201) ledger.acknowledge(`Patient/${id}`, 1, answer.text)
    return true
  }

  const transaction = async (one: Own | undefined, other: Own | undefined): Promise<boolean> => {
    const mark = nextMark()
    const entries: unknown[] = []
    const urn = (n: number) => `urn:uuid:00000000-0000-4000-8000-${String(n).padStart(12, '0')}`
    // Large ones take a way of their own, on another connection.
    const count = random() < 0.03 ? 300 : 1 + Math.floor(random() * 5)
    for (let n = 0; n < count; n++) {
      const type = n === 0 ? 'Patient' : 'Observation'
      const body = resource(type, mark, random)
      if (n > 0) Object.assign(body, { subject: { reference: urn(0) } })
      entries.push({ fullUrl: urn(n), request: { method: 'POST', url: type }, resource: body })
    }
    let marked = count
    if (one !== undefined) {
      const [type = '', id] = one.reference.split('/')
      const body = { ...resource(type, mark, random), id }
      entries.push({ request: { method: 'PUT', url: one.reference }, resource: body })
      marked++
    }
    const deletes: string[] = []
    if (other?.live === true && other !== one) {
      entries.push({ request: { method: 'DELETE', url: other.reference } })
      deletes.push(`${other.reference}/${String(other.version + 1)}`)
    }
    const attempt = ledger.begin(mark, marked, deletes)
    const answer = await send('POST', '', {
      resourceType: 'Bundle',
      type: 'transaction',
      entry: entries,
    })
    if (answer === undefined) return false
    if (answer.status !== 200)
      return settle(attempt, answer, one, other === one ? undefined : other)
    attempt.state = 'answered'
    const answers = (JSON.parse(answer.text) as { entry: { response: { location?: string } }[] })
      .entry
    for (const { response } of answers) {
      const [, reference, version] =
        /([A-Z]\w+\/[\w.-]+)\/_history\/(\d+)/.exec(response.location ?? '') ?? []
      if (reference !== undefined) ledger.acknowledge(reference, Number(version), undefined)
    }
    if (one !== undefined) {
      one.version++
      one.live = true
    }
    if (deletes.length > 0 && other !== undefined) {
      other.version++
      other.live = false
      ledger.acknowledge(other.reference, other.version, '')
    }
    return true
  }

  return async () => {
    const one = pick(own)
    const dice = random()
    if (dice < 0.25 || one === undefined) return create()
    if (dice < 0.4) return change(one, false)
    if (dice < 0.55 && one.live) return change(one, true)
    if (dice < 0.65 && one.live) return remove(one)
    if (dice < 0.75) return createOnce()
    return transaction(random() < 0.7 ? one : undefined, random() < 0.5 ? pick(own) : undefined)
  }
}

const nextMark = (): string => `m-${String(++marks)}`

function resource(type: string, mark: string, random: () => number): Record<string, unknown> {
  const identifier = [{ system: 'urn:mark', value: mark }]
  if (type === 'Patient')
    return {
      resourceType: type,
      identifier,
      name: [{ family: `김${mark}`, given: ['민수'] }],
      birthDate: '1970-01-01',
      generalPractitioner: [{ reference: `Practitioner/p${String(Math.floor(random() * 9))}` }],
    }
  return {
    resourceType: type,
    identifier,
    status: 'final',
    code: { coding: [{ system: 'http://loinc.org', code: '2339-0' }] },
    effectiveDateTime: '2024-05-06T07:08:09+09:00',
    valueQuantity: {
      value: Math.floor(random() * 300),
      unit: 'mg/dL',
      system: 'http://unitsofmeasure.org',
      code: 'mg/dL',
    },
    // Some are larger than a page of the file.
    ...(random() < 0.2 ? { note: [{ text: 'x'.repeat(1 + Math.floor(random() * 12_000)) }] } : {}),
  }
}
