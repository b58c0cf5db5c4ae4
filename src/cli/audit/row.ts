// An AuditEvent as a row of a report. https://hl7.org/fhir/R4/auditevent.html
// Must not fail at an event that a client sent in a form of its own.

export const COLUMNS = [
  ...(['recorded', 'id', 'type', 'subtype', 'action', 'outcome', 'said', 'purpose'] as const),
  ...(['reason', 'client', 'user', 'organization', 'address', 'patients', 'resources'] as const),
  ...(['consents', 'record_country', 'requestor_country', 'request'] as const),
] as const

export type Row = Readonly<Record<(typeof COLUMNS)[number], string>>

type Coding = { readonly code?: string }
type Concept = { readonly coding?: readonly Coding[]; readonly text?: string }
type Reference = { readonly reference?: string; readonly identifier?: { readonly value?: string } }
type Extension = {
  readonly url?: string
  readonly valueCode?: string
  readonly valueReference?: Reference
}
type AuditEvent = {
  readonly id?: string
  readonly recorded?: string
  readonly type?: Coding
  readonly subtype?: readonly Coding[]
  readonly action?: string
  readonly outcome?: string
  readonly outcomeDesc?: string
  readonly purposeOfEvent?: readonly Concept[]
  readonly extension?: readonly Extension[]
  readonly agent?: readonly {
    readonly type?: Concept
    readonly who?: Reference
    readonly network?: { readonly address?: string; readonly type?: string }
  }[]
  readonly entity?: readonly {
    readonly what?: Reference
    readonly type?: Coding
    readonly extension?: readonly Extension[]
  }[]
}

/** Several values of a column stand with a space in between. */
export function rowOf(resource: unknown): Row {
  const event = resource as AuditEvent
  const { agent = [], entity = [], purposeOfEvent = [], extension = [] } = event
  const references = agent.flatMap(({ who }) => who?.reference ?? [])
  const isOrganization = (reference: string): boolean => reference.startsWith('Organization/')
  const country = (name: string): string =>
    joined(
      extension.flatMap(({ url = '', valueCode = '' }) =>
        url.endsWith(`/${name}`) ? valueCode : [],
      ),
    )
  const ofType = (code: string): readonly string[] =>
    entity.flatMap(({ type, what }) => (type?.code === code ? (what?.reference ?? []) : []))
  return {
    recorded: event.recorded ?? '',
    id: event.id ?? '',
    type: event.type?.code ?? '',
    subtype: joined((event.subtype ?? []).flatMap(({ code }) => code ?? [])),
    action: event.action ?? '',
    outcome: event.outcome ?? '',
    said: event.outcomeDesc ?? '',
    purpose: joined(
      purposeOfEvent.flatMap(({ coding = [] }) => coding.flatMap((c) => c.code ?? [])),
    ),
    reason: purposeOfEvent.find(({ text }) => text !== undefined)?.text ?? '',
    client: joined(
      agent
        .flatMap(({ who, network }) =>
          network?.type === '5' ? [] : (who?.identifier?.value ?? []),
        )
        .slice(0, 1),
    ),
    user: joined(references.filter((one) => !isOrganization(one))),
    organization: joined(references.filter(isOrganization)),
    address: agent.find(({ network }) => network?.type === '2')?.network?.address ?? '',
    patients: joined(ofType('1')),
    resources: joined(ofType('2')),
    consents: joined(
      entity.flatMap((one) =>
        (one.extension ?? []).flatMap((e) => e.valueReference?.reference ?? []),
      ),
    ),
    record_country: country('record-country'),
    requestor_country: country('requestor-country'),
    request: joined(ofRequest(event)),
  }
}

const ofRequest = ({ entity = [] }: AuditEvent): readonly string[] =>
  entity.flatMap(({ type, what }) =>
    type?.code === 'XrequestId' ? (what?.identifier?.value ?? []) : [],
  )

const joined = (values: readonly string[]): string => [...new Set(values)].join(' ')

/** https://www.rfc-editor.org/rfc/rfc4180; what a spreadsheet would take for a formula is kept from being one. */
export const csvLine = (row: Row): string => COLUMNS.map((name) => field(row[name])).join(',')

function field(value: string): string {
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
