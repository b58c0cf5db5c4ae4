// A rule on writes that knows the version before: asked on every way of writing, with who writes and what is written beside.
// https://hl7.org/fhir/R4/http.html#concurrency
// Must not be passed by a race: the commit holds only for the version that was judged. Costs nothing where a type has no rule.
import type { Principal } from '../auth/principal.ts'
import type { Custody } from '../consent/access.ts'
import type { Context } from '../context.ts'
import { Failure, type Issue, type Kind } from '../errors.ts'
import { parseJson } from '../fhir/json.ts'
import type { Resource } from '../fhir/message.ts'
import type { Assertion, Version } from '../store/store.ts'

/** What the same commit writes besides, by `Type/id`; undefined for what only the commit will show (a patch). */
export type Beside = ReadonlyMap<string, () => Resource | undefined>

export const ALONE: Beside = new Map()

/** A write as a rule sees it. */
export type Step = {
  readonly type: string
  readonly id: string
  /** What stands there now; undefined where nothing is, or nothing that the caller may see. */
  readonly before: Resource | undefined
  /** What shall stand there; undefined for a deletion. */
  readonly after: Resource | undefined
  /** Who writes; undefined in open mode, where no rule asks who. */
  readonly caller: Principal | undefined
  readonly beside: Beside
}

export type Verdict = {
  /** Why it may not be; none where it may. */
  readonly issues: readonly Issue[]
  /** What refuses it, `invalid` (422) unless said. */
  readonly kind?: Kind
  /** What the commit has to find so still. */
  readonly assertions?: readonly Assertion[]
  /** Whose it stays: what another than its custodian may change remains the custodian's. */
  readonly custody?: Custody
  /** Ids of the organizations that it is made for. */
  readonly recipients?: readonly string[]
}

/** @param context of the caller: its store holds what the caller may see */
export type Rule = (step: Step, context: Context) => Verdict | Promise<Verdict>

/** Rules by the type that they are about. */
export type Rules = ReadonlyMap<string, Rule>

/** What a rule leaves to the write. */
export type Judged = Omit<Verdict, 'issues' | 'kind'> & {
  readonly assertions: readonly Assertion[]
  /** The version that was judged, which must be the current one still; 0 for none. */
  readonly ifVersion?: number
}

export const FREE: Verdict = { issues: [] }

const UNJUDGED: Judged = { assertions: [] }

/**
 * Ask the rule of a type about a change of what is stored now.
 * @throws Failure of the kind that the rule says, 422 unless it does
 */
export async function judge(
  { type, id }: { readonly type: string; readonly id: string },
  after: Resource | undefined,
  context: Context,
  beside?: Beside,
): Promise<Judged> {
  if (!context.rules.has(type)) return UNJUDGED
  // What may not be seen is as if it weren't there, whyever; a read of one would say the law that hides it.
  const [current] = await context.store.readMany([{ type, id }])
  return judgeFrom(current, { type, id }, after, context, beside)
}

/** The same of a version at hand; undefined for none. */
export async function judgeFrom(
  current: Version | undefined,
  { type, id }: { readonly type: string; readonly id: string },
  after: Resource | undefined,
  context: Context,
  beside: Beside = ALONE,
): Promise<Judged> {
  const rule = context.rules.get(type)
  if (rule === undefined) return UNJUDGED
  const text = current?.text
  const before = text === undefined ? undefined : (parseJson(text) as Resource)
  const caller = context.access?.principal
  const { issues, kind, assertions, ...kept } = await rule(
    { type, id, before, after, caller, beside },
    context,
  )
  if (issues.length > 0) throw new Failure(kind ?? 'invalid', issues)
  const ifVersion = before === undefined ? 0 : current!.version
  return {
    ...kept,
    assertions: assertions ?? [],
    // A deletion of what isn't there changes nothing.
    ...(after === undefined && before === undefined ? {} : { ifVersion }),
  }
}
