// A write in two halves: what to commit, and what to answer once it is committed. A single request and a
// transaction Bundle take the same way, so that their conditions are judged in the same place: inside the commit.
// https://hl7.org/fhir/R4/http.html#concurrency
// Must not hold state between attempts: a condition that fell is judged anew from the data.
import type { Context } from '../context.ts'
import { fail } from '../errors.ts'
import type { FhirRequest, FhirResponse } from '../fhir/message.ts'
import type { Applied, Assertion, Change } from '../store/store.ts'
import { message } from '../words/message.ts'
import type { Beside } from './rule.ts'

export type Write = {
  readonly changes: readonly Change[]
  readonly assertions: readonly Assertion[]
  /** The answer, from what became of `changes`, one for one. */
  respond(applied: readonly Applied[]): FhirResponse
}

/**
 * Decide what a request writes, on the data as it is now.
 * @param beside what the same commit writes: references to it will resolve
 * @throws Failure when it may not
 */
export type Prepare = (request: FhirRequest, context: Context, beside?: Beside) => Promise<Write>

const ATTEMPTS = 20

/**
 * Prepare, commit, answer; prepare again when a condition no longer held at commit.
 * @throws Failure 409 when others kept getting in between
 */
export async function write(
  prepare: () => Promise<Write>,
  context: Context,
): Promise<FhirResponse> {
  const { prepared, applied } = await commit(prepare, context)
  return prepared.respond(applied)
}

/** The same without the answer, for a transaction that has more than one to give. */
export async function commit<T extends Pick<Write, 'changes' | 'assertions'>>(
  prepare: () => Promise<T>,
  context: Context,
): Promise<{ readonly prepared: T; readonly applied: readonly Applied[] }> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const prepared = await prepare()
    const { changes, assertions } = prepared
    if (changes.length === 0 && assertions.length === 0) return { prepared, applied: [] }
    const result = await context.store.commit(changes, assertions)
    if (result.ok) return { prepared, applied: result.applied }
  }
  throw fail('conflict', message('changed'))
}
