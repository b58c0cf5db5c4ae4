// $validate-code of a code system and of a value set.
// https://hl7.org/fhir/R4/codesystem-operation-validate-code.html, https://hl7.org/fhir/R4/valueset-operation-validate-code.html
// Must not answer with an error for a code that isn't there: `result` says so.
import type { Context } from '../context.ts'
import { fail } from '../errors.ts'
import { stringify } from '../fhir/json.ts'
import type { FhirRequest, FhirResponse, Resource } from '../fhir/message.ts'
import { requirePresent } from '../interaction/read.ts'
import { displayOf } from '../terminology/language.ts'
import { languagesOf } from '../words/language.ts'
import type { CodeableConcept, CodeSystem, Coding, ValueSet } from '../terminology/resource.ts'
import {
  placeIn,
  validateCoding,
  type ValidateCodeOptions,
  type Verdict,
} from '../terminology/validate-code.ts'
import { codesOfSet, type Expansion } from '../terminology/value-set.ts'
import { inputOf, type Input } from './input.ts'

/** `CodeSystem/$validate-code`. @throws Failure 400 without a code, 404 for an instance that isn't there */
export async function validateCodeInSystem(
  request: FhirRequest,
  context: Context,
): Promise<FhirResponse> {
  const input = inputOf(request, context)
  const given = input.resource('codeSystem') ?? (await instanceOf(request, context))
  const system = given as CodeSystem | undefined
  const url = input.text('url') ?? system?.url
  const base = context.terminology.finder
  const finder =
    system === undefined
      ? base
      : {
          ...base,
          codeSystem: async (canonical: string) =>
            canonical.split('|')[0] === url ? system : base.codeSystem(canonical),
        }
  const version = input.text('version')
  return judge(request, input, async (coding, options) => {
    const asked = {
      ...coding,
      ...(url === undefined ? {} : { system: url }),
      ...(version === undefined ? {} : { version }),
    }
    if (url !== undefined && coding.system !== undefined && coding.system !== url)
      return { result: false, message: `"${coding.code}" is of ${coding.system}, not of ${url}` }
    return validateCoding(asked, finder, options)
  })
}

/** `ValueSet/$validate-code`. @throws Failure 400 without a code or a value set, 404 for one that isn't here */
export async function validateCodeInSet(
  request: FhirRequest,
  context: Context,
): Promise<FhirResponse> {
  const input = inputOf(request, context)
  const { valueSet, name } = await setOf(request, input, context)
  const { finder } = context.terminology
  const expansion = await codesOfSet(valueSet, name, 'url', finder)
  const version = input.text('systemVersion')
  return judge(request, input, (coding, options) => {
    const pinned = version === undefined ? coding : { ...coding, version }
    return inSet(expansion, pinned, name, context, options)
  })
}

async function inSet(
  expansion: Expansion,
  coding: Coding,
  name: string,
  context: Context,
  options: ValidateCodeOptions,
): Promise<Verdict> {
  const place = placeIn(expansion, coding)
  if (place === undefined) {
    const of = coding.system === undefined ? '' : ` of ${coding.system}`
    return { result: false, message: `The value set ${name} does not have "${coding.code}"${of}` }
  }
  const verdict = await validateCoding(
    { ...coding, system: place.system },
    context.terminology.finder,
    options,
  )
  // The set names the code itself: whether its system is here says nothing against it.
  return !place.isWhole && verdict.meaning === undefined && coding.display === undefined
    ? { ...verdict, result: true }
    : verdict
}

/** The value set of the URL, of the body, or that the operation is called on. */
export async function setOf(
  request: FhirRequest,
  input: Input,
  context: Context,
): Promise<{ readonly valueSet: ValueSet; readonly name: string }> {
  const given = input.resource('valueSet') ?? (await instanceOf(request, context))
  if (given !== undefined) {
    if (given.resourceType !== 'ValueSet')
      throw fail('parameter', `valueSet is a ${given.resourceType}, not a ValueSet`, 'valueSet')
    const valueSet = given as unknown as ValueSet
    return { valueSet, name: valueSet.url ?? `ValueSet/${valueSet.id ?? ''}` }
  }
  const url = input.text('url')
  if (url === undefined)
    throw fail(
      'parameter',
      'A value set is needed: its canonical URL as url, or valueSet itself',
      'url',
    )
  const version = input.text('valueSetVersion')
  const name = version === undefined ? url : `${url}|${version}`
  const valueSet = await context.terminology.finder.valueSet(name)
  if (valueSet === undefined)
    throw fail(
      'not-found',
      `There is no value set ${name} here, neither stored nor of FHIR R4`,
      'url',
    )
  return { valueSet, name }
}

async function instanceOf({ path }: FhirRequest, context: Context): Promise<Resource | undefined> {
  const [type, id] = path
  if (path.length !== 3 || type === undefined || id === undefined) return undefined
  const version = await context.store.read(type, id)
  requirePresent(version, `${type}/${id}`)
  return JSON.parse(version.text) as Resource
}

type Judge = (coding: Coding, options: ValidateCodeOptions) => Promise<Verdict>

/** Ask for each coding that was given: one that holds is enough. */
async function judge(request: FhirRequest, input: Input, ask: Judge): Promise<FhirResponse> {
  const languages = languagesOf(input.text('displayLanguage') ?? request.headers['accept-language'])
  const abstract = input.flag('abstract')
  const options = abstract === undefined ? {} : { abstract }
  const verdicts: { coding: Coding; verdict: Verdict }[] = []
  for (const coding of codingsIn(input)) {
    const verdict = await ask(coding, options)
    verdicts.push({ coding, verdict })
    if (verdict.result) break
  }
  const best = verdicts.find(({ verdict }) => verdict.result) ?? verdicts.at(-1)!
  const { result, meaning } = best.verdict
  const messages = result ? [best.verdict.message] : verdicts.map(({ verdict }) => verdict.message)
  const message = messages.filter((one) => one !== undefined).join('; ')
  const called = meaning ?? (result ? best.verdict.supplemented : undefined)
  const display = called && displayOf(called.concept, called.designations, called.system, languages)
  const system = meaning?.system.url ?? best.coding.system
  const parameter = [
    { name: 'result', valueBoolean: result },
    ...(message === '' ? [] : [{ name: 'message', valueString: message }]),
    ...(display === undefined ? [] : [{ name: 'display', valueString: display }]),
    ...(best.coding.code === undefined ? [] : [{ name: 'code', valueCode: best.coding.code }]),
    ...(system === undefined ? [] : [{ name: 'system', valueUri: system }]),
  ]
  return { status: 200, headers: {}, body: stringify({ resourceType: 'Parameters', parameter }) }
}

/** `code` (with `system`, `display`), `coding` or `codeableConcept`: one of them. */
export function codingsIn(input: Input): readonly Coding[] {
  const [code, system, display] = [input.text('code'), input.text('system'), input.text('display')]
  if (code !== undefined)
    return [
      {
        code,
        ...(system === undefined ? {} : { system }),
        ...(display === undefined ? {} : { display }),
      },
    ]
  const coding = input.value<Coding>('coding', 'Coding')
  if (coding !== undefined) return [coding]
  const codings = input.value<CodeableConcept>('codeableConcept', 'CodeableConcept')?.coding ?? []
  if (codings.length === 0)
    throw fail(
      'parameter',
      'There is nothing to look at: give code, coding or codeableConcept',
      'code',
    )
  return codings
}
