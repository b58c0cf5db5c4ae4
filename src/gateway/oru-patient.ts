// PID → who was measured. HL7 v2, chapter 3: PID, CX, XPN
// Must not make a person up: without a number by which others know the patient, a result belongs to nobody.
import type { Segment } from './er7.ts'
import { identifierSystem } from './coding-system.ts'
import { placeOf, type Reading } from './oru-reading.ts'
import type { PatientPart } from './run.ts'

/** HL7 table 0001. */
const GENDERS: Readonly<Record<string, string>> = {
  ...{ F: 'female', M: 'male', O: 'other', A: 'other', N: 'other', U: 'unknown' },
}

export function patientOf(pid: Segment, reading: Reading): PatientPart {
  const { reader, problems, sender } = reading
  const identifiers: PatientPart['identifiers'][number][] = []
  // PID-2 is where PID-3 was before version 2.3.1.
  for (const field of [3, 2])
    reader.repetitions(pid, field).forEach((cx, i) => {
      const value = cx(1)
      if (value === '' || value === '""') return
      const type = cx(5)
      identifiers.push({
        system: identifierSystem({ namespace: cx(4), id: cx(4, 2), kind: cx(4, 3) }, type, sender),
        value,
        ...(type === '' ? {} : { type }),
        place: `${placeOf(pid, field)}${i === 0 ? '' : `~${String(i + 1)}`}`,
      })
    })
  if (identifiers.length === 0)
    problems.add(101, placeOf(pid, 3), 'The patient needs a number (PID-3)')
  const names = reader
    .repetitions(pid, 5)
    .map((xpn) => ({
      family: xpn(1),
      given: [xpn(2), ...xpn(3).split(' ')].filter((one) => one !== ''),
    }))
    .filter(({ family, given }) => family !== '' || given.length > 0)
  const born = reading.time(pid, 7)?.text.slice(0, 10)
  const letter = reader.text(pid, 8)
  const gender = Object.hasOwn(GENDERS, letter) ? GENDERS[letter] : undefined
  if (letter !== '' && letter !== '""' && gender === undefined)
    problems.add(103, placeOf(pid, 8), 'The sex is a code of HL7 table 0001: F, M, O, U, A or N')
  return {
    place: `PID[${String(pid.sequence)}]`,
    identifiers,
    names,
    ...(born === undefined ? {} : { birthDate: born }),
    birthDatePlace: placeOf(pid, 7),
    ...(gender === undefined ? {} : { gender }),
    genderPlace: placeOf(pid, 8),
  }
}
