// Codes of units that aren't UCUM: whether people would know all the same what is meant.
// https://hl7.org/fhir/R4/datatypes.html#Quantity and https://ucum.org/ucum#para-6 (curly braces: what is counted)
// Must not say what one thing is to another: terminology/ucum.ts knows units.
import { checkUnit } from '../terminology/ucum.ts'

/** What pharmacies and wards write for what is counted or timed; R4's own examples do, with UCUM as the system. */
const EVERYDAY: ReadonlyMap<string, string> = new Map([
  ...['amp', 'amps', 'bag', 'bags', 'bottle', 'cap', 'caps', 'capsule', 'capsules'].map(counted),
  ...['dose', 'doses', 'patch', 'patches', 'pill', 'pills', 'puff', 'puffs', 'spray'].map(counted),
  ...['sprays', 'supp', 'syringe', 'tab', 'tabs', 'tablet', 'tablets', 'tbl', 'unit'].map(counted),
  ...['units', 'vial', 'vials'].map(counted),
  ['cc', 'mL'],
  ['ea', '{each}'],
  ['each', '{each}'],
  ['gtt', '[drp]'],
  ['hr', 'h'],
  ['hrs', 'h'],
  ['mins', 'min'],
  ['sec', 's'],
  ['secs', 's'],
])

function counted(word: string): [string, string] {
  return [word, `{${word}}`]
}

/** @see UnitProblem in workshop.ts */
export function unitProblem(
  code: string,
): { readonly why: string; readonly meant: string | undefined } | undefined {
  const checked = checkUnit(code)
  if (checked.ok) return undefined
  return { why: checked.why, meant: checked.suggestion ?? everyday(code) }
}

/** With everyday words put right; undefined where that doesn't make it UCUM. */
function everyday(code: string): string | undefined {
  if (code.length > 40) return undefined
  const put = code.replace(/[A-Za-z]+/g, (word) => EVERYDAY.get(word.toLowerCase()) ?? word)
  return put !== code && checkUnit(put).ok ? put : undefined
}
