// An ORU^R01 message → what was measured. HL7 v2, chapter 7; https://build.fhir.org/ig/HL7/v2-to-fhir (how segments map)
// Must not look up anything: whether a code is known and a unit fits is for analyte.ts.
import { parseEr7, NoEr7, readerOf, type Segment } from './er7.ts'
import type { Charset } from './charset.ts'
import { codingSystem } from './coding-system.ts'
import { isExercise, type Header } from './header.ts'
import { patientOf } from './oru-patient.ts'
import { notesOf, placeOf, type Order, type Reading } from './oru-reading.ts'
import { resultOf } from './oru-result.ts'
import { sampleOf } from './oru-sample.ts'
import { collectProblems, Refused, type Problems } from './refused.ts'
import type { Code, ReportPart, ResultPart, Run, SamplePart } from './run.ts'
import { readDtm } from './time.ts'

/**
 * @param zone of times that have none, where the message has none either
 * @throws Refused with all that is wrong
 */
export function readOru(bytes: Uint8Array, header: Header, charset: Charset, zone: string): Run {
  const text = charset.decode(bytes)
  if (text === undefined)
    throw new Refused('content', [
      {
        condition: 102,
        place: 'MSH[1]-18',
        text:
          (header.fields[18] ?? '').trim() === ''
            ? 'The message has letters outside ASCII, and MSH-18 does not say in which charset'
            : 'The message has bytes that are not of the charset that MSH-18 names',
      },
    ])
  const { separators, segments } = parsed(text)
  const reader = readerOf({ separators }, charset.decode)
  const problems = collectProblems()
  const msh = segments[0]!
  const sender = [reader.text(msh, 3), reader.text(msh, 4)].map(encodeURIComponent).join('/')
  const sent = readDtm(reader.text(msh, 7), zone)
  const reading: Reading = {
    reader,
    problems,
    sender,
    msh,
    time: (segment, field, component = 1) => {
      const given = reader.text(segment, field, component)
      if (given === '' || given === '""') return undefined
      const time = readDtm(given, sent?.zone ?? zone)
      if (time === undefined)
        problems.add(102, placeOf(segment, field), 'A time is YYYYMMDDHHMMSS, with a zone +ZZZZ')
      return time
    },
    concept: (segment, field) => {
      const [first] = reader.repetitions(segment, field)
      if (first === undefined) return undefined
      const codes: Code[] = []
      for (const at of [1, 4]) {
        const code = first(at)
        if (code !== '') codes.push({ system: codingSystem(first(at + 2)), code })
      }
      const words = first(9) || first(2) || first(5)
      if (codes.length === 0 && words === '') return undefined
      return { codes, text: words, place: placeOf(segment, field) }
    },
  }
  if (reader.text(msh, 7) !== '' && sent === undefined)
    problems.add(102, 'MSH[1]-7', 'A time is YYYYMMDDHHMMSS, with a zone +ZZZZ')
  const patients = segments.filter(({ name }) => name === 'PID')
  const [pid] = patients
  if (pid === undefined) problems.add(100, 'PID', 'The patient (PID) is missing')
  if (patients.length > 1) problems.add(100, 'PID[2]', 'A message is about one patient here')
  const patient = pid === undefined ? undefined : patientOf(pid, reading)
  const parts = partsOf(ordersOf(segments, problems), reading)
  problems.throwIfAny()
  return {
    sender,
    id: reader.text(msh, 10),
    idPlace: 'MSH[1]-10',
    ...(sent?.isInstant === true ? { sent: sent.text } : {}),
    isExercise: isExercise(header),
    patient: patient!,
    ...parts,
  }
}

/** @throws Refused */
function parsed(text: string): ReturnType<typeof parseEr7> {
  try {
    return parseEr7(text)
  } catch (error) {
    if (!(error instanceof NoEr7)) throw error
    const place = error.segment === 1 ? 'MSH[1]' : `segment ${String(error.segment)}`
    throw new Refused('content', [{ condition: 100, place, text: error.message }])
  }
}

