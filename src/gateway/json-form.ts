// The plain JSON form of a kit's results → what was measured. docs/network.md tells its elements.
// Must not take what it doesn't know: a typing error would lose a result.
import { decimalText, parseIncoming } from '../fhir/json.ts'
import { fail } from '../errors.ts'
import { numberOf } from './number.ts'
import { collectProblems, type Condition, type Problems } from './refused.ts'
import type {
  Code,
  Concept,
  DevicePart,
  PatientPart,
  ReportPart,
  ResultPart,
  Run,
  SamplePart,
  Value,
} from './run.ts'

type Fields = Readonly<Record<string, unknown>>

/** Reads elements of an object, and says what is wrong with each by its path. */
type Place = {
  readonly path: string
  has(name: string): boolean
  at(name: string): string
  text(name: string, required?: boolean): string | undefined
  /** A text, or the digits of a number. */
  textOrNumber(name: string): string | undefined
  flag(name: string): boolean
  /** A decimal as sent: a JSON number, or a text with a sign such as `<`. */
  number(name: string): { readonly digits: string; readonly comparator?: string } | undefined
  object(name: string, fields: readonly string[], required?: boolean): Place | undefined
  list(name: string, required?: boolean): readonly unknown[]
  wrong(name: string, condition: Condition, text: string): undefined
}

const HL7 = 'http://terminology.hl7.org/CodeSystem'

/** Kinds of samples that may be said in a word. */
const SAMPLES: Readonly<Record<string, { readonly code?: Code; readonly text: string }>> = {
  blood: { code: { system: `${HL7}/v2-0487`, code: 'BLD' }, text: 'Blood' },
  'capillary blood': { code: { system: `${HL7}/v2-0487`, code: 'BLD' }, text: 'Capillary blood' },
  urine: { code: { system: `${HL7}/v2-0487`, code: 'UR' }, text: 'Urine' },
  swab: { text: 'Swab' },
}

const STATUSES = [
  ...['registered', 'preliminary', 'final', 'amended', 'corrected', 'cancelled'],
  'entered-in-error',
]
const REPORT_STATUSES = [...STATUSES, 'partial']
const GENDERS = ['male', 'female', 'other', 'unknown']

/**
 * @throws Failure 400 for what is no JSON object
 * @throws Refused with all that is wrong
 */
export function readJsonForm(text: string): Run {
  const value = parseIncoming(text)
  const problems = collectProblems()
  const root = placeOf(value, '', ROOT, problems)
  if (root === undefined) throw fail('malformed', 'The body is a JSON object')
  const device = root.object('device', DEVICE, true)
  const readDevice = device === undefined ? undefined : deviceOf(device)
  const id = root.text('id', true)
  const sent = instantOf(root, 'time')
  const sample = root.object('sample', SAMPLE)
  const samples = sample === undefined ? [] : [sampleOf(sample, problems)]
  const patient = root.object('patient', PATIENT, true)
  const readPatient = patient === undefined ? undefined : patientOf(patient, problems)
  const results = root.list('results', true).flatMap((one, i) => {
    const place = placeOf(one, `results[${String(i)}]`, RESULT, problems)
    if (place === undefined || readDevice === undefined) return []
    return [resultOf(place, readDevice, samples[0], problems)]
  })
  const report = root.object('report', REPORT)
  const reports = report === undefined ? [] : [reportOf(report, results.length)]
  problems.throwIfAny()
  return {
    sender: encodeURIComponent(readDevice!.serial),
    id: id!,
    idPlace: 'id',
    ...(sent === undefined ? {} : { sent }),
    isExercise: root.flag('exercise'),
    patient: readPatient!,
    samples,
    results,
    reports,
  }
}

const ROOT = ['id', 'time', 'exercise', 'device', 'patient', 'sample', 'results', 'report']
const DEVICE = ['serial', 'name', 'model', 'manufacturer']
const PATIENT = ['identifier', 'name', 'birthDate', 'gender']
const SAMPLE = ['id', 'type', 'volume', 'collected', 'received']
const RESULT = [
  ...['id', 'code', 'name', 'value', 'unit', 'low', 'high', 'range', 'flags', 'status', 'time'],
  ...['issued', 'method', 'notes'],
]
const REPORT = ['id', 'code', 'name', 'status', 'time', 'conclusion']

