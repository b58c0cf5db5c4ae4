// Numbers and ranges as devices write them: `12.5`, `<0.5`, `3.9 - 7.8`, `≥ 60`.
// https://hl7.org/fhir/R4/datatypes.html#decimal
// Must not lose digits: a number stays a text.
import type { Range } from './run.ts'

export type Written = { readonly digits: string; readonly comparator?: string }

const NUMBER = /^(<=|>=|<|>|≤|≥)?\s*([+-]?)(\d{1,20}|\d{0,20}\.\d{1,20}|\d{1,20}\.)$/

const SIGNS: Readonly<Record<string, string>> = { '≤': '<=', '≥': '>=' }

/** The digits as JSON writes them, with a comparator of FHIR; undefined for what is no number. */
export function numberOf(text: string): Written | undefined {
  const found = NUMBER.exec(text.trim())
  if (found === null) return undefined
  const [, sign, minus, body = ''] = found
  const [whole = '', fraction = ''] = body.split('.')
  const digits = `${minus === '-' ? '-' : ''}${whole.replace(/^0+(?=\d)/, '') || '0'}${fraction === '' ? '' : `.${fraction}`}`
  return { digits, ...(sign === undefined ? {} : { comparator: SIGNS[sign] ?? sign }) }
}

const BOTH = /^(\S+?)\s*(?:-|–|\.\.|to)\s*(\S+)$/

/** A reference range; what isn't understood stays a text. */
export function rangeOf(text: string): Range | undefined {
  if (text === '' || text === '""') return undefined
  const one = numberOf(text)
  if (one?.comparator?.startsWith('<') === true) return { high: one.digits, text }
  if (one?.comparator?.startsWith('>') === true) return { low: one.digits, text }
  const both = BOTH.exec(text)
  if (both !== null) {
    const [low, high] = [numberOf(both[1]!), numberOf(both[2]!)]
    if (
      low !== undefined &&
      high !== undefined &&
      low.comparator === undefined &&
      high.comparator === undefined &&
      Number(low.digits) <= Number(high.digits)
    )
      return { low: low.digits, high: high.digits, text }
  }
  return { text }
}