function ordersOf(segments: readonly Segment[], problems: Problems): readonly Order[] {
  const orders: Order[] = []
  for (const segment of segments) {
    const order = orders.at(-1)
    const place = `${segment.name}[${String(segment.sequence)}]`
    switch (segment.name) {
      case 'OBR':
        orders.push({ obr: segment, notes: [], observed: [], samples: [] })
        break
      case 'OBX':
        // Behind its sample too, where some devices put it.
        if (order === undefined) problems.add(100, place, 'An OBX stands behind its OBR')
        else order.observed.push({ obx: segment, notes: [], parts: [] })
        break
      case 'SPM':
        if (order === undefined) problems.add(100, place, 'An SPM stands behind its OBR')
        else if (order.samples.length > 0)
          problems.add(
            100,
            place,
            'An order has one sample here; give each sample an OBR of its own',
          )
        else order.samples.push(segment)
        break
      case 'NTE':
        ;(order?.observed.at(-1) ?? order)?.notes.push(segment)
        break
      case 'PRT':
        order?.observed.at(-1)?.parts.push(segment)
        break
    }
  }
  if (orders.length === 0) problems.add(100, 'OBR', 'There is no OBR, so nothing was measured')
  else if (orders.every(({ observed }) => observed.length === 0))
    problems.add(100, 'OBX', 'There is no OBX, so nothing was measured')
  return orders
}

function partsOf(
  orders: readonly Order[],
  reading: Reading,
): Pick<Run, 'samples' | 'results' | 'reports'> {
  const samples: SamplePart[] = []
  const results: ResultPart[] = []
  const reports: ReportPart[] = []
  for (const order of orders) {
    if (order.observed.length === 0) continue
    const from = samples.length
    const read = sampleOf(order, reading)
    samples.push(...read)
    // One that is given once is that of the orders behind it, too.
    const sample = read.length > 0 ? from : samples.length > 0 ? samples.length - 1 : undefined
    const first = results.length
    for (const observed of order.observed) results.push(resultOf(observed, order, sample, reading))
    const report = reportOf(order.obr, reading)
    const notes = notesOf(order.notes, reading)
    if (report !== undefined)
      reports.push({
        ...report,
        results: results.slice(first).map((_, i) => first + i),
        ...(notes.length === 0 ? {} : { conclusion: notes.join('\n') }),
      })
    else if (notes.length > 0)
      results[first] = { ...results[first]!, notes: [...notes, ...results[first]!.notes] }
  }
  return { samples, results, reports }
}

/** Of OBR-25 (HL7 table 0123). */
const REPORT_STATUSES: Readonly<Record<string, string>> = {
  ...{ F: 'final', C: 'corrected', P: 'preliminary', R: 'preliminary', A: 'partial' },
  ...{ S: 'registered', I: 'registered', O: 'registered', X: 'cancelled', M: 'amended' },
}

function reportOf(
  obr: Segment,
  { reader, problems, time, concept }: Reading,
): Omit<ReportPart, 'results'> | undefined {
  const letter = reader.text(obr, 25)
  if (letter === '') return undefined
  const status = Object.hasOwn(REPORT_STATUSES, letter) ? REPORT_STATUSES[letter] : undefined
  if (status === undefined)
    problems.add(103, placeOf(obr, 25), 'The status of a report is a code of HL7 table 0123')
  const code = concept(obr, 4)
  if (code === undefined) problems.add(101, placeOf(obr, 4), 'What was asked for is missing')
  const issued = time(obr, 22)
  const filler = reader.text(obr, 3)
  return {
    place: `OBR[${String(obr.sequence)}]`,
    code: code ?? { codes: [], text: '', place: placeOf(obr, 4) },
    status: status ?? '',
    statusPlace: placeOf(obr, 25),
    time: time(obr, 7)?.text,
    ...(issued?.isInstant === true ? { issued: issued.text } : {}),
    ...(filler === '' ? {} : { key: encodeURIComponent(filler) }),
  }
}
