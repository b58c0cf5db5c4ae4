// What the parts of an ORU message are read with, and how its segments belong together.
// HL7 v2, chapter 7: ORU^R01
// Must not know what a field means.
import type { Reader, Segment } from './er7.ts'
import type { Problems } from './refused.ts'
import type { Concept } from './run.ts'
import type { Dtm } from './time.ts'

/** What the parts of a message are read with. */
export type Reading = {
  readonly reader: Reader
  readonly problems: Problems
  /** Device and place that sent it, fit for a URI. */
  readonly sender: string
  readonly msh: Segment
  /** A time of a field; undefined for an empty one, and for one that is none, which is a problem. */
  readonly time: (segment: Segment, field: number, component?: number) => Dtm | undefined
  /** A code with text (CE, CWE, CNE). */
  readonly concept: (segment: Segment, field: number) => Concept | undefined
}

export const placeOf = ({ name, sequence }: Segment, field: number, component?: number): string =>
  `${name}[${String(sequence)}]-${String(field)}${component === undefined ? '' : `.${String(component)}`}`

/** Texts of NTE segments. */
export const notesOf = (notes: readonly Segment[], { reader }: Reading): string[] =>
  notes.map((nte) => reader.whole(nte, 3)).filter((note) => note !== '')

/** An OBX with the notes and the devices behind it. */
export type Observed = {
  readonly obx: Segment
  readonly notes: Segment[]
  readonly parts: Segment[]
}

/** An OBR with what belongs to it. */
export type Order = {
  readonly obr: Segment
  /** Of the order, before its results. */
  readonly notes: Segment[]
  readonly observed: Observed[]
  readonly samples: Segment[]
}
