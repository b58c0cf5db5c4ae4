// ConceptMap/$translate: what a code becomes in another code system.
// https://hl7.org/fhir/R4/conceptmap-operation-translate.html
// Must not mix directions: `reverse` goes from the map's targets to its sources.
import type { Context } from '../context.ts'
import { fail } from '../errors.ts'
import { stringify } from '../fhir/json.ts'
import type { FhirRequest, FhirResponse } from '../fhir/message.ts'
import { requirePresent } from '../interaction/read.ts'
import type { Finder } from '../terminology/finder.ts'
import { nameOf } from '../terminology/names.ts'
import type { Coding, ConceptMap } from '../terminology/resource.ts'
import { isTranslated, translate as translateBy, type Match } from '../terminology/translate.ts'
import { languagesOf } from '../words/language.ts'
import { inputOf, type Input } from './input.ts'
import { codingsIn } from './validate-code.ts'

/** @throws Failure 400 without a code, or without a system and a map; 404 for a map that isn't here */
export async function translate(request: FhirRequest, context: Context): Promise<FhirResponse> {
  const input = inputOf(request, context)
  const reverse = input.flag('reverse') ?? false
  const options = { reverse, targetSystem: input.text('targetsystem') }
  const languages = languagesOf(input.text('displayLanguage') ?? request.headers['accept-language'])
  const { finder } = context.terminology
  const matches: Match[] = []
  for (const coding of codingsIn(input))
    for (const map of await mapsFor(coding, request, input, context, reverse))
      for (const match of translateBy(map, coding, options))
        matches.push({ ...match, concept: await named(match.concept, languages, finder) })
  const result = isTranslated(matches)
  const parameter = [
    { name: 'result', valueBoolean: result },
    ...(result ? [] : [{ name: 'message', valueString: 'No map that is here has a match' }]),
    ...matches.map(matchPart),
  ]
  return { status: 200, headers: {}, body: stringify({ resourceType: 'Parameters', parameter }) }
}

/** With its name in the language that is asked for; what the map says where nothing better is known. */
async function named(
  coding: Coding,
  languages: readonly string[],
  finder: Finder,
): Promise<Coding> {
  if (languages.length === 0 && coding.display !== undefined) return coding
  const display = await nameOf(coding, languages, finder)
  return display === undefined ? coding : { ...coding, display }
}

/** The map that is named, called on or given; otherwise all that have a group from the coding's system. */
async function mapsFor(
  coding: Coding,
  { path }: FhirRequest,
  input: Input,
  context: Context,
  reverse: boolean,
): Promise<readonly ConceptMap[]> {
  const { finder } = context.terminology
  const given = input.resource('conceptMap')
  if (given !== undefined) return [given as unknown as ConceptMap]
  const id = path.length === 3 ? path[1] : undefined
  if (id !== undefined) {
    const version = await context.store.read('ConceptMap', id)
    requirePresent(version, `ConceptMap/${id}`)
    return [JSON.parse(version.text) as ConceptMap]
  }
  const url = input.text('url')
  if (url !== undefined) {
    const version = input.text('conceptMapVersion')
    const map = await finder.conceptMap(version === undefined ? url : `${url}|${version}`)
    if (map === undefined) throw fail('not-found', `There is no concept map ${url} here`, 'url')
    return [map]
  }
  if (coding.system === undefined)
    throw fail('parameter', 'Without the url of a map, the system of the code is needed', 'system')
  const maps = await finder.mapsOf(coding.system, reverse)
  const [source, target] = [input.text('source'), input.text('target')]
  const isOf = (wanted: string | undefined, one: string | undefined): boolean =>
    wanted === undefined || one?.split('|')[0] === wanted.split('|')[0]
  return maps.filter(
    (map) =>
      isOf(source, map.sourceUri ?? map.sourceCanonical) &&
      isOf(target, map.targetUri ?? map.targetCanonical),
  )
}

const matchPart = ({ equivalence, concept, source, product }: Match) => ({
  name: 'match',
  part: [
    { name: 'equivalence', valueCode: equivalence },
    { name: 'concept', valueCoding: concept },
    ...product.map((one) => ({
      name: 'product',
      part: [
        { name: 'element', valueUri: one.element },
        { name: 'concept', valueCoding: one.concept },
      ],
    })),
    ...(source === undefined ? [] : [{ name: 'source', valueUri: source }]),
  ],
})
