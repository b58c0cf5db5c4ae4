// What search must know of units so that quantities in different ones meet; terminology/units.ts knows it.
// https://hl7.org/fhir/R4/search.html#quantity
// Must not know a unit itself: the caller of createSettings gives that knowledge.
import { UNBOUNDED } from './entry.ts'

/** Values × `factor` + `offset` are values of the unit `code`, which units of one kind have in common: `g.m-3`. */
export type Canonical = { readonly code: string; readonly factor: number; readonly offset: number }

export type UnitText = { readonly system: string; readonly code: string; readonly unit: string }

export type Units = {
  /** Of a stored quantity; undefined when its unit isn't known for sure. */
  canonical(unit: UnitText): Canonical | undefined
  /**
   * Of a unit in a query, by its system or (without) by what people write.
   * @throws Failure `parameter` for a code that its system doesn't have
   */
  asked(system: string | undefined, code: string, at: string): Canonical | undefined
  /**
   * From canonical values to those of another kind of unit, where what is measured allows it: of glucose, from `g.m-3`
   * to `mol.m-3`. `token` is a folded code of what is measured.
   */
  counterpart(system: string, token: string, canonical: string): Canonical | undefined
}

/**
 * A value in the canonical unit, with twelve digits: so many are equal whichever way a value is computed.
 * Open ends stay open.
 */
export function convert(value: number, { factor, offset }: Canonical): number {
  if (value >= UNBOUNDED || value <= -UNBOUNDED) return value
  const exact = value * factor + offset
  if (exact >= UNBOUNDED) return UNBOUNDED
  return exact <= -UNBOUNDED ? -UNBOUNDED : Number(exact.toPrecision(12))
}
