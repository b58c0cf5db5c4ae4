// How coarse sex, birth date and region are told, so that at least k people are told alike.
// Full-domain levels from fine to coarse, each for those whom the finer ones did not hide: k-anonymity by Sweeney (2002).
// Must not tell anybody apart by what is left: who can't be hidden is told nothing of.
import type { Level, Policy } from './policy.ts'

/** What the record says of a patient. */
export type Person = {
  readonly id: string
  readonly sex?: string
  /** Year of birth, of the oldest that which makes them as old as the policy tells. */
  readonly year?: number
  readonly country?: string
  readonly region?: string
  readonly postal?: string
}

/** What is told: `born`: first and last year. */
export type Told = {
  readonly sex?: string
  readonly born?: readonly [first: number, last: number]
  readonly country?: string
  readonly region?: string
  readonly postal?: string
}

export type Hidden = {
  readonly told: ReadonlyMap<string, Told>
  /** The fewest that are told alike; undefined when nobody is told anything of. */
  readonly reached: number | undefined
  /** People by level of the policy. */
  readonly levels: readonly number[]
  /** Of whom nothing is told. */
  readonly suppressed: number
  readonly over: 'cohort' | 'population'
}

export function toldAt(person: Person, level: Level): Told {
  const { sex, year, country, region, postal } = person
  const { birthYears, postalDigits } = level
  const first = year === undefined || birthYears === 0 ? undefined : year - (year % birthYears)
  return {
    ...(level.sex && sex !== undefined ? { sex } : {}),
    ...(first === undefined ? {} : { born: [first, first + birthYears - 1] as const }),
    ...(level.country && country !== undefined ? { country } : {}),
    ...(level.region && region !== undefined ? { region } : {}),
    ...(postalDigits > 0 && postal !== undefined && postal.length >= postalDigits
      ? { postal: postal.slice(0, postalDigits) }
      : {}),
  }
}

const keyOf = ({ sex, born, country, region, postal }: Told): string =>
  JSON.stringify([sex ?? null, born ?? null, country ?? null, region ?? null, postal ?? null])

const saysNothing = (told: Told): boolean => Object.keys(told).length === 0

/**
 * Each told as finely as k of the cohort are told alike; where the cohort has fewer than k people, k of all whom `count`
 * counts.
 */
export async function hide(
  people: readonly Person[],
  { levels, k }: Pick<Policy, 'levels' | 'k'>,
  count: (told: Told) => Promise<number>,
): Promise<Hidden> {
  if (people.length < k) return among(people, levels, k, count)
  const classes: Class[] = []
  let left = people
  for (const [at, level] of levels.entries()) {
    const fewer: Person[] = []
    for (const group of groupsAt(left, level).values())
      if (group.length < k) fewer.push(...group)
      else classes.push({ level: at, told: toldAt(group[0]!, level), of: group })
    left = fewer
  }
  joined(left, classes, levels)
  const told = new Map<string, Told>()
  const counts = levels.map(() => 0)
  let suppressed = 0
  let reached = Infinity
  for (const { level, told: what, of } of classes) {
    for (const { id } of of) told.set(id, what)
    counts[level]! += of.length
    if (saysNothing(what)) suppressed += of.length
    else reached = Math.min(reached, of.length)
  }
  return {
    told,
    reached: reached === Infinity ? undefined : reached,
    levels: counts,
    suppressed,
    over: 'cohort',
  }
}

/** People who are told alike, and at which level. */
type Class = { readonly level: number; readonly told: Told; readonly of: readonly Person[] }

function groupsAt(people: readonly Person[], level: Level): ReadonlyMap<string, Person[]> {
  const groups = new Map<string, Person[]>()
  for (const person of people) {
    const key = keyOf(toldAt(person, level))
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [person])
    else group.push(person)
  }
  return groups
}

/**
 * Puts those whom no level hides into the smallest class that they are like, at the finest level at which there is one: all of
 * it is told as coarsely then. At the end there is one of whom nothing is told.
 */
function joined(left: readonly Person[], classes: Class[], levels: readonly Level[]): void {
  let waiting = left
  for (const [at, level] of levels.entries()) {
    const still: Person[] = []
    for (const [key, group] of groupsAt(waiting, level)) {
      const like = classes
        .filter(({ of }) => of.every((one) => keyOf(toldAt(one, level)) === key))
        .sort((a, b) => a.of.length - b.of.length)[0]
      if (like === undefined) still.push(...group)
      else
        classes[classes.indexOf(like)] = {
          level: at,
          told: toldAt(group[0]!, level),
          of: [...like.of, ...group],
        }
    }
    waiting = still
  }
  if (waiting.length === 0) return
  classes.sort((a, b) => a.of.length - b.of.length)
  const smallest = classes.shift()
  classes.push({
    level: levels.length - 1,
    told: {},
    of: [...waiting, ...(smallest?.of ?? [])],
  })
}

async function among(
  people: readonly Person[],
  levels: readonly Level[],
  k: number,
  count: (told: Told) => Promise<number>,
): Promise<Hidden> {
  const told = new Map<string, Told>()
  const counts = levels.map(() => 0)
  let suppressed = 0
  let reached = Infinity
  for (const person of people) {
    told.set(person.id, {})
    for (const [at, level] of levels.entries()) {
      const what = toldAt(person, level)
      const alike = saysNothing(what) ? 0 : await count(what)
      if (!saysNothing(what) && alike < k) continue
      told.set(person.id, what)
      counts[at]! += 1
      if (saysNothing(what)) suppressed += 1
      else reached = Math.min(reached, alike)
      break
    }
    if (saysNothing(told.get(person.id)!) && !levels.some((l) => saysNothing(toldAt(person, l))))
      suppressed += 1
  }
  return {
    told,
    reached: reached === Infinity ? undefined : reached,
    levels: counts,
    suppressed,
    over: 'population',
  }
}

/** What a Patient says of who it is, as far as it is told at all. @param today the year in which ages are counted */
export function personOf(
  patient: Readonly<Record<string, unknown>>,
  { oldest, forms }: Pick<Policy, 'oldest' | 'forms'>,
  today: number,
): Person {
  const text = (value: unknown): string | undefined =>
    typeof value === 'string' && value !== '' ? value : undefined
  const born = yearOf(patient['birthDate'])
  const until = yearOf(patient['deceasedDateTime']) ?? today
  const year = born === undefined ? undefined : until - born > oldest ? until - oldest - 1 : born
  const addresses = Array.isArray(patient['address']) ? (patient['address'] as unknown[]) : []
  const all = addresses.filter(
    (one): one is Record<string, unknown> => typeof one === 'object' && one !== null,
  )
  const address = all.find(({ use }) => use === 'home') ?? all[0]
  const coded = (element: string, form: RegExp): string | undefined => {
    const value = text(address?.[element])
    return value !== undefined && form.test(value) ? value : undefined
  }
  const sex = text(patient['gender'])
  const country = coded('country', forms.country)
  const region = coded('state', forms.region)
  const postal = coded('postalCode', forms.postal)
  return {
    id: String(patient['id']),
    ...(sex === undefined ? {} : { sex }),
    ...(year === undefined ? {} : { year }),
    ...(country === undefined ? {} : { country }),
    ...(region === undefined ? {} : { region }),
    ...(postal === undefined ? {} : { postal }),
  }
}

const yearOf = (date: unknown): number | undefined => {
  const year = typeof date === 'string' ? /^\d{4}/.exec(date)?.[0] : undefined
  return year === undefined ? undefined : Number(year)
}
