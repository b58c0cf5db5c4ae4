// The plain JSON form, from its bytes to what was written.
// Must not write another way than a message does.
import { isUtf8 } from 'node:buffer'
import type { Context } from '../context.ts'
import { fail, Failure } from '../errors.ts'
import { acceptRun, type Accepted } from './accept.ts'
import type { Caller } from './caller.ts'
import { readJsonForm } from './json-form.ts'
import { keepRefused } from './kept.ts'
import { digestOf } from './names.ts'
import { tell } from './receive.ts'
import { isOfContent, Refused, type Problem } from './refused.ts'

/**
 * @throws Refused for what can't be taken, which is kept then
 * @throws Failure 400 for what is no JSON
 */
export async function receiveJson(
  bytes: Uint8Array,
  caller: Caller,
  context: Context,
): Promise<Accepted> {
  try {
    if (!isUtf8(bytes)) throw fail('malformed', 'The body is not valid UTF-8')
    const run = readJsonForm(Buffer.from(bytes).toString('utf8'))
    return await acceptRun(run, digestOf(bytes), caller, context)
  } catch (error) {
    if (error instanceof Refused) tell(error, context)
    const problems = problemsOf(error)
    if (problems !== undefined && bytes.length > 0)
      await keepRefused(
        { bytes, contentType: 'application/json', problems, sender: '', id: '' },
        caller,
        context,
      )
    throw error
  }
}

/** Undefined for what may be sent again as it is. */
function problemsOf(error: unknown): readonly Problem[] | undefined {
  if (error instanceof Refused) return isOfContent(error.kind) ? error.problems : undefined
  if (!(error instanceof Failure) || error.status !== 400) return undefined
  return error.issues.map(({ diagnostics }) => ({ condition: 102, place: '', text: diagnostics }))
}
