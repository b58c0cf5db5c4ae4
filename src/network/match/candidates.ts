// Whom a record may be of: few people for each way to find them, from the index, never by going through all.
// https://hl7.org/fhir/R4/search.html; the searches are those that anybody could ask for.
// Must not decide who it is: score.ts does.
import type { Context } from '../../context.ts'
import type { Query } from '../../fhir/message.ts'
import { ALL, type Condition, type Plan } from '../../search/plan.ts'
import type { Limits, Version } from '../../store/store.ts'
import { slipsOf, swappedDate } from './birth-date.ts'
import { systemsOf } from './identifier.ts'
import { BIRTHDAYS, FEWEST_PEOPLE } from './weights.ts'

type Patient = Readonly<Record<string, unknown>>

export type Candidates = {
  readonly found: readonly Version[]
  /** About how many people there are to be mistaken for. */
  readonly people: number
}

/** Most people of one way to find them: at a million, thirty were born on one day. */
const MOST = 200
/** Longer ones are no names. */
const LONGEST = 80
/** Most names that a way is asked by. */
const MOST_NAMES = 4

const escaped = (text: string): string => text.replace(/[\\,|$]/g, '\\$&')

/** By what is rarely mistaken: numbers, telephones, mail, the date of birth as it is and with day and month swapped. */
export async function nearest(
  patient: Patient,
  context: Context,
  limits: Limits,
): Promise<Candidates> {
  const birthDate = dateIn(patient)
  const swapped = birthDate === undefined ? undefined : swappedDate(birthDate)
  const day = birthDate === undefined ? NOBODY : await search(born([birthDate]), context, limits)
  const others = [
    ...identified(patient),
    ...reached(patient),
    ...(swapped === undefined ? [] : [born([swapped])]),
  ]
  const found = new Map<string, Version>()
  const add = (versions: readonly Version[]): void => {
    for (const one of versions) found.set(one.id, one)
  }
  if (!day.isAll && birthDate !== undefined)
    // So many that only namesakes among them can be looked at.
    add((await search(born([birthDate]), context, limits, among(patient, context))).versions)
  add(day.versions)
  for (const query of others) add((await search(query, context, limits)).versions)
  const isWhole = birthDate?.length === 10
  const people = isWhole ? Math.max(FEWEST_PEOPLE, day.versions.length * BIRTHDAYS) : FEWEST_PEOPLE
  return { found: [...found.values()], people }
}

/**
 * By the name, among those whose date of birth is a slip away, or among all where no date is known: asked only when those
 * above don't tell.
 */
export async function farther(
  patient: Patient,
  context: Context,
  limits: Limits,
): Promise<readonly Version[]> {
  const birthDate = dateIn(patient)
  const slips = birthDate === undefined ? [] : slipsOf(birthDate)
  const named = namesOf(patient, context)
  if (named.length === 0 || (birthDate !== undefined && slips.length === 0)) return []
  const found =
    birthDate === undefined
      ? search([], context, limits, { kind: 'or', of: named })
      : search(born(slips), context, limits, among(patient, context))
  return (await found).versions
}

/**
 * By the name, asked of those whom a date leads to. A name in the first place would lead to a tenth of all: what is denied
 * twice is tested, and not looked up.
 */
const among = (patient: Patient, context: Context): Condition => ({
  kind: 'not',
  of: {
    kind: 'not',
    of: { kind: 'and', of: [...ofSex(patient, context), anyOf(patient, context)] },
  },
})

const anyOf = (patient: Patient, context: Context): Condition => ({
  kind: 'or',
  of: namesOf(patient, context),
})

/** Whoever has both the date and this wrong is found by a number or not at all. */
const ofSex = ({ gender }: Patient, context: Context): readonly Condition[] =>
  gender === 'male' || gender === 'female'
    ? [context.plan('Patient', [['gender', gender]], { strict: true }).plan.where]
    : []

const NOBODY = { versions: [], isAll: true }

async function search(
  query: Query,
  context: Context,
  limits: Limits,
  also: Condition = ALL,
): Promise<{ readonly versions: readonly Version[]; readonly isAll: boolean }> {
  const { plan } = context.plan('Patient', query, { strict: true })
  const where: Condition = also === ALL ? plan.where : { kind: 'and', of: [plan.where, also] }
  const asked: Plan = { ...plan, where, sort: [], count: MOST, total: false, includes: [] }
  const { matches, next } = await context.store.search(asked, limits)
  return { versions: matches, isAll: next === undefined }
}

