// What a kit measured in one run, as plain values: made of a message or of the JSON form, and turned into resources.
// Must not know how it was sent, but for the places that refusals name.

/** A part with the place where it stood. */
export type Part = { readonly place: string }

export type Code = { readonly system: string | undefined; readonly code: string }

export type Concept = Part & {
  readonly codes: readonly Code[]
  /** For people. */
  readonly text: string
}

export type PatientPart = Part & {
  /** The first one decides who it is. */
  readonly identifiers: readonly (Part & {
    readonly system: string
    readonly value: string
    /** Of HL7 table 0203. */
    readonly type?: string
  })[]
  readonly names: readonly { readonly family: string; readonly given: readonly string[] }[]
  /** A FHIR date. */
  readonly birthDate?: string
  readonly birthDatePlace: string
  readonly gender?: string
  readonly genderPlace: string
}

export type DevicePart = Part & {
  readonly system?: string
  readonly serial: string
  readonly name?: string
  readonly model?: string
  readonly manufacturer?: string
}

export type SamplePart = Part & {
  /** Its number where it was taken. */
  readonly id?: string
  readonly type: Concept
  /** Digits and unit as sent. */
  readonly volume: Part & { readonly value: string; readonly unit: string }
  /** FHIR dateTimes. */
  readonly collected: string | undefined
  readonly collectedPlace: string
  readonly received?: string
}

export type Value =
  /** `digits`: a decimal as sent; `comparator` of FHIR. */
  | { readonly kind: 'quantity'; readonly digits: string; readonly comparator?: string }
  | { readonly kind: 'range'; readonly low: string; readonly high: string }
  | { readonly kind: 'ratio'; readonly numerator: string; readonly denominator: string }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'concept'; readonly concept: Concept }

/** `low` and `high` in the unit of the value. */
export type Range = { readonly low?: string; readonly high?: string; readonly text: string }

export type ResultPart = Part & {
  readonly code: Concept
  /** Undefined where there is none. */
  readonly value: Value | undefined
  readonly valuePlace: string
  /** As sent; '' for none. */
  readonly unit: string
  readonly unitPlace: string
  readonly flags: readonly string[]
  readonly range?: Range
  /** Of FHIR. */
  readonly status: string
  readonly statusPlace: string
  /** A FHIR dateTime. */
  readonly time: string | undefined
  readonly timePlace: string
  /** A FHIR instant. */
  readonly issued?: string
  readonly device: DevicePart
  /** Place in `samples`; undefined where none was taken. */
  readonly sample: number | undefined
  /** By which a later message corrects it. */
  readonly key?: string
  readonly method?: string
  readonly notes: readonly string[]
}

export type ReportPart = Part & {
  readonly code: Concept
  readonly status: string
  readonly statusPlace: string
  readonly time: string | undefined
  readonly issued?: string
  readonly key?: string
  /** Places in `results`. */
  readonly results: readonly number[]
  readonly conclusion?: string
}

export type Run = {
  /** Who sent it, by its own name: device and place. */
  readonly sender: string
  /** The sender's number of what was sent. */
  readonly id: string
  readonly idPlace: string
  /** A FHIR instant: when it was sent. */
  readonly sent?: string
  /** Not about a patient: an exercise. */
  readonly isExercise: boolean
  readonly patient: PatientPart
  readonly samples: readonly SamplePart[]
  readonly results: readonly ResultPart[]
  readonly reports: readonly ReportPart[]
}
