// The parts of CodeSystem and ValueSet that decide which codes there are.
// https://hl7.org/fhir/R4/codesystem.html and https://hl7.org/fhir/R4/valueset.html
// Must not be trusted to be whole: what is stored was checked for its structure, not for its sense.

export type Property = {
  readonly code: string
  readonly valueCode?: string
  readonly valueString?: string
  readonly valueBoolean?: boolean
  readonly valueInteger?: number
  readonly valueDateTime?: string
  readonly valueCoding?: { readonly code?: string }
}

export type Concept = {
  readonly code: string
  readonly property?: readonly Property[]
  readonly concept?: readonly Concept[]
}

export type CodeSystem = {
  readonly resourceType: 'CodeSystem'
  readonly url?: string
  readonly version?: string
  readonly content?: string
  readonly hierarchyMeaning?: string
  readonly concept?: readonly Concept[]
}

export type Filter = { readonly property: string; readonly op: string; readonly value: string }

export type ComposePart = {
  readonly system?: string
  readonly concept?: readonly { readonly code: string }[]
  readonly filter?: readonly Filter[]
  readonly valueSet?: readonly string[]
}

export type Compose = {
  readonly include: readonly ComposePart[]
  readonly exclude?: readonly ComposePart[]
}

export type Contained = {
  readonly system?: string
  readonly code?: string
  readonly abstract?: boolean
  readonly contains?: readonly Contained[]
}

export type ValueSet = {
  readonly resourceType: 'ValueSet'
  readonly url?: string
  readonly version?: string
  readonly compose?: Compose
  readonly expansion?: {
    readonly total?: number
    readonly contains?: readonly Contained[]
  }
}
