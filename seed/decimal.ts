// Decimals that keep their trailing digits: 5.40 is a statement about precision, 5.4 another one.
// https://hl7.org/fhir/R4/datatypes.html#decimal

/**
 * A number that `JSON.stringify` writes with exactly `digits` digits after the point.
 * The result is only to be written: no arithmetic can be done with it.
 */
export function decimal(value: number, digits: number): number {
  return JSON.rawJSON(value.toFixed(digits)) as unknown as number
}
