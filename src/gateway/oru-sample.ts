// SPM, or what an OBR says before version 2.5 → the samples of an order. HL7 v2, chapter 7: SPM, OBR-9, OBR-15
// Must not leave out the volume: whether a result from a few microlitres can be believed hangs on it.
import type { Segment } from './er7.ts'
import type { Order, Reading } from './oru-reading.ts'
import { placeOf } from './oru-reading.ts'
import { codingSystem } from './coding-system.ts'
import type { Concept, SamplePart } from './run.ts'

/** Those of an order, none where it names none. */
export function sampleOf({ obr, samples }: Order, reading: Reading): readonly SamplePart[] {
  if (samples.length > 0) return samples.map((spm) => ofSpm(spm, obr, reading))
  const old = ofObr(obr, reading)
  return old === undefined ? [] : [old]
}

function ofSpm(spm: Segment, obr: Segment, reading: Reading): SamplePart {
  const { reader, problems, time, concept } = reading
  // EIP: placer^filler
  const [placer, filler] = [reader.text(spm, 2, 1), reader.text(spm, 2, 2)]
  const type = concept(spm, 4)
  if (type === undefined) problems.add(101, placeOf(spm, 4), 'What the sample is, is missing')
  const own = time(spm, 17)
  const received = time(spm, 18)
  const id = filler || placer
  return {
    place: `SPM[${String(spm.sequence)}]`,
    ...(id === '' ? {} : { id }),
    type: type ?? { codes: [], text: '', place: placeOf(spm, 4) },
    volume: volumeOf(spm, 12, reading),
    collected: (own ?? time(obr, 7))?.text,
    collectedPlace: placeOf(spm, 17),
    ...(received === undefined ? {} : { received: received.text }),
  }
}

/** CQ: quantity^units, whose code and text are subcomponents. */
function volumeOf(segment: Segment, field: number, { reader }: Reading): SamplePart['volume'] {
  return {
    value: reader.text(segment, field, 1),
    unit: reader.text(segment, field, 2, 1) || reader.text(segment, field, 2, 2),
    place: placeOf(segment, field),
  }
}

function ofObr(obr: Segment, reading: Reading): SamplePart | undefined {
  const { reader, time } = reading
  // SPS: the first component is a code with text, as subcomponents.
  const [code, words, system] = [1, 2, 3].map((part) => reader.text(obr, 15, 1, part)) as [
    string,
    string,
    string,
  ]
  const volume = volumeOf(obr, 9, reading)
  if (code === '' && words === '' && volume.value === '') return undefined
  const place = placeOf(obr, 15)
  const known = codingSystem(system) ?? 'http://terminology.hl7.org/CodeSystem/v2-0070'
  const type: Concept = {
    codes: code === '' ? [] : [{ system: known, code }],
    text: words,
    place,
  }
  if (code === '' && words === '')
    reading.problems.add(101, place, 'What the sample is, is missing')
  const received = time(obr, 14)
  return {
    place,
    type,
    volume,
    collected: time(obr, 7)?.text,
    collectedPlace: placeOf(obr, 7),
    ...(received === undefined ? {} : { received: received.text }),
  }
}