function placeOf(
  value: unknown,
  path: string,
  fields: readonly string[],
  problems: Problems,
): Place | undefined {
  const at = (name: string): string => (path === '' ? name : `${path}.${name}`)
  if (!isObject(value)) {
    problems.add(102, path, 'This is an object')
    return undefined
  }
  for (const name of Object.keys(value))
    if (!fields.includes(name))
      problems.add(103, at(name.slice(0, 60)), `This is none of ${fields.join(', ')}`)
  const wrong: Place['wrong'] = (name, condition, text) => {
    problems.add(condition, at(name), text)
    return undefined
  }
  const isThere = (name: string, isRequired: boolean): boolean => {
    if (value[name] !== undefined && value[name] !== null) return true
    if (isRequired) problems.add(101, at(name), 'This is missing')
    return false
  }
  return {
    path,
    has: (name) => isThere(name, false),
    at,
    wrong,
    text: (name, required = false) => {
      if (!isThere(name, required)) return undefined
      const found = value[name]
      if (typeof found === 'string' && found.trim() !== '' && found.length <= 2000)
        return found.trim()
      return wrong(name, 102, 'This is a text')
    },
    textOrNumber: (name) => {
      const found = value[name]
      const text = typeof found === 'string' ? found.trim() : decimalText(found)
      if (text !== undefined && text !== '' && text.length <= 2000) return text
      return wrong(name, 102, 'This is a number or a text')
    },
    flag: (name) => {
      if (!isThere(name, false)) return false
      if (typeof value[name] !== 'boolean') wrong(name, 102, 'This is true or false')
      return value[name] === true
    },
    number: (name) => {
      if (!isThere(name, false)) return undefined
      const found = value[name]
      const digits = typeof found === 'string' ? found : decimalText(found)
      const number = digits === undefined ? undefined : numberOf(plain(digits))
      return number ?? wrong(name, 102, 'This is a number, as in 12.5 or "<0.5"')
    },
    object: (name, inner, required = false) =>
      isThere(name, required) ? placeOf(value[name], at(name), inner, problems) : undefined,
    list: (name, required = false) => {
      if (!isThere(name, required)) return []
      const found = value[name]
      if (Array.isArray(found) && (found.length > 0 || !required)) return found as unknown[]
      wrong(name, 102, required ? 'This is a list with at least one member' : 'This is a list')
      return []
    },
  }
}

/** `1.5e2` of JSON, without its exponent. */
const plain = (digits: string): string =>
  /e/i.test(digits) && Math.abs(Number(digits)) < 1e15 ? String(Number(digits)) : digits

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  decimalText(value) === undefined

const DATE = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/

/** A time with its zone; seconds are filled in. */
function instantOf(place: Place, name: string, required = false): string | undefined {
  const text = place.text(name, required)
  if (text === undefined) return undefined
  const whole = INSTANT.test(text) ? text.replace(/^(.{16})(?=Z|[+-])/, '$1:00') : undefined
  if (whole !== undefined && !Number.isNaN(Date.parse(whole))) return whole
  return place.wrong(name, 102, 'This is a time with its zone, as in 2026-11-24T10:20:00+05:00')
}

const deviceOf = (place: Place): DevicePart | undefined => {
  const serial = place.text('serial', true)
  const [name, model, manufacturer] = [
    place.text('name'),
    place.text('model'),
    place.text('manufacturer'),
  ]
  if (serial === undefined) return undefined
  return {
    place: place.path,
    serial,
    ...(name === undefined ? {} : { name }),
    ...(model === undefined ? {} : { model }),
    ...(manufacturer === undefined ? {} : { manufacturer }),
  }
}

function patientOf(place: Place, problems: Problems): PatientPart {
  const identifier = place.object('identifier', ['system', 'value', 'type'], true)
  const system = identifier?.text('system', true)
  const value = identifier?.text('value', true)
  const type = identifier?.text('type')
  if (system !== undefined && !/^[a-z][a-z0-9+.-]*:\S+$/.test(system))
    problems.add(102, `${place.at('identifier')}.system`, 'This is a URI')
  const name = place.object('name', ['family', 'given'])
  const given = name?.list('given') ?? []
  if (given.some((one) => typeof one !== 'string'))
    problems.add(102, place.at('name.given'), 'This is a list of texts')
  const birthDate = place.text('birthDate')
  if (birthDate !== undefined && !DATE.test(birthDate))
    place.wrong('birthDate', 102, 'This is a date, as in 1968-04-02')
  const gender = place.text('gender')
  if (gender !== undefined && !GENDERS.includes(gender))
    place.wrong('gender', 103, `This is one of ${GENDERS.join(', ')}`)
  return {
    place: place.path,
    identifiers: [
      {
        place: place.at('identifier'),
        system: system ?? '',
        value: value ?? '',
        ...(type === undefined ? {} : { type }),
      },
    ],
    names:
      name === undefined ? [] : [{ family: name.text('family') ?? '', given: given.map(String) }],
    ...(birthDate === undefined ? {} : { birthDate }),
    birthDatePlace: place.at('birthDate'),
    ...(gender === undefined ? {} : { gender }),
    genderPlace: place.at('gender'),
  }
}

