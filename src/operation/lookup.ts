// CodeSystem/$lookup: what is known of a code.
// https://hl7.org/fhir/R4/codesystem-operation-lookup.html
// Must not answer for a code that isn't here.
import type { Context } from '../context.ts'
import { fail } from '../errors.ts'
import { stringify } from '../fhir/json.ts'
import type { FhirRequest, FhirResponse } from '../fhir/message.ts'
import { hierarchyOf, type Hierarchy } from '../terminology/hierarchy.ts'
import { displayOf } from '../terminology/language.ts'
import { languagesOf } from '../words/language.ts'
import { hasCodes, meaningOf, type Meaning } from '../terminology/meaning.ts'
import { supplementedMeaning } from '../terminology/names.ts'
import { outlineOf } from '../terminology/parts.ts'
import type { Coding, Designation, Property } from '../terminology/resource.ts'
import { inputOf, type Input } from './input.ts'

type Out = Readonly<Record<string, unknown>>

/** @throws Failure 400 without a code and a system, 404 for a code or a system that isn't here */
export async function lookup(request: FhirRequest, context: Context): Promise<FhirResponse> {
  const input = inputOf(request, context)
  const { system: url, code, version } = codingIn(input)
  const { finder } = context.terminology
  const system = await finder.codeSystem(version === undefined ? url : `${url}|${version}`)
  const meaning = hasCodes(system)
    ? await meaningOf(system, code, finder)
    : version === undefined
      ? await supplementedMeaning(url, code, finder)
      : undefined
  if (meaning === undefined && !hasCodes(system))
    throw fail(
      'not-found',
      `The codes of ${url}${version === undefined ? '' : `, version ${version},`} are not here`,
      'system',
    )
  if (meaning === undefined) throw fail('not-found', `${url} has no code "${code}"`, 'code')
  const languages = languagesOf(input.text('displayLanguage') ?? request.headers['accept-language'])
  const wanted = new Set(input.texts('property'))
  // Of a system in parts, the children of a code are found by reading all of it.
  const outline =
    hasCodes(system) && wanted.has('child')
      ? await outlineOf(system, new Set(), finder)
      : meaning.system
  const parameter = answer(meaning, hierarchyOf(outline), languages, wanted)
  return { status: 200, headers: {}, body: stringify({ resourceType: 'Parameters', parameter }) }
}

/** `code` with `system` (and `version`), or `coding`. */
function codingIn(input: Input): { system: string; code: string; version: string | undefined } {
  const coding = input.value<Coding>('coding', 'Coding')
  const code = input.text('code') ?? coding?.code
  const system = input.text('system') ?? coding?.system
  if (code === undefined)
    throw fail('parameter', 'A look-up needs a code, as code and system or as coding', 'code')
  if (system === undefined)
    throw fail('parameter', 'A look-up needs the URL of the code system', 'system')
  return { system, code, version: input.text('version') ?? coding?.version }
}

/** @param wanted properties asked for; all when empty */
function answer(
  meaning: Meaning,
  { children, parents }: Hierarchy,
  languages: readonly string[],
  wanted: ReadonlySet<string>,
): Out[] {
  const { system, concept, designations, properties } = meaning
  const display = displayOf(concept, designations, system, languages)
  const isWanted = (name: string): boolean => wanted.size === 0 || wanted.has(name)
  const codes = (name: string, of: Iterable<string> | undefined): Property[] =>
    [...(of ?? [])].map((valueCode) => ({ code: name, valueCode }))
  const above = parents.get(concept.code)
  const all: Property[] = [
    ...(concept.definition === undefined
      ? []
      : [{ code: 'definition', valueString: concept.definition }]),
    ...(above === undefined ? [] : codes('parent', above)),
    ...codes('child', children.get(concept.code)),
    ...properties.filter(({ code }) => code !== 'child' && (code !== 'parent' || !above)),
  ]
  return [
    { name: 'name', valueString: system.title ?? system.name ?? system.url },
    ...(system.version === undefined ? [] : [{ name: 'version', valueString: system.version }]),
    { name: 'display', valueString: display ?? concept.code },
    ...(isWanted('designation') ? designations.map(designationPart) : []),
    ...all.filter(({ code }) => isWanted(code)).map(propertyPart),
  ]
}

const designationPart = ({ language, use, value }: Designation): Out => ({
  name: 'designation',
  part: [
    ...(language === undefined ? [] : [{ name: 'language', valueCode: language }]),
    ...(use === undefined ? [] : [{ name: 'use', valueCoding: use }]),
    { name: 'value', valueString: value },
  ],
})

function propertyPart({ code, ...value }: Property): Out {
  const [[element, content] = []] = Object.entries(value).filter(([name]) =>
    /^value[A-Z]/.test(name),
  )
  return {
    name: 'property',
    part: [
      { name: 'code', valueCode: code },
      ...(element === undefined ? [] : [{ name: 'value', [element]: content }]),
    ],
  }
}
