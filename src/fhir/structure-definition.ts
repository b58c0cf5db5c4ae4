// The parts of a StructureDefinition that validation reads.
// https://hl7.org/fhir/R4/structuredefinition.html and https://hl7.org/fhir/R4/elementdefinition.html
// Must not be trusted to be whole: one that a client sent was checked for its structure, not for its sense.

export type ElementType = {
  readonly code: string
  readonly profile?: readonly string[]
  readonly targetProfile?: readonly string[]
  readonly aggregation?: readonly string[]
  readonly versioning?: string
  readonly extension?: readonly { readonly url: string; readonly valueUrl?: string }[]
}

export type Discriminator = { readonly type: string; readonly path: string }

export type Slicing = {
  readonly discriminator?: readonly Discriminator[]
  readonly ordered?: boolean
  readonly rules?: string
}

export type Constraint = {
  readonly key: string
  readonly severity: string
  readonly human?: string
  readonly expression?: string
  readonly source?: string
  readonly extension?: readonly { readonly url: string; readonly valueBoolean?: boolean }[]
}

export type Binding = { readonly strength: string; readonly valueSet?: string }

/** An ElementDefinition; of `fixed[x]`, `pattern[x]`, `minValue[x]` and `maxValue[x]` whichever is there. */
export type Element = {
  readonly id?: string
  readonly path: string
  readonly sliceName?: string
  readonly slicing?: Slicing
  readonly min?: number
  readonly max?: string
  readonly type?: readonly ElementType[]
  readonly contentReference?: string
  readonly constraint?: readonly Constraint[]
  readonly binding?: Binding
  readonly maxLength?: number
  readonly isModifier?: boolean
  readonly [name: string]: unknown
}

export type StructureDefinition = {
  readonly resourceType: 'StructureDefinition'
  readonly url: string
  readonly version?: string
  readonly name?: string
  readonly type: string
  readonly kind: string
  readonly abstract?: boolean
  readonly derivation?: string
  readonly baseDefinition?: string
  readonly context?: readonly { readonly type: string; readonly expression: string }[]
  readonly contextInvariant?: readonly string[]
  readonly snapshot?: { readonly element: readonly Element[] }
  readonly differential?: { readonly element: readonly Element[] }
}

/** By canonical URL, with or without a version. */
export type FindStructure = (canonical: string) => StructureDefinition | undefined

const CORE = 'http://hl7.org/fhir/StructureDefinition/'

/** The canonical URL of the definition of a type. */
export const typeUrl = (type: string): string => (/^[a-z]+:/.test(type) ? type : CORE + type)

/** The type that a canonical URL of R4's own stands for, if it has the form of one. */
export const typeOfUrl = (canonical: string): string | undefined =>
  canonical.startsWith(CORE) ? canonical.slice(CORE.length).split('|', 1)[0] : undefined

const FHIR_TYPE = 'http://hl7.org/fhir/StructureDefinition/structuredefinition-fhir-type'

/** The FHIR type that a type of an element names; ids and the values of primitives have one of FHIRPath. */
export function typeCode({ code, extension }: ElementType): string {
  if (!code.startsWith('http://hl7.org/fhirpath/')) return code
  return extension?.find(({ url }) => url === FHIR_TYPE)?.valueUrl ?? 'string'
}