function sampleOf(place: Place, problems: Problems): SamplePart {
  const id = place.text('id')
  const type = place.text('type', true) ?? ''
  const known = Object.hasOwn(SAMPLES, type) ? SAMPLES[type] : undefined
  if (type !== '' && known === undefined)
    place.wrong('type', 103, `This is one of ${Object.keys(SAMPLES).join(', ')}`)
  const volume = place.object('volume', ['value', 'unit'], true)
  const received = instantOf(place, 'received')
  const value = volume?.number('value')
  if (volume !== undefined && !volume.has('value')) volume.wrong('value', 101, 'This is missing')
  if (value?.comparator !== undefined)
    problems.add(102, place.at('volume.value'), 'This is a number, as in 35')
  return {
    place: place.path,
    ...(id === undefined ? {} : { id }),
    type: {
      place: place.at('type'),
      codes: known?.code === undefined ? [] : [known.code],
      text: known?.text ?? '',
    },
    volume: {
      place: place.at('volume'),
      value: value?.digits ?? '',
      unit: volume?.text('unit', true) ?? '',
    },
    collected: instantOf(place, 'collected', true),
    collectedPlace: place.at('collected'),
    ...(received === undefined ? {} : { received }),
  }
}

/** `code`: a short code of the guide, a LOINC code, or `system|code`. */
function codeOf(place: Place, required: boolean): Concept {
  const text = place.text('code', required) ?? ''
  const bar = text.lastIndexOf('|')
  const code: Code =
    bar >= 0
      ? { system: text.slice(0, bar), code: text.slice(bar + 1) }
      : { system: /^\d{1,7}-\d$/.test(text) ? 'http://loinc.org' : undefined, code: text }
  return {
    place: place.at('code'),
    codes: text === '' ? [] : [code],
    text: place.text('name') ?? '',
  }
}

function resultOf(
  place: Place,
  device: DevicePart,
  sample: SamplePart | undefined,
  problems: Problems,
): ResultPart {
  const status = place.text('status') ?? 'final'
  if (!STATUSES.includes(status))
    place.wrong('status', 103, `This is one of ${STATUSES.join(', ')}`)
  const notes = place.list('notes')
  const flags = place.list('flags')
  for (const [name, list] of [
    ['notes', notes],
    ['flags', flags],
  ] as const)
    if (list.some((one) => typeof one !== 'string' || one === ''))
      problems.add(102, place.at(name), 'This is a list of texts')
  const [low, high] = [place.number('low'), place.number('high')]
  const range = place.text('range')
  const own = instantOf(place, 'time')
  const issued = instantOf(place, 'issued')
  const key = place.text('id')
  const method = place.text('method')
  const shown = range ?? [low?.digits, high?.digits].filter((one) => one !== undefined).join(' – ')
  return {
    place: place.path,
    code: codeOf(place, true),
    value: valueOf(place, status),
    valuePlace: place.at('value'),
    unit: place.text('unit') ?? '',
    unitPlace: place.at('unit'),
    flags: flags.map(String),
    ...(shown === ''
      ? {}
      : {
          range: {
            text: shown,
            ...(low === undefined ? {} : { low: low.digits }),
            ...(high === undefined ? {} : { high: high.digits }),
          },
        }),
    status,
    statusPlace: place.at('status'),
    time: own ?? sample?.collected,
    timePlace: place.at('time'),
    ...(issued === undefined ? {} : { issued }),
    device,
    sample: sample === undefined ? undefined : 0,
    ...(key === undefined ? {} : { key: encodeURIComponent(key) }),
    ...(method === undefined ? {} : { method }),
    notes: notes.map(String),
  }
}

function valueOf(place: Place, status: string): Value | undefined {
  if (!place.has('value') || status === 'cancelled') return undefined
  const text = place.textOrNumber('value')
  const number = text === undefined ? undefined : numberOf(plain(text))
  if (number !== undefined)
    return {
      kind: 'quantity',
      digits: number.digits,
      ...(number.comparator === undefined ? {} : { comparator: number.comparator }),
    }
  return text === undefined ? undefined : { kind: 'text', text }
}

function reportOf(place: Place, results: number): ReportPart {
  const status = place.text('status', true) ?? ''
  if (status !== '' && !REPORT_STATUSES.includes(status))
    place.wrong('status', 103, `This is one of ${REPORT_STATUSES.join(', ')}`)
  const key = place.text('id')
  const conclusion = place.text('conclusion')
  return {
    place: place.path,
    code: codeOf(place, false),
    status,
    statusPlace: place.at('status'),
    time: instantOf(place, 'time'),
    ...(key === undefined ? {} : { key: encodeURIComponent(key) }),
    results: Array.from({ length: results }, (_, i) => i),
    ...(conclusion === undefined ? {} : { conclusion }),
  }
}
