// ValueSet/$expand: the codes of a value set.
// https://hl7.org/fhir/R4/valueset-operation-expand.html
// Must not store the expansion: it is of the moment.
import { randomUUID } from 'node:crypto'
import type { Context } from '../context.ts'
import { stringify } from '../fhir/json.ts'
import type { FhirRequest, FhirResponse } from '../fhir/message.ts'
import { listSet } from '../terminology/expansion.ts'
import { languagesOf } from '../words/language.ts'
import type { ValueSet } from '../terminology/resource.ts'
import { inputOf, type Input } from './input.ts'
import { setOf } from './validate-code.ts'

/** @throws Failure 400 without a value set or for one that can't be expanded, 403 when it is too much, 404 when it isn't here */
export async function expand(request: FhirRequest, context: Context): Promise<FhirResponse> {
  const input = inputOf(request, context)
  const { valueSet, name } = await setOf(request, input, context)
  const offset = input.count('offset') ?? 0
  const { total, contains, versions } = await listSet(valueSet, name, context.terminology.finder, {
    filter: input.text('filter'),
    offset,
    count: input.count('count'),
    activeOnly: input.flag('activeOnly') ?? false,
    excludeAbstract: input.flag('excludeNotForUI') ?? false,
    includeDesignations: input.flag('includeDesignations') ?? false,
    languages: languagesOf(input.text('displayLanguage') ?? request.headers['accept-language']),
    excludeSystems: input.texts('exclude-system').map((url) => url.split('|')[0]!),
  })
  const { compose, expansion: _, ...head } = valueSet
  const expansion = {
    identifier: `urn:uuid:${randomUUID()}`,
    timestamp: new Date().toISOString(),
    total,
    offset,
    parameter: [...used(input), ...versions.map((uri) => ({ name: 'version', valueUri: uri }))],
    contains,
  }
  const whole: ValueSet & { expansion: object } = {
    ...head,
    ...(compose !== undefined && input.flag('includeDefinition') === true ? { compose } : {}),
    expansion: withoutEmpty(expansion),
  }
  return { status: 200, headers: {}, body: stringify(whole) }
}

const TEXTS = ['filter', 'displayLanguage'] as const
const COUNTS = ['count', 'offset'] as const
const FLAGS = ['activeOnly', 'excludeNotForUI', 'includeDesignations', 'includeDefinition'] as const

/** What the answer rests on, as the expansion says it. */
function used(input: Input): object[] {
  const list: object[] = []
  for (const name of TEXTS) {
    const valueString = input.text(name)
    if (valueString !== undefined) list.push({ name, valueString })
  }
  for (const name of COUNTS) {
    const valueInteger = input.count(name)
    if (valueInteger !== undefined) list.push({ name, valueInteger })
  }
  for (const name of FLAGS) {
    const valueBoolean = input.flag(name)
    if (valueBoolean !== undefined) list.push({ name, valueBoolean })
  }
  return list
}

const withoutEmpty = (fields: object): object =>
  Object.fromEntries(Object.entries(fields).filter(([, v]) => !Array.isArray(v) || v.length > 0))
