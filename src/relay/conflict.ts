// The rule of conflicts: what was changed at the hub and here stays as the hub has it, and the versions of this edge are kept
// beside it, each as a Binary that no clinical search finds, with a Provenance that tells. docs/adr/0009-relay.md
// https://hl7.org/fhir/R4/provenance.html
// Must not choose between two versions by their clocks.
import { hash } from 'node:crypto'
import type { Resource } from '../fhir/message.ts'
import { COUNTRY_SYSTEM, CUSTODIAN_SYSTEM } from '../search/record.ts'
import type { Version } from '../store/store.ts'
import { valueOf } from './content.ts'
import type { Edge } from './edge.ts'

/** Why a version of the edge gave way. */
export type Reason = 'changed' | 'identity'

const SAID: Readonly<Record<Reason, string>> = {
  changed:
    'Changed at the hub and at the edge while they were apart: the version of the hub stays, that of the edge is kept here',
  identity:
    'The hub has this under the same identifier from somewhere else: its version stays, that of the edge is kept here',
}

/**
 * What keeps versions that gave way: a Binary for each, and the Provenance.
 * @param losers versions of one resource, the oldest first; at least one
 */
export function keeping(
  edge: Edge,
  losers: readonly Version[],
  reason: Reason,
): readonly Resource[] {
  const last = losers.at(-1)!
  const target = { reference: `${last.type}/${last.id}` }
  const tag = custodyOf(last)
  const meta = tag.length === 0 ? {} : { meta: { tag } }
  const idOf = (what: string): string =>
    `relay-${hash('sha256', `${edge.key} ${target.reference} ${String(last.version)} ${what}`, 'hex').slice(0, 20)}`
  const binaries = losers.map((version) => ({
    resourceType: 'Binary',
    id: idOf(String(version.version)),
    ...meta,
    contentType: 'application/fhir+json',
    securityContext: target,
    data: Buffer.from(version.text ?? '').toString('base64'),
  }))
  const who =
    edge.organization === ''
      ? { display: `Edge ${edge.key}` }
      : { reference: `Organization/${edge.organization}`, display: `Edge ${edge.key}` }
  const provenance = {
    resourceType: 'Provenance',
    id: idOf('provenance'),
    ...meta,
    target: [target],
    occurredDateTime: new Date(last.updated).toISOString(),
    recorded: new Date(edge.clock.now() + (edge.line.skew() ?? 0)).toISOString(),
    reason: [{ text: SAID[reason] }],
    activity: {
      coding: [
        { system: 'http://terminology.hl7.org/CodeSystem/v3-DataOperation', code: 'UPDATE' },
      ],
      text: 'Conflict between edge and hub',
    },
    agent: [
      {
        type: {
          coding: [
            {
              system: 'http://terminology.hl7.org/CodeSystem/provenance-participant-type',
              code: 'assembler',
            },
          ],
        },
        who,
      },
    ],
    entity: losers.map((version, i) => ({
      role: 'removal',
      what: {
        reference: `Binary/${binaries[i]!.id}`,
        display: `Version ${String(version.version)} of the edge`,
      },
    })),
  }
  return [...binaries, provenance]
}

type Tag = { readonly system?: unknown }

/** The tags that say whose it is. */
function custodyOf({ text }: Version): Tag[] {
  const tag: unknown = text === undefined ? undefined : valueOf(text).meta?.tag
  return (Array.isArray(tag) ? (tag as Tag[]) : []).filter(
    ({ system }) => system === CUSTODIAN_SYSTEM || system === COUNTRY_SYSTEM,
  )
}
