// Security labels: index entries of those that a resource carries, and what a provision that names labels asks of them.
// https://hl7.org/fhir/R4/security-labels.html, https://terminology.hl7.org/CodeSystem-v3-Confidentiality.html
// Must not lower a label: one that isn't known is kept as one that no permit knows.
import type { Resource } from '../fhir/message.ts'
import { fieldsOf, textOf } from '../search/emit.ts'
import type { Entry, IndexPath } from '../search/entry.ts'
import type { Condition } from '../search/plan.ts'
import { NONE } from '../search/plan.ts'
import { foldToken } from '../search/token.ts'
import { both, either, not } from './fold.ts'
import type { Code, Listed } from './rule.ts'
import { ACT_REASON } from './rule.ts'

/** Effective labels of a resource: its confidentiality unless N, its sensitivities, and those that aren't known. */
export const LABEL: IndexPath = '*label'

const HL7 = 'http://terminology.hl7.org/CodeSystem'
const CONFIDENTIALITY = `${HL7}/v3-Confidentiality`
const SENSITIVITY = `${HL7}/v3-ActCode`
/** From the lowest. */
const LEVELS = ['U', 'L', 'M', 'N', 'R', 'V']
const NORMAL = LEVELS.indexOf('N')
/** System and code of the entry of a label that isn't in the tables. */
const OTHER = 'other'

const BELOW: Readonly<Record<string, string>> = {
  SPI: 'BH MH PSY PSYTHPN',
  BH: 'COGN DVD EMOTDIS',
  SUD: 'ETHUD OPIOIDUD',
}
const SENSITIVITIES =
  'ETH GDIS HIV MST SCA SDV SEX SPI BH COGN DVD EMOTDIS MH PSY PSYTHPN SUD ETHUD OPIOIDUD STD TBOO VIO SICKLE DEMO DOB GENDER LIVARG MARST RACE REL B EMPL LOCIS SSP ADOL CEL DIA DRGIS EMP PDS PHY PRS'.split(
    ' ',
  )

const withBelow = (code: string): readonly string[] => [
  code,
  ...(BELOW[code]?.split(' ') ?? []).flatMap(withBelow),
]

/** Entries of the labels of a resource; none for most. */
export function labelEntries({ meta }: Resource): Entry[] {
  const labels = meta?.security
  if (!Array.isArray(labels) || labels.length === 0) return []
  const out: Entry[] = []
  const push = (system: string, code: string): void => {
    out.push({ kind: 'token', path: LABEL, group: 0, system, code: foldToken(code) })
  }
  let level = -1
  for (const label of labels) {
    const coding = fieldsOf(label)
    const system = textOf(coding?.['system'])
    const code = textOf(coding?.['code'])?.toUpperCase() ?? ''
    if (system === ACT_REASON) continue
    const at = system === SENSITIVITY ? -1 : LEVELS.indexOf(code)
    if (at >= 0 && (system === undefined || system === CONFIDENTIALITY)) level = Math.max(level, at)
    else if (SENSITIVITIES.includes(code) && (system === undefined || system === SENSITIVITY))
      push(SENSITIVITY, code)
    else push(OTHER, OTHER)
  }
  if (level >= 0 && level !== NORMAL) push(CONFIDENTIALITY, LEVELS[level] ?? '')
  return out
}

/**
 * What labels that a provision names ask of a resource.
 * @param carried where `meta.security` is indexed
 */
export function labelled(
  { of, unknown }: Listed<Code>,
  type: 'permit' | 'deny',
  carried: readonly IndexPath[],
): Condition {
  const levels: number[] = []
  const sensitive = new Set<string>()
  const others: Code[] = []
  for (const { system, code } of of) {
    const name = code.toUpperCase()
    const level = LEVELS.indexOf(name)
    if (level >= 0 && (system === undefined || system === CONFIDENTIALITY)) levels.push(level)
    else if (SENSITIVITIES.includes(name) && (system === undefined || system === SENSITIVITY))
      for (const one of withBelow(name)) sensitive.add(one)
    else others.push({ ...(system === undefined ? {} : { system }), code })
  }
  if (type === 'deny') {
    if (unknown) return not(NONE)
    return either(
      levels.length === 0 ? NONE : atLeast(Math.min(...levels)),
      anyOf(SENSITIVITY, [...sensitive]),
      ...others.map((one): Condition => ({
        kind: 'token',
        paths: carried,
        ...one,
        code: foldToken(one.code),
      })),
    )
  }
  const uncovered = SENSITIVITIES.filter((code) => !sensitive.has(code))
  const covered = not(either(anyOf(SENSITIVITY, uncovered), anyOf(OTHER, [OTHER])))
  if (levels.length > 0) return both(not(atLeast(Math.max(...levels) + 1)), covered)
  return both(anyOf(SENSITIVITY, [...sensitive]), covered)
}

/** The confidentiality is of this level or higher. */
function atLeast(level: number): Condition {
  const names = (from: number, to: number): Condition =>
    anyOf(CONFIDENTIALITY, LEVELS.slice(from, to))
  // What has no entry is normal.
  return level <= NORMAL ? not(names(0, level)) : names(level, LEVELS.length)
}

const anyOf = (system: string, codes: readonly string[]): Condition =>
  either(
    ...codes.map((code): Condition => ({
      kind: 'token',
      paths: [LABEL],
      system,
      code: foldToken(code),
    })),
  )
