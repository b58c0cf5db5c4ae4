// Conformance resources by canonical URL, wherever they come from: the R4 definitions, packages, requests. The seam only.
// https://hl7.org/fhir/R4/conformance-module.html and https://hl7.org/fhir/R4/references.html#canonical
// Must not know a store: conformance/registry.ts is what stands behind it.
import type { Resource } from './message.ts'

/** Types that are looked up by canonical URL, and that packages bring. */
export const CONFORMANCE_TYPES = [
  'ActivityDefinition',
  'CapabilityStatement',
  'CodeSystem',
  'ConceptMap',
  'ImplementationGuide',
  'NamingSystem',
  'OperationDefinition',
  'PlanDefinition',
  'SearchParameter',
  'StructureDefinition',
  'ValueSet',
] as const

export type ConformanceType = (typeof CONFORMANCE_TYPES)[number]

export type ConformanceResource = Resource & {
  readonly url?: string
  readonly version?: string
  readonly status?: string
}

export type Conformance = {
  /**
   * The resource that a canonical names, `url` or `url|version`. What is stored here goes before what R4 publishes; of
   * several versions the highest, one that is not retired before one that is; of a code system the whole before its
   * fragments. Nobody changes what is returned: it is kept.
   */
  find(type: ConformanceType, canonical: string): Promise<ConformanceResource | undefined>
  /** All of a type that are stored here, those that R4 publishes not among them. */
  stored(type: ConformanceType): Promise<readonly ConformanceResource[]>
  /**
   * Told after something of these types was written, here (before the writer is answered) or by another process (within
   * seconds). What was made of an earlier `find` may be wrong from then on.
   * @returns ends it
   */
  onChange(listener: (types: ReadonlySet<ConformanceType>) => void | Promise<void>): () => void
}

export const isConformanceType = (type: string): type is ConformanceType =>
  (CONFORMANCE_TYPES as readonly string[]).includes(type)
