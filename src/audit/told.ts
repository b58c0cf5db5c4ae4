// What an operation looked at and told nobody: it isn't in the log that somebody saw it.
// docs/audit.md
// Must not take out what was refused, nor be used where a part of what was looked at shows in the answer.
import type { Context } from '../context.ts'

/** Of what the caller was let see, only what is told stays; `Type/id`. */
export function onlyTold({ access }: Pick<Context, 'access'>, told: ReadonlySet<string>): void {
  if (access === undefined) return
  const kept = access.seen.filter(
    ({ type, id, decision }) => !decision.seen || told.has(`${type}/${id}`),
  )
  access.seen.splice(0, access.seen.length, ...kept)
}
