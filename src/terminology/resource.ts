// The parts of CodeSystem, ValueSet and ConceptMap that say which codes there are and what they mean.
// https://hl7.org/fhir/R4/codesystem.html, https://hl7.org/fhir/R4/valueset.html, https://hl7.org/fhir/R4/conceptmap.html
// Must not be trusted to be whole: what is stored was checked for its structure, not for its sense.

export type Coding = {
  readonly system?: string
  readonly version?: string
  readonly code?: string
  readonly display?: string
}

export type CodeableConcept = { readonly coding?: readonly Coding[]; readonly text?: string }

export type Property = {
  readonly code: string
  readonly valueCode?: string
  readonly valueString?: string
  readonly valueBoolean?: boolean
  readonly valueInteger?: number
  readonly valueDateTime?: string
  readonly valueCoding?: Coding
}

/** Another way to say what a code means, mostly in another language. */
export type Designation = {
  readonly language?: string
  readonly use?: Coding
  readonly value: string
}

export type Concept = {
  readonly code: string
  readonly display?: string
  readonly definition?: string
  readonly designation?: readonly Designation[]
  readonly property?: readonly Property[]
  readonly concept?: readonly Concept[]
}

type Canonical = {
  readonly id?: string
  readonly url?: string
  readonly version?: string
  readonly name?: string
  readonly title?: string
  readonly status?: string
  readonly language?: string
}

export type CodeSystem = Canonical & {
  readonly resourceType: 'CodeSystem'
  readonly content?: string
  /** Of a supplement: the code system that its designations and properties belong to. */
  readonly supplements?: string
  readonly caseSensitive?: boolean
  readonly hierarchyMeaning?: string
  readonly concept?: readonly Concept[]
}

export type Filter = { readonly property: string; readonly op: string; readonly value: string }

/** A code that a value set names itself, with the words that it prefers. */
export type Listed = {
  readonly code: string
  readonly display?: string
  readonly designation?: readonly Designation[]
}

export type ComposePart = {
  readonly system?: string
  readonly version?: string
  readonly concept?: readonly Listed[]
  readonly filter?: readonly Filter[]
  readonly valueSet?: readonly string[]
}

export type Compose = {
  readonly inactive?: boolean
  readonly include: readonly ComposePart[]
  readonly exclude?: readonly ComposePart[]
}

export type Contained = Partial<Listed> & {
  readonly system?: string
  readonly version?: string
  readonly abstract?: boolean
  readonly inactive?: boolean
  readonly contains?: readonly Contained[]
}

export type ValueSet = Canonical & {
  readonly resourceType: 'ValueSet'
  readonly compose?: Compose
  readonly expansion?: {
    readonly total?: number
    readonly contains?: readonly Contained[]
  }
}

export type Mapping = {
  readonly code?: string
  readonly display?: string
  readonly equivalence: string
  readonly comment?: string
  readonly product?: readonly {
    readonly property: string
    readonly system?: string
    readonly value: string
    readonly display?: string
  }[]
}

export type MapGroup = {
  readonly source?: string
  readonly target?: string
  readonly element?: readonly {
    readonly code?: string
    readonly display?: string
    readonly target?: readonly Mapping[]
  }[]
  readonly unmapped?: {
    readonly mode: string
    readonly code?: string
    readonly display?: string
    readonly url?: string
  }
}

export type ConceptMap = Canonical & {
  readonly resourceType: 'ConceptMap'
  readonly sourceUri?: string
  readonly sourceCanonical?: string
  readonly targetUri?: string
  readonly targetCanonical?: string
  readonly group?: readonly MapGroup[]
}
