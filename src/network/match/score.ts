// How surely two records are of one person: bits of all elements together, against the chance among so many people.
// https://hl7.org/fhir/R4/patient-operation-match.html; weights.ts says where the weights come from.
// Must not call a match certain by weight alone: relatives share all but the given name, and twins nearly all.
import { compareDates, type DateLikeness } from './birth-date.ts'
import { compareContacts } from './contact.ts'
import { compareNumbers, type NumberEvidence } from './identifier.ts'
import { compareNames, type NameEvidence } from './name.ts'
import type { Person } from './person.ts'
import { GRADES, WEIGHTS } from './weights.ts'

/** https://hl7.org/fhir/R4/valueset-match-grade.html */
export type Grade = 'certain' | 'probable' | 'possible' | 'certainly-not'

export type Match = {
  /** Beyond those that chance takes. */
  readonly bits: number
  /** 0 to 1; undefined grades aren't worth an answer. */
  readonly score: number
  readonly grade: Grade | undefined
  /** A number, or a place among those born together, says that they are two. */
  readonly isOther: boolean
  /** A national number or a passport is the same. */
  readonly isIdentified: boolean
}

/** Greatest scores of what isn't certain, and of what certainly isn't. */
const MOST_PROBABLE = 0.98
const MOST_OTHER = 0.01

/** @param people among how many the match is judged */
export function compare(one: Person, other: Person, people: number): Match {
  const name = compareNames(one.names, other.names)
  const numbers = compareNumbers(one.numbers, other.numbers)
  const date =
    one.birthDate === undefined || other.birthDate === undefined
      ? undefined
      : compareDates(one.birthDate, other.birthDate)
  const isTwin =
    one.ofBirth !== undefined && other.ofBirth !== undefined && one.ofBirth !== other.ofBirth
  const own =
    (name?.bits ?? 0) +
    numbers.bits +
    (date === undefined ? 0 : WEIGHTS.birthDate[date]) +
    sexOf(one, other) +
    (isTwin ? WEIGHTS.otherOfBirth : 0) -
    Math.log2(people)
  const evidence = { name, numbers, date, isTwin }
  if (own + WEIGHTS.household + contradicted(evidence) < GRADES.possible) return NOBODY
  return graded(own + compareContacts(one.contact, other.contact), evidence)
}

const NOBODY: Match = {
  bits: -Infinity,
  score: 0,
  grade: undefined,
  isOther: false,
  isIdentified: false,
}

function sexOf({ gender: one }: Person, { gender: other }: Person): number {
  if (one === undefined || other === undefined) return 0
  return WEIGHTS.gender[one === other ? 'same' : 'different']
}

type Evidence = {
  readonly name: NameEvidence | undefined
  readonly numbers: NumberEvidence
  readonly date: DateLikeness | undefined
  readonly isTwin: boolean
}

/** The bits that say that they are two: without them somebody would be worth an answer that says so. */
const contradicted = ({ isTwin, numbers }: Evidence): number =>
  isTwin ? -WEIGHTS.otherOfBirth : numbers.isOther ? -WEIGHTS.identifier.otherNational : 0

function graded(bits: number, evidence: Evidence): Match {
  const isOther = evidence.isTwin || (evidence.numbers.isOther && !evidence.numbers.isIdentified)
  const score = 1 / (1 + 2 ** -bits)
  const said = { bits, isOther, isIdentified: evidence.numbers.isIdentified }
  if (isOther) {
    const grade = bits + contradicted(evidence) >= GRADES.possible ? 'certainly-not' : undefined
    return { ...said, score: Math.min(score, MOST_OTHER), grade }
  }
  if (bits >= GRADES.certain && isSure(evidence)) return { ...said, score, grade: 'certain' }
  const grade =
    bits >= GRADES.probable ? 'probable' : bits >= GRADES.possible ? 'possible' : undefined
  return { ...said, score: Math.min(score, MOST_PROBABLE), grade }
}

/**
 * Numbers are taken down for the wrong person (a child by the parent's, a wife by her husband's), so name and date have to
 * go with them; without a number, the given name has to be the same.
 */
function isSure({ name, numbers, date }: Evidence): boolean {
  if (date === 'different') return false
  if (numbers.isIdentified)
    return name === undefined
      ? date !== undefined
      : name.given === 'missing' || name.given === 'different'
        ? name.family !== 'different' && name.given === 'missing'
        : true
  const isGiven = name?.given === 'same' || name?.given === 'partial' || name?.given === 'sound'
  return isGiven && date !== undefined
}
