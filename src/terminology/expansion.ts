// The codes of a value set with their words, for people and forms: filtered, and a page at a time.
// https://hl7.org/fhir/R4/valueset-operation-expand.html
// Must not leave codes out silently: what can't be listed, or is too much at once, is refused with words.
import { fail } from '../errors.ts'
import { foldString } from '../search/string.ts'
import type { Finder } from './finder.ts'
import { hierarchyOf } from './hierarchy.ts'
import { displayOf } from './language.ts'
import { isAbstract, isInactive } from './meaning.ts'
import { conceptsOf, isInParts } from './parts.ts'
import type { CodeSystem, Concept, Contained, Designation, Listed, ValueSet } from './resource.ts'
import { codesOfSet } from './value-set.ts'

export type ExpansionOptions = {
  /** Only codes that begin with it, or whose names have words that begin with its words. */
  readonly filter?: string | undefined
  readonly offset: number
  readonly count: number | undefined
  readonly activeOnly: boolean
  /** Without groups that only stand in the hierarchy. */
  readonly excludeAbstract: boolean
  readonly includeDesignations: boolean
  readonly languages: readonly string[]
  /** Code systems to leave out. */
  readonly excludeSystems: readonly string[]
}

export type Listing = {
  readonly total: number
  readonly contains: readonly Contained[]
  /** `system|version` of the code systems that were used. */
  readonly versions: readonly string[]
}

/** Codes of one answer at most. */
const MOST = 10_000

type Candidate = {
  readonly words: readonly Designation[]
  readonly item: Contained
}

/**
 * @param name the value set as an error names it
 * @throws Failure `parameter` when it can't be expanded, `too-costly` when a page would be too large
 */
export async function listSet(
  valueSet: ValueSet,
  name: string,
  finder: Finder,
  options: ExpansionOptions,
): Promise<Listing> {
  const { filter, offset, count, languages, excludeSystems } = options
  const inactive = valueSet.compose?.inactive !== false && !options.activeOnly
  const listed = listedIn(valueSet)
  const versions: string[] = []
  const isWanted = filter === undefined ? () => true : matcher(filter)
  const end = count === undefined ? Infinity : offset + count
  const contains: Contained[] = []
  let total = 0
  for (const [url, codes] of await codesOfSet(valueSet, name, 'url', finder)) {
    if (excludeSystems.includes(url)) continue
    const system = await finder.codeSystem(url)
    if (codes === 'all' && !(system !== undefined && isInParts(system)))
      throw fail(
        'too-costly',
        `The value set ${name} can not be expanded: the codes of ${url} are not here, or not all`,
        'url',
      )
    if (system?.version !== undefined) versions.push(`${url}|${system.version}`)
    const supplements = await finder.supplements(url)
    for await (const { code, concept } of found(codes, system, finder)) {
      const words = listed.get(`${url}|${code}`)
      const one = candidate(url, code, concept, system, supplements, words, languages)
      if (one.item.inactive === true && !inactive) continue
      if (one.item.abstract === true && options.excludeAbstract) continue
      if (!isWanted(one)) continue
      if (total >= offset && total < end)
        contains.push(
          options.includeDesignations && one.words.length > 0
            ? { ...one.item, designation: one.words }
            : one.item,
        )
      total++
      if (contains.length > MOST)
        throw fail(
          'too-costly',
          `The value set ${name} has more than ${MOST} codes; ask for up to so many at a time with count and offset, or for fewer with filter`,
          'count',
        )
    }
  }
  return { total, contains, versions }
}

type Found = { readonly code: string; readonly concept: Concept | undefined }

/** The codes in the order of the value set; of a system in parts, in that of its parts. */
async function* found(
  codes: ReadonlySet<string> | 'all',
  system: CodeSystem | undefined,
  finder: Finder,
): AsyncGenerator<Found> {
  if (system !== undefined && isInParts(system)) {
    for await (const concept of conceptsOf(system, finder))
      if (codes === 'all' || codes.has(concept.code)) yield { code: concept.code, concept }
  } else if (codes !== 'all') {
    const known = system && hierarchyOf(system).codes
    for (const code of codes) yield { code, concept: known?.get(code) }
  }
}

function candidate(
  url: string,
  code: string,
  concept: Concept | undefined,
  system: CodeSystem | undefined,
  supplements: readonly CodeSystem[],
  listed: Listed | undefined,
  languages: readonly string[],
): Candidate {
  const words = [
    ...(listed?.designation ?? []),
    ...(concept?.designation ?? []),
    ...supplements.flatMap((one) => hierarchyOf(one).codes.get(code)?.designation ?? []),
  ]
  // The value set's own word for a code comes before the code system's.
  const own = listed?.display ?? concept?.display
  const display = displayOf(own === undefined ? {} : { display: own }, words, system, languages)
  const item: Contained = {
    system: url,
    ...(concept !== undefined && isAbstract(concept) ? { abstract: true } : {}),
    ...(concept !== undefined && isInactive(concept) ? { inactive: true } : {}),
    code,
    ...(display === undefined ? {} : { display }),
  }
  return { words, item }
}

/** What the value set itself says of codes, by `system|code`. */
function listedIn({ compose, expansion }: ValueSet): ReadonlyMap<string, Listed> {
  const all = new Map<string, Listed>()
  for (const { system, concept } of compose?.include ?? [])
    for (const one of concept ?? []) all.set(`${system}|${one.code}`, one)
  if (compose !== undefined) return all
  const left = [...(expansion?.contains ?? [])]
  for (const { system, code, display, designation, contains } of left) {
    if (code !== undefined)
      all.set(`${system}|${code}`, {
        code,
        ...(display === undefined ? {} : { display }),
        ...(designation === undefined ? {} : { designation }),
      })
    left.push(...(contains ?? []))
  }
  return all
}

/** Every word of the filter begins a word of one name, or the filter begins the code. */
function matcher(filter: string): (one: Candidate) => boolean {
  const code = foldString(filter.trim())
  const wanted = wordsOf(filter)
  return ({ item, words }) => {
    if (foldString(item.code ?? '').startsWith(code)) return true
    const names = [item.display ?? '', ...words.map(({ value }) => value)]
    if (wanted.length === 0) return false
    return names.some((name) => {
      const has = wordsOf(name)
      return wanted.every((word) => has.some((one) => one.startsWith(word)))
    })
  }
}

const wordsOf = (text: string): readonly string[] => foldString(text).match(/[\p{L}\p{N}]+/gu) ?? []
