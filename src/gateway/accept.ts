// What a kit measured, written as a whole or not at all, once for each message however often it comes.
// https://hl7.org/fhir/R4/http.html#transaction
// Must not write in another way than a caller of the FHIR API could.
import type { Context } from '../context.ts'
import { Failure } from '../errors.ts'
import { stringify } from '../fhir/json.ts'
import type { Resource } from '../fhir/message.ts'
import { transactionOf, type Transaction } from './bundle.ts'
import { doorOf, tokenOf, type Caller, type Door } from './caller.ts'
import { withKnownCodes } from './known-codes.ts'
import { withOwnCodes } from './own-codes.ts'
import { namesOf, REPORT, RESULT, URI, type Names } from './names.ts'
import { findPatient } from './patient.ts'
import { collectProblems, Refused, type Problem, type Refusal } from './refused.ts'
import type { Run } from './run.ts'

/** References of what is there now. `again`: it was there before. */
export type Accepted = { readonly again: boolean; readonly references: readonly string[] }

/**
 * @param digest of what was sent
 * @throws Refused
 */
export async function acceptRun(
  run: Run,
  digest: string,
  caller: Caller,
  context: Context,
): Promise<Accepted> {
  const door = doorOf(caller, context)
  const names = namesOf(run, door.organization)
  try {
    const seen = await writtenBy(names, digest, run, door)
    if (seen !== undefined) return { again: true, references: seen }
    const problems = collectProblems()
    const patient = await findPatient(run.patient, door, problems)
    const transaction = transactionOf(
      await withOwnCodes(await withKnownCodes(run, context.terminology.finder), door),
      names,
      { patient, known: await knownOf(run, names, door) },
      { organization: door.organization, digest, problems, now: Date.now() },
    )
    problems.throwIfAny()
    const references = await write(transaction, door)
    // Two at once under one number: the other one was first.
    await writtenBy(names, digest, run, door)
    return { again: false, references }
  } catch (error) {
    if (error instanceof Failure) throw refusedBy(error, [])
    throw error
  }
}

/** What a message wrote before; undefined when it didn't come yet. @throws Refused for another one of its number */
async function writtenBy(
  { message }: Names,
  digest: string,
  { idPlace }: Run,
  door: Door,
): Promise<readonly string[] | undefined> {
  const [provenance] = await door.search('Provenance', [['entity:identifier', tokenOf(message)]], 1)
  if (provenance === undefined) return undefined
  const { entity = [], target = [] } = provenance as unknown as {
    entity?: readonly { what: { identifier?: { system?: string; value?: string } } }[]
    target?: readonly { reference: string }[]
  }
  const isSame = entity.some(
    ({ what: { identifier } }) => identifier?.system === URI && identifier.value === digest,
  )
  if (isSame) return target.map(({ reference }) => reference)
  throw new Refused('content', [
    {
      condition: 205,
      place: idPlace,
      text: 'Another message came under this number before; each one needs a number of its own',
    },
  ])
}

/** Results and reports that this one may correct, by their identifiers. */
async function knownOf(
  { results, reports }: Run,
  names: Names,
  door: Door,
): Promise<ReadonlyMap<string, Resource>> {
  const known = new Map<string, Resource>()
  const find = async (
    type: string,
    system: string,
    parts: readonly { readonly key?: string }[],
  ) => {
    const all = parts.flatMap(({ key }) => (key === undefined ? [] : [names.of(system, key)]))
    for (let i = 0; i < all.length; i += AT_ONCE) {
      const token = all
        .slice(i, i + AT_ONCE)
        .map(tokenOf)
        .join(',')
      for (const found of await door.search(type, [['identifier', token]], AT_ONCE * 2))
        for (const { system: of, value } of found['identifier'] as {
          system: string
          value: string
        }[])
          if (of === system) known.set(value, found)
    }
  }
  await find('Observation', RESULT, results)
  await find('DiagnosticReport', REPORT, reports)
  return known
}

const AT_ONCE = 50

async function write({ entries, places }: Transaction, door: Door): Promise<readonly string[]> {
  const bundle = stringify({ resourceType: 'Bundle', type: 'transaction', entry: entries })
  try {
    const answer = (await door.post([], bundle)) as unknown as {
      entry: readonly { response: { location?: string } }[]
    }
    return answer.entry.flatMap(({ response: { location } }, i) => {
      const local = /(\w+\/[A-Za-z0-9.-]+)(\/_history\/\w+)?$/.exec(location ?? '')?.[1]
      const { resourceType } = entries[i]!.resource
      return local === undefined || resourceType === 'Provenance' ? [] : [local]
    })
  } catch (error) {
    if (error instanceof Failure) throw refusedBy(error, places)
    throw error
  }
}

/** Kinds that pass: the same may be sent again. */
const PASSING = new Set(['unavailable', 'full', 'throttled', 'conflict', 'precondition'])

const kindOf = ({ kind }: Failure): Refusal => {
  if (PASSING.has(kind)) return 'later'
  return kind === 'forbidden' ? 'forbidden' : 'content'
}

const ENTRY = /^Bundle\.entry\[(\d+)\](?:\.resource)?\.?(.*)$/

function refusedBy(failure: Failure, places: readonly string[]): Refused {
  const problems = failure.issues
    .filter(({ severity }) => severity === 'error' || severity === 'fatal')
    .map(({ diagnostics, expression }): Problem => {
      const [, entry, element = ''] = ENTRY.exec(expression?.[0] ?? '') ?? []
      const place = places[Number(entry ?? -1)] ?? ''
      const text = diagnostics.replace(/^Entry \d+: /, '')
      return { condition: 207, place, text: element === '' ? text : `${element}: ${text}` }
    })
  return new Refused(kindOf(failure), problems)
}
