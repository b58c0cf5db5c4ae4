// The types of FHIR R4 in the compact form that everything else is compiled from.
// https://hl7.org/fhir/R4/structuredefinition.html
// Must not parse the full definitions at every start: see definitions-cache.ts, which makes and keeps this form.

export type TypeReference = {
  /** `Quantity`, `string`, `Patient` (for contained: `Resource`), or the path of a backbone element, `Patient.contact`. */
  readonly code: string
  /** Resource types that a Reference or canonical may point to; absent = any. */
  readonly targets?: readonly string[]
}

export type ElementDefinition = {
  /** Without the type's name for a choice: `value` for `value[x]`. */
  readonly name: string
  readonly types: readonly TypeReference[]
  readonly choice: boolean
  readonly min: number
  /** Infinity for `*`. */
  readonly max: number
  readonly summary: boolean
  readonly modifier: boolean
  /** An XML attribute (`id`, `url` of an Extension). */
  readonly attribute: boolean
  readonly binding?: {
    readonly strength: 'required' | 'extensible' | 'preferred' | 'example'
    readonly valueSet: string
  }
}

export type TypeDefinition = {
  readonly name: string
  readonly kind: 'primitive' | 'complex' | 'backbone' | 'resource'
  readonly abstract: boolean
  /** `DomainResource` for Patient, `BackboneElement` for `Patient.contact`. */
  readonly base: string | undefined
  /** Regular expression of a primitive's string form, unanchored, as the specification has it. */
  readonly regex?: string
  /** Inherited ones first, in the order of the specification. */
  readonly elements: readonly ElementDefinition[]
}

/** One name that may stand in the JSON of a type: `valueQuantity` of an Observation. */
export type Property = {
  readonly name: string
  readonly element: ElementDefinition
  /** Name of the type that the value has. */
  readonly type: TypeDefinition
  readonly array: boolean
}

export type SearchParameterDefinition = {
  readonly url: string
  readonly code: string
  readonly base: readonly string[]
  readonly type:
    | 'number'
    | 'date'
    | 'string'
    | 'token'
    | 'reference'
    | 'composite'
    | 'quantity'
    | 'uri'
    | 'special'
  readonly description: string
  readonly expression: string | undefined
  readonly target: readonly string[]
  readonly components: readonly { readonly definition: string; readonly expression: string }[]
  /** What queries may do with it, where its definition says less than its type allows. */
  readonly limits?: SearchLimits
}

/** Absent = whatever the type of the parameter allows. */
export type SearchLimits = {
  readonly modifiers?: readonly string[]
  readonly comparators?: readonly string[]
  /** Names that may follow it in a chain. */
  readonly chains?: readonly string[]
  readonly multipleOr?: boolean
  readonly multipleAnd?: boolean
}

export type Definitions = {
  /** Every type by name, backbone elements by path. */
  readonly types: ReadonlyMap<string, TypeDefinition>
  /** Concrete resource types in alphabetical order. */
  readonly resourceTypes: readonly string[]
  isResourceType(name: string): boolean
  /** Names that may stand in the JSON of a type (without the `_` siblings), made once for each type. */
  properties(type: string): ReadonlyMap<string, Property>
  readonly searchParameters: readonly SearchParameterDefinition[]
  /** By compartment (`Patient`), then resource type, the codes of the parameters that link to it. */
  readonly compartments: ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>
  /** All codes of a value set that has a required binding to elements of type `code`; undefined when it isn't enumerable. */
  codes(valueSet: string): readonly string[] | undefined
  /** The same by code system, for required bindings to Coding and CodeableConcept too. */
  codings(valueSet: string): ReadonlyMap<string, readonly string[]> | undefined
}
