// A decimal in another unit, with as many digits as it was measured with: 130 mg/dL of glucose is 7.22 mmol/L.
// https://hl7.org/fhir/R4/datatypes.html#decimal (the digits say how exact a value is)
// Must not make a value look more exact than one step of its last digit, or less.

const DECIMAL = /^-?\d{1,40}(?:\.(\d{1,40}))?(?:[eE]([+-]?\d{1,3}))?$/

/** Place of the last digit of a decimal: -2 for 1.50; undefined for what is none. */
function lastPlace(digits: string): number | undefined {
  const found = DECIMAL.exec(digits)
  return found === null ? undefined : Number(found[2] ?? 0) - (found[1] ?? '').length
}

// Beyond it a double has no digits.
const MOST_PLACES = 20

/**
 * The digits of value × factor + offset, to the power of ten that one step of the value's last digit reaches.
 * @param digits as in JSON; undefined comes back for what is no decimal, or too large for one
 */
export function convertDecimal(
  digits: string,
  { factor, offset }: { readonly factor: number; readonly offset: number },
): string | undefined {
  const place = lastPlace(digits)
  const exact = Number(digits) * factor + offset
  if (place === undefined || !Number.isFinite(exact)) return undefined
  // What is a power of ten is not missed by the last bit of a double.
  const reached = Math.floor(place + Math.log10(Math.abs(factor)) + 1e-9)
  const to = Math.max(-MOST_PLACES, Math.min(MOST_PLACES, reached))
  const rounded = to > 0 ? Math.round(exact / 10 ** to) * 10 ** to : Number(exact.toPrecision(15))
  const text = rounded.toFixed(Math.max(0, -to))
  return /^-0(\.0*)?$/.test(text) ? text.slice(1) : text
}