const born = (dates: readonly string[]): Query => [['birthdate', dates.join(',')]]

function dateIn({ birthDate }: Patient): string | undefined {
  return typeof birthDate === 'string' && /^\d{4}(-\d\d){0,2}$/.test(birthDate)
    ? birthDate
    : undefined
}

const objects = (value: unknown): readonly Patient[] =>
  (Array.isArray(value) ? (value as unknown[]) : []).filter(
    (one): one is Patient => typeof one === 'object' && one !== null,
  )

/** As it is written, bare, and as its register groups it; by each system of the register. */
function identified({ identifier }: Patient): readonly Query[] {
  const values = objects(identifier).flatMap(({ system, value }) => {
    if (typeof value !== 'string' || value.trim() === '') return []
    const bare = value.replace(/[\s-]+/g, '')
    const forms = new Set([value, bare])
    if (/^\d{13}$/.test(bare)) forms.add(`${bare.slice(0, 6)}-${bare.slice(6)}`)
    if (/^\d{11}$/.test(bare)) {
      const [a, b, c, d] = [bare.slice(0, 3), bare.slice(3, 6), bare.slice(6, 9), bare.slice(9)]
      forms.add(`${a}-${b}-${c} ${d}`).add(`${a}-${b}-${c}-${d}`)
    }
    const systems = typeof system === 'string' && system !== '' ? systemsOf(system) : [undefined]
    return systems.flatMap((one) =>
      [...forms].map((form) =>
        one === undefined ? escaped(form) : `${escaped(one)}|${escaped(form)}`,
      ),
    )
  })
  return values.length === 0 ? [] : [[['identifier', values.slice(0, 100).join(',')]]]
}

/** Telephones in the forms that they are usually written in, and mail. */
function reached({ telecom }: Patient): readonly Query[] {
  const values = new Set<string>()
  for (const { value } of objects(telecom).slice(0, 8)) {
    if (typeof value !== 'string' || value.trim() === '') continue
    values.add(value)
    if (value.includes('@')) continue
    const digits = value.replace(/\D+/g, '')
    if (digits.length < 8) continue
    values.add(digits).add(`+${digits}`)
    const national =
      /^(?:82|7)(\d{9,10})$/.exec(digits)?.[1] ?? /^[08](\d{9,10})$/.exec(digits)?.[1]
    if (national === undefined) continue
    const [a, b, c, d] = [
      national.slice(0, -7),
      national.slice(-7, -4),
      national.slice(-4, -2),
      national.slice(-2),
    ]
    if (national.length === 10 && /^10/.test(national)) {
      const korean = `${national.slice(0, 2)}-${national.slice(2, 6)}-${national.slice(6)}`
      values.add(`0${korean}`).add(`+82-${korean}`).add(`+82 ${korean}`)
      values.add(`0${national}`).add(`82${national}`).add(`+82${national}`)
      values.add(`+82 ${korean.replaceAll('-', ' ')}`)
    }
    values.add(`+7${national}`).add(`7${national}`).add(`8${national}`)
    values
      .add(`+7-${a}-${b}-${c}-${d}`)
      .add(`+7 ${a} ${b}-${c}-${d}`)
      .add(`+7 (${a}) ${b}-${c}-${d}`)
    values.add(`+7 ${a} ${b} ${c} ${d}`).add(`8 ${a} ${b}-${c}-${d}`).add(`8 (${a}) ${b}-${c}-${d}`)
    values.add(`+7-${a}-${b}-${c}${d}`)
  }
  return values.size === 0 ? [] : [[['telecom', [...values].map(escaped).join(',')]]]
}

/** For each of some names: family and given name, each in any script and in either's place. */
function namesOf({ name }: Patient, context: Context): readonly Condition[] {
  return objects(name)
    .slice(0, MOST_NAMES)
    .flatMap(({ family, given, text }): Condition[] => {
      const [first] = (Array.isArray(given) ? (given as unknown[]) : []).filter(isWord)
      const words = [family, first].filter(isWord)
      if (words.length === 0 && isWord(text)) words.push(text)
      return words.length === 0 ? [] : [namedBy(words, context)]
    })
}

const isWord = (value: unknown): value is string =>
  typeof value === 'string' && /[\p{L}\p{N}]/u.test(value) && value.length <= LONGEST

const namedBy = (words: readonly string[], context: Context): Condition =>
  context.plan(
    'Patient',
    words.map((word): [string, string] => ['name', escaped(word)]),
    { strict: true },
  ).plan.where
