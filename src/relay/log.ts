// What leaves for the hub, in the log of accesses of this edge, before it leaves: as its client there reading it here.
// docs/audit.md
// Must not let anything go that can't be logged.
import { recorded } from '../audit/recorded.ts'
import type { Seen } from '../consent/access.ts'
import { patientsIn, custodianIn } from '../consent/custody.ts'
import { compartmentPaths } from '../search/compartment.ts'
import type { Edge } from './edge.ts'
import type { Group } from './outbox.ts'

/** Without effect in open mode, where nobody's accesses are logged. @throws Failure `unavailable` */
export async function logSending(
  { context, hub, organization }: Edge,
  group: Group,
): Promise<void> {
  const { config, parameters, definitions } = context
  if (config.auth === 'open') return
  const isOfPatients = (type: string): boolean =>
    compartmentPaths('Patient', type, parameters, definitions).length > 0
  const seen = [...group.values()].map(({ version }): Seen => ({
    type: version.type,
    id: version.id,
    version: version.version,
    patients: patientsIn(version, isOfPatients),
    custodian: custodianIn(version),
    decision: { seen: true, reason: 'own' },
  }))
  const principal = {
    client: config.relayClientId === '' ? 'relay' : config.relayClientId,
    clientName: `Relay to ${hub}`,
    organization,
    roles: ['system'],
    scopes: [],
    purpose: 'TREAT',
  } as const
  await recorded(
    { method: 'GET', path: ['_history'], query: [], headers: {}, body: undefined, principal },
    context,
    (_logged, note) => {
      note({ seen })
      return Promise.resolve({ status: 200, headers: {} })
    },
  )
}
