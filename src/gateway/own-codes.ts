// Codes of a device that nobody else knows, by a ConceptMap that the organisation which looks after it has put here.
// https://hl7.org/fhir/R4/conceptmap.html; docs/network.md, "Codes of your own"
// Must not take the map of another organisation: it would say what one's results mean.
import type { Door } from './caller.ts'
import { measuredBy } from './analyte.ts'
import { localCodes } from './coding-system.ts'
import type { Code, Run } from './run.ts'

type Target = { readonly code?: string; readonly equivalence?: string }
type Group = {
  readonly source?: string
  readonly target?: string
  readonly element?: readonly { readonly code?: string; readonly target?: readonly Target[] }[]
}

/** That which is meant is the same. */
const SAME = new Set(['equivalent', 'equal'])

/** The run with the codes that maps give, looked up only where a code isn't known otherwise. */
export async function withOwnCodes(run: Run, door: Door): Promise<Run> {
  if (run.results.every(({ code }) => measuredBy(code.codes) !== undefined)) return run
  const systems = new Set(run.results.flatMap(({ code }) => code.codes.map((one) => of(one, run))))
  const groups: Group[] = []
  for (const system of systems)
    for (const map of await door.search(
      'ConceptMap',
      [
        ['source-system', system],
        ['status', 'active'],
      ],
      20,
    ))
      groups.push(...((map['group'] as Group[] | undefined) ?? []))
  if (groups.length === 0) return run
  return {
    ...run,
    results: run.results.map((result) => {
      const { codes } = result.code
      if (measuredBy(codes) !== undefined) return result
      const more = codes.flatMap((code) => mapped(of(code, run), code.code, groups))
      return { ...result, code: { ...result.code, codes: [...codes, ...more] } }
    }),
  }
}

const of = ({ system }: Code, { sender }: Run): string => system ?? localCodes(sender)

const mapped = (system: string, code: string, groups: readonly Group[]): Code[] =>
  groups
    .filter(({ source }) => source === system)
    .flatMap(({ target: system, element = [] }) =>
      element
        .filter((one) => one.code === code)
        .flatMap(({ target = [] }) => target)
        .flatMap(({ code, equivalence }) =>
          code !== undefined && SAME.has(equivalence ?? '') ? [{ system, code }] : [],
        ),
    )
