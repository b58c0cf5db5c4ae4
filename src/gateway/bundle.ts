// A run of a kit → one transaction: patient, devices, samples, results, reports, and where all of it comes from.
// https://hl7.org/fhir/R4/http.html#transaction, https://hl7.org/fhir/R4/provenance.html
// Must not write; what was written before is looked up by accept.ts and given.
import { randomUUID } from 'node:crypto'
import type { Resource } from '../fhir/message.ts'
import { identified, ownCondition } from './caller.ts'
import { LOINC } from './coding-system.ts'
import { DEVICE, REPORT, RESULT, SAMPLE, URI, type Identifier, type Names } from './names.ts'
import { conceptOf, IEUM, observationOf } from './observation.ts'
import type { FoundPatient } from './patient.ts'
import type { Problems } from './refused.ts'
import type { DevicePart, ReportPart, ResultPart, Run } from './run.ts'
import { deviceOf, specimenOf } from './specimen.ts'
import { againOf } from './again.ts'

export type Entry = {
  readonly fullUrl: string
  readonly resource: Resource
  readonly request: object
}

/** `places[i]`: where in what was sent entry i comes from. */
export type Transaction = { readonly entries: readonly Entry[]; readonly places: readonly string[] }

/** What is there already. */
export type Before = {
  readonly patient: FoundPatient | undefined
  /** Observations and DiagnosticReports by the value of the identifier that a correction names. */
  readonly known: ReadonlyMap<string, Resource>
}

export function transactionOf(
  run: Run,
  names: Names,
  before: Before,
  {
    organization,
    digest,
    problems,
    now,
  }: {
    readonly organization: string | undefined
    readonly digest: string
    readonly problems: Problems
    readonly now: number
  },
): Transaction {
  const entries: Entry[] = []
  const places: string[] = []
  const exercise = run.isExercise ? { security: [EXERCISE] } : {}

  /** Where it will be. `known`: what it replaces. */
  const add = (resource: Resource, place: string, by: Identifier | string, known?: Resource) => {
    const fullUrl = `urn:uuid:${randomUUID()}`
    const condition = typeof by === 'string' ? by : ownCondition(identified(by), organization)
    const meta = { ...resource.meta, ...exercise }
    entries.push({
      fullUrl,
      resource: {
        ...resource,
        ...(Object.keys(meta).length === 0 ? {} : { meta }),
        ...(known === undefined ? {} : { id: known.id! }),
      },
      request:
        known === undefined
          ? { method: 'POST', url: resource.resourceType, ifNoneExist: condition }
          : {
              method: 'PUT',
              url: `${resource.resourceType}/${known.id!}`,
              ifMatch: `W/"${known.meta?.versionId ?? ''}"`,
            },
    })
    places.push(place)
    return { reference: fullUrl }
  }

  const { patient } = before
  const subject =
    patient === undefined
      ? { reference: '' }
      : 'reference' in patient
        ? { reference: patient.reference }
        : add(patient.resource, run.patient.place, patient.ifNoneExist)
  const performer = [
    organization === undefined
      ? { display: decodeURIComponent(run.sender) }
      : { reference: `Organization/${organization}` },
  ]

  const devices = new Map<string, { reference: string }>()
  const deviceFor = (part: DevicePart): { reference: string } => {
    const system = part.system ?? DEVICE
    const key = `${system}|${part.serial}`
    let found = devices.get(key)
    if (found === undefined) {
      const identifier = { system, value: part.serial }
      const resource = { ...deviceOf(part, organization), identifier: [identifier] }
      devices.set(key, (found = add(resource, part.place, identifier)))
    }
    return found
  }

  const samples = new Map<number, { reference: string }>()
  const sampleFor = (result: ResultPart): { reference: string } | undefined => {
    const { sample: at } = result
    const sample = at === undefined ? undefined : run.samples[at]
    if (at === undefined || sample === undefined) {
      problems.add(
        101,
        `${result.place}`,
        'The sample with its volume is missing (SPM, or "sample")',
      )
      return undefined
    }
    let found = samples.get(at)
    if (found === undefined) {
      const by =
        sample.id === undefined
          ? names.part('S', at)
          : names.of(SAMPLE, encodeURIComponent(sample.id))
      const resource = { ...specimenOf(sample, run, problems), identifier: [by], subject }
      samples.set(at, (found = add(resource, sample.place, by)))
    }
    return found
  }

  const taken = new Set<string>()
  const results = run.results.map((result, i) => {
    const judged = observationOf(result, run, problems, now)
    if (judged === undefined) return undefined
    const by = result.key === undefined ? names.part('O', i) : names.of(RESULT, result.key)
    const specimen = judged.measured.inSample ? sampleFor(result) : undefined
    const resource: Resource = {
      ...judged.resource,
      identifier: [by],
      subject,
      performer,
      device: deviceFor(result.device),
      ...(specimen === undefined ? {} : { specimen }),
    }
    if (taken.has(by.value))
      problems.add(
        205,
        result.place,
        'Another result has the same number: tell them apart by OBX-4 or OBX-21, or by "id"',
      )
    taken.add(by.value)
    const known = before.known.get(by.value)
    const again = againOf(resource, result, known, problems)
    if (again === 'same') return { reference: `Observation/${known!.id!}` }
    return add(resource, result.place, by, known)
  })

  const reports = run.reports.map((report, i) => {
    const by = report.key === undefined ? names.part('R', i) : names.of(REPORT, report.key)
    const resource: Resource = {
      ...reportOf(report, run, now),
      identifier: [by],
      subject,
      performer,
      specimen: [...samples.values()],
      result: report.results.flatMap((at) => results[at] ?? []),
    }
    if (samples.size === 0) delete resource['specimen']
    const known = before.known.get(by.value)
    const again = againOf(resource, report, known, problems)
    if (again === 'same') return { reference: `DiagnosticReport/${known!.id!}` }
    return add(resource, report.place, by, known)
  })

  const written = [...samples.values(), ...results.flatMap((one) => one ?? []), ...reports]
  add(
    provenanceOf(written, [...devices.values()], performer[0]!, names.message, digest, now),
    run.idPlace,
    ownCondition(identified(names.message, 'entity:identifier'), organization),
  )
  return { entries, places }
}

