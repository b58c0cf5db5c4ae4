// How the relay stands, for the operator: as JSON, as a page, and for the metrics.
// Must not hold personal data: of what was set aside type, id and the kind of reason are told, not what the hub quotes.
import type { Notes } from '../store/indexing.ts'
import { asides, type Aside } from './aside.ts'
import { prefixOf } from './edge.ts'
import { NO_STATE, type State } from './state.ts'

export type Status = State & { readonly aside: readonly Aside[] }

/** As it was last kept. */
export async function statusOf(notes: Notes, hub: string): Promise<Status> {
  const prefix = prefixOf(hub)
  const kept = await notes.read(`${prefix}state`)
  const state = kept === undefined ? {} : (JSON.parse(kept) as State)
  return { ...NO_STATE, hub, ...state, aside: await asides(notes, prefix) }
}

/** Its lines for a terminal; here what the hub said of what it refused is told, too. */
export function textOf(status: Status): string {
  const lines = [
    ...facts(status).map(([name, value]) => `${name.padEnd(22)}${value}`),
    ...status.aside.flatMap(({ type, id, version, status: code, issues, at }) => [
      '',
      `${type}/${id}, version ${String(version)}: refused with ${String(code)} at ${at}`,
      ...issues.map((i) => `  ${[...(i.expression ?? []), i.diagnostics].join(': ')}`),
    ]),
  ]
  return lines.join('\n')
}

/** What there is to know, by name. */
export function facts(status: Status): readonly (readonly [string, string])[] {
  const { skew, failures, failure, lastFailure, nextTry, aside } = status
  return [
    ['Hub', status.hub],
    ['This edge', status.edge === '' ? 'has not been in touch yet' : status.edge],
    ['Sent', `${String(status.sent)} versions, ${String(status.bytes)} bytes with all attempts`],
    ['Waiting', `${String(status.backlog)} versions`],
    ['Received', `${String(status.received)} versions`],
    ['Looked at the hub to', status.since === '' ? 'nothing yet' : status.since],
    ['Last success', status.lastSuccess === '' ? 'none yet' : status.lastSuccess],
    [
      'Clock of the hub',
      skew === undefined ? 'not known yet' : `${(skew / 1000).toFixed(1)} s ahead`,
    ],
    ['Conflicts', String(status.conflicts)],
    ['Set aside', String(aside.length)],
    ...(failures === 0
      ? []
      : ([
          ['Last failure', `${lastFailure}: ${failure} (${String(failures)} in a row)`],
          ['Next try', nextTry],
        ] as const)),
  ]
}
