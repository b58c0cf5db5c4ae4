// The band of a result in words: by its codes, else by a name that CodeSystem checkup-result has for it in any language.
// profiles/ieum/ConceptMap-checkup-result-to-band.json
// Must not read more into a text than that it is such a name.
import type { Finder } from '../../terminology/finder.ts'
import type { CodeableConcept, Coding, Concept, ConceptMap } from '../../terminology/resource.ts'
import { translate } from '../../terminology/translate.ts'
import { isSameName } from '../../terminology/validate-code.ts'
import type { Judged } from './band.ts'
import { BASE, RESULT, type Definition } from './programme.ts'

const MAPS = ['checkup-result-to-band', 'snomed-to-checkup-result'].map(
  (id) => `${BASE}/ConceptMap/${id}`,
)

export async function bandOfResult(
  { coding = [], text }: CodeableConcept,
  { item }: Definition,
  finder: Pick<Finder, 'codeSystem' | 'conceptMap'>,
): Promise<Judged> {
  const [toBand, toResult] = await Promise.all(MAPS.map((url) => finder.conceptMap(url)))
  const concepts = conceptsIn((await finder.codeSystem(RESULT))?.concept ?? [], item)
  const texts = [text, ...coding.map(({ display }) => display)]
  const named = concepts.filter((concept) => texts.some((one) => isNamed(concept, one)))
  const codes = [
    ...coding.filter(({ system }) => system === RESULT).map(({ code }) => code),
    ...coding.flatMap((one) => mapped(toResult, one)),
    ...named.map(({ code }) => code),
  ].filter((code) => concepts.some((concept) => concept.code === code))
  const bands = new Set(codes.flatMap((code) => mapped(toBand, { system: RESULT, code: code! })))
  const [band, ...others] = bands
  if (band === undefined || others.length > 0) return { reason: 'result' }
  const [result = ''] = codes
  return band === 'not-judged' ? { reason: 'unreadable', result } : { band, result }
}

/** The results of an item stand below its code. */
const conceptsIn = (concepts: readonly Concept[], item: string): readonly Concept[] =>
  concepts.find(({ code }) => code === item)?.concept ?? []

const mapped = (map: ConceptMap | undefined, coding: Coding): readonly string[] =>
  map === undefined
    ? []
    : translate(map, coding).flatMap(({ concept: { code } }) => (code === undefined ? [] : [code]))

const isNamed = ({ display, designation = [] }: Concept, text: string | undefined): boolean =>
  text !== undefined &&
  [display ?? '', ...designation.map(({ value }) => value)].some((name) =>
    isSameName(plain(name), plain(text)),
  )

/** Minus signs are written in many ways. */
const plain = (text: string): string => text.replaceAll(/[−–—﹣－]/g, '-').replaceAll('＋', '+')
