// $reindex, an operation of ours: how far the index has come, and asking for it to be made anew. The answer is a Task.
// https://hl7.org/fhir/R4/task.html
// Must not do the work: a process that serves does it in the background (job/index-keeper.ts).
import type { Context } from '../context.ts'
import { fail } from '../errors.ts'
import { parseBoth } from '../fhir/json.ts'
import type { FhirRequest, FhirResponse, Resource } from '../fhir/message.ts'
import { resourceText } from '../interaction/content.ts'
import { readWanted, writeWanted } from '../job/reindex-notes.ts'
import { parametersOf, textOf } from './parameters.ts'

/** `GET [base]/$reindex`: what is done, or was done last. */
export async function reindexState(_: FhirRequest, context: Context): Promise<FhirResponse> {
  await context.index.look()
  const isAsked = (await readWanted(context.store.notes)) !== undefined
  return { status: 200, headers: {}, body: JSON.stringify(taskOf(context, isAsked)) }
}

/**
 * `POST [base]/$reindex` with a parameter `type` for each resource type, without one for all; `POST [base]/[type]/$reindex`.
 * @returns 202: it begins within REFRESH_MS
 * @throws Failure 400 for a type that isn't one
 */
export async function reindexOrder(request: FhirRequest, context: Context): Promise<FhirResponse> {
  const types = typesOf(request, context)
  const { notes } = context.store
  const already = (await readWanted(notes))?.types ?? []
  await writeWanted(notes, { types: [...new Set([...already, ...types])], at: Date.now() })
  await context.index.look()
  return { status: 202, headers: {}, body: JSON.stringify(taskOf(context, true)) }
}

function typesOf({ path, query, body }: FhirRequest, { definitions }: Context): readonly string[] {
  const [first = ''] = path
  if (definitions.isResourceType(first)) return [first]
  const named = query.filter(([name]) => name === 'type').map(([, value]) => value)
  if (body !== undefined && body.text.trim() !== '') {
    const read = parseBoth(resourceText(body)).plain as Resource
    if (read.resourceType !== 'Parameters')
      throw fail('malformed', 'The body must be Parameters', 'resourceType')
    for (const one of parametersOf(read)) {
      if (one.name !== 'type')
        throw fail('parameter', `$reindex knows the parameter type, not "${one.name}"`, one.name)
      named.push(textOf([one], 'type') ?? '')
    }
  }
  const wrong = named.find((type) => !definitions.isResourceType(type))
  if (wrong !== undefined)
    throw fail('parameter', `There is no resource type "${wrong}" in FHIR R4`, 'type')
  return named.length > 0 ? named : definitions.resourceTypes
}

function taskOf({ index, baseUrl }: Context, isAsked: boolean): object {
  const { lack, work } = index.state()
  const isUnderWay = work !== undefined && work.ended === undefined
  const instant = (ms: number): string => new Date(ms).toISOString()
  const counted = (text: string, valueUnsignedInt: number) => ({ type: { text }, valueUnsignedInt })
  return {
    resourceType: 'Task',
    status: isUnderWay ? 'in-progress' : isAsked || lack.size > 0 ? 'requested' : 'completed',
    intent: 'order',
    code: { text: 'reindex' },
    description:
      lack.size === 0
        ? 'The index is complete'
        : `The index is not complete for ${[...lack.keys()].join(', ')}`,
    requester: { display: baseUrl },
    ...(work === undefined
      ? {}
      : {
          executionPeriod: {
            start: instant(work.began),
            ...(work.ended === undefined ? {} : { end: instant(work.ended) }),
          },
          lastModified: instant(work.noted),
          output: [
            counted('looked at', work.looked),
            counted('changed', work.changed),
            counted('of', Math.max(work.of, work.looked)),
            ...(work.type === undefined
              ? []
              : [{ type: { text: 'working on' }, valueCode: work.type }]),
          ],
        }),
  }
}
