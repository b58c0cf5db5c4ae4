// Teaching cases: who may see one while it is a draft, and who once it is released, as tags of its Task and its Bundle.
// docs/adr/0010-teaching-cases.md
// Must not let these tags be written by anything but the operations that make and review cases.
import { fail, type Issue } from '../errors.ts'
import type { Resource } from '../fhir/message.ts'
import type { Principal } from '../auth/principal.ts'
import { fieldsOf, textOf } from '../search/emit.ts'
import type { Entry, IndexPath } from '../search/entry.ts'
import type { Condition } from '../search/plan.ts'
import { ofCustodian } from '../search/record.ts'
import type { Store, Version } from '../store/store.ts'
import { both, not } from './fold.ts'

/** How far a case has come: the code of a tag. */
export type State = 'draft' | 'released' | 'rejected'
export const STATE_SYSTEM = 'http://ieum.example/fhir/CodeSystem/teaching-case'
/** The code is who made it. */
export const AUTHOR_SYSTEM = 'http://ieum.example/fhir/CodeSystem/teaching-case-author'
/** The code is the id of an Organization that may read it. */
export const AUDIENCE_SYSTEM = 'http://ieum.example/fhir/CodeSystem/teaching-case-audience'

const TYPES = ['Bundle', 'Task']
const CASE: IndexPath = '*teaching-case'

/** Who somebody is among those who make and review cases: the person, or else the system. */
export const authorOf = ({ user, client }: Principal): string => user ?? `client/${client}`

/** The tags of a case. */
export const caseTags = (
  state: State,
  author: string | undefined,
  audience: readonly string[] = [],
): readonly object[] => [
  { system: STATE_SYSTEM, code: state },
  ...(author === undefined ? [] : [{ system: AUTHOR_SYSTEM, code: author }]),
  ...audience.map((code) => ({ system: AUDIENCE_SYSTEM, code })),
]

/** Index entries of what is part of a case; ids are not folded. */
export function caseEntries({ resourceType, meta }: Resource): Entry[] {
  if (!TYPES.includes(resourceType) || !Array.isArray(meta?.tag)) return []
  const codes = (system: string): readonly string[] =>
    (meta.tag as readonly unknown[]).flatMap((tag) => {
      const fields = fieldsOf(tag)
      const code = textOf(fields?.['code'])
      return fields?.['system'] === system && code !== undefined ? [code] : []
    })
  const [state] = codes(STATE_SYSTEM)
  if (state === undefined) return []
  const at = (system: string, code: string): Entry => ({
    kind: 'token',
    path: CASE,
    group: 0,
    system,
    code,
  })
  return [
    at('case', ''),
    ...(state === 'released'
      ? codes(AUDIENCE_SYSTEM).map((organization) => at('released', organization))
      : [at('closed', ''), ...codes(AUTHOR_SYSTEM).map((author) => at('author', author))]),
  ]
}

const marked = (system: string, code: string): Condition =>
  both({ kind: 'type', types: TYPES }, { kind: 'token', paths: [CASE], system, code })

/** What an organization keeps, without the closed cases that others in it made. */
export const ownBut = (principal: Principal): Condition =>
  principal.roles.includes('reviewer')
    ? ofCustodian(principal.organization)
    : both(
        ofCustodian(principal.organization),
        not(both(marked('closed', ''), not(marked('author', authorOf(principal))))),
      )

/** All cases of an organization. */
export const ownCases = (organization: string): Condition =>
  both(ofCustodian(organization), marked('case', ''))

/** Cases that were released to an organization. */
export const releasedTo = (organization: string): Condition => marked('released', organization)

/** Whether a version is part of a case, by its text alone; now and then also when it isn't. */
export const isCase = ({ type, text }: Version): boolean =>
  TYPES.includes(type) && text !== undefined && text.includes(STATE_SYSTEM)

/** Whether entries are those of a case. */
export const hasCaseEntries = (entries: readonly Entry[]): boolean =>
  entries.some(({ path }) => path === CASE)

/** Why a resource may not be written by the usual ways. */
export function caseIssues({ resourceType, meta }: Resource): readonly Issue[] {
  if (!Array.isArray(meta?.tag)) return []
  const systems = [STATE_SYSTEM, AUTHOR_SYSTEM, AUDIENCE_SYSTEM]
  const at = (meta.tag as readonly unknown[]).findIndex((tag) =>
    systems.includes(String(fieldsOf(tag)?.['system'])),
  )
  if (at < 0) return []
  return [
    {
      severity: 'error',
      code: 'business-rule',
      diagnostics: `Tags of ${STATE_SYSTEM} are set by $de-identify and $review alone; leave them out`,
      expression: [`${resourceType}.meta.tag[${at}]`],
    },
  ]
}

/** A store in which a case is changed by the operations alone, since nothing else writes the tags; it may be deleted. */
export const keepingCases = (store: Store): Store => ({
  ...store,
  commit: async (changes, assertions) => {
    for (const change of changes) {
      if (change.kind !== 'put' || !TYPES.includes(change.type)) continue
      if (change.ifVersion === 0 || change.content.metaRest.includes(STATE_SYSTEM)) continue
      const current = await store.read(change.type, change.id)
      if (current !== undefined && isCase(current) && caseEntriesOf(current).length > 0)
        throw fail(
          'forbidden',
          `${change.type}/${change.id} is part of a teaching case, which Task/[id]/$review decides about and nothing else changes`,
          change.type,
        )
    }
    return store.commit(changes, assertions)
  },
})

const caseEntriesOf = ({ text }: Version): readonly Entry[] =>
  caseEntries(JSON.parse(text ?? '{}') as Resource)