const EXERCISE = {
  system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason',
  code: 'HTEST',
  display: 'test health data',
}

const HL7 = 'http://terminology.hl7.org/CodeSystem'

const reportOf = (report: ReportPart, run: Run, now: number): Resource => ({
  resourceType: 'DiagnosticReport',
  meta: { profile: [`${IEUM}/ieum-report-laboratory`] },
  status: report.status,
  category: [{ coding: [{ system: `${HL7}/v2-0074`, code: 'LAB' }] }],
  code:
    report.code.codes.length === 0 && report.code.text === ''
      ? { coding: [{ system: LOINC, code: '11502-2' }] }
      : conceptOf(report.code, run.sender),
  effectiveDateTime:
    report.time ?? run.results[report.results[0] ?? 0]?.time ?? new Date(now).toISOString(),
  issued: report.issued ?? run.sent ?? new Date(now).toISOString(),
  ...(report.conclusion === undefined ? {} : { conclusion: report.conclusion }),
})

function provenanceOf(
  target: readonly object[],
  devices: readonly { readonly reference: string }[],
  organization: object,
  message: Identifier,
  digest: string,
  now: number,
): Resource {
  const type = (code: string) => ({
    coding: [{ system: `${HL7}/provenance-participant-type`, code }],
  })
  return {
    resourceType: 'Provenance',
    target,
    recorded: new Date(now).toISOString(),
    activity: { coding: [{ system: `${HL7}/v3-DataOperation`, code: 'CREATE' }] },
    agent: [
      ...devices.map((who) => ({ type: type('performer'), who, onBehalfOf: organization })),
      { type: type('assembler'), who: { display: 'Ieum device gateway' } },
    ],
    entity: [
      { role: 'source', what: { identifier: message } },
      // What was sent, so that another message under the same number is told from it.
      { role: 'source', what: { identifier: { system: URI, value: digest } } },
    ],
  }
}
