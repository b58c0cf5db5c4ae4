// CodeSystem/$subsumes: how two codes of a code system lie to one another.
// https://hl7.org/fhir/R4/codesystem-operation-subsumes.html
// Must not take nesting of another meaning for subsumption: see terminology/hierarchy.ts.
import type { Context } from '../context.ts'
import { fail } from '../errors.ts'
import { stringify } from '../fhir/json.ts'
import type { FhirRequest, FhirResponse } from '../fhir/message.ts'
import { requirePresent } from '../interaction/read.ts'
import { hierarchyOf } from '../terminology/hierarchy.ts'
import { conceptOf, hasCodes } from '../terminology/meaning.ts'
import { outlineOf } from '../terminology/parts.ts'
import type { CodeSystem, Coding } from '../terminology/resource.ts'
import { inputOf, type Input } from './input.ts'

/** @throws Failure 400 without two codes of one system, 404 for a code or a system that isn't here */
export async function subsumes(request: FhirRequest, context: Context): Promise<FhirResponse> {
  const input = inputOf(request, context)
  const [a, b] = [
    input.value<Coding>('codingA', 'Coding'),
    input.value<Coding>('codingB', 'Coding'),
  ]
  const system = await systemOf(request, input, context, a?.system, b?.system)
  const { finder } = context.terminology
  const find = async (name: string, code: string | undefined): Promise<string> => {
    if (code === undefined)
      throw fail('parameter', `Two codes are compared: ${name} is missing`, name)
    const concept = await conceptOf(system, code, finder)
    if (concept === undefined) throw fail('not-found', `${system.url} has no code "${code}"`, name)
    return concept.code
  }
  const one = await find('codeA', input.text('codeA') ?? a?.code)
  const other = await find('codeB', input.text('codeB') ?? b?.code)
  const { below } = hierarchyOf(await outlineOf(system, new Set(), finder))
  const outcome =
    one === other
      ? 'equivalent'
      : below(one)?.has(other)
        ? 'subsumes'
        : below(other)?.has(one)
          ? 'subsumed-by'
          : 'not-subsumed'
  const parameter = [{ name: 'outcome', valueCode: outcome }]
  return { status: 200, headers: {}, body: stringify({ resourceType: 'Parameters', parameter }) }
}

async function systemOf(
  request: FhirRequest,
  input: Input,
  context: Context,
  ...named: readonly (string | undefined)[]
): Promise<CodeSystem> {
  const url = input.text('system') ?? (await urlOf(request, context)) ?? named[0] ?? named[1]
  if (url === undefined)
    throw fail(
      'parameter',
      'The URL of the code system is needed, as system or in the codings',
      'system',
    )
  const foreign = named.find((one) => one !== undefined && one !== url)
  if (foreign !== undefined)
    throw fail('parameter', `Codes of ${url} and of ${foreign} can't be compared`, 'codingB')
  const version = input.text('version')
  const system = await context.terminology.finder.codeSystem(
    version === undefined ? url : `${url}|${version}`,
  )
  if (!hasCodes(system)) throw fail('not-found', `The codes of ${url} are not here`, 'system')
  return system
}

/** Of the CodeSystem that the operation is called on. */
async function urlOf({ path }: FhirRequest, context: Context): Promise<string | undefined> {
  const [, id] = path
  if (path.length !== 3 || id === undefined) return undefined
  const version = await context.store.read('CodeSystem', id)
  requirePresent(version, `CodeSystem/${id}`)
  return (JSON.parse(version.text) as CodeSystem).url
}
