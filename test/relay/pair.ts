// An edge and its hub in one process, and a relay between them that moves only when it is told to.
// Must not wait for real time: pauses take none.
import { openRelay, type Relay, type RelayOptions } from '../../src/relay/relay.ts'
import { statusOf, type Status } from '../../src/relay/status.ts'
import type { Serving } from '../../src/cli/serve.ts'
import type { Environment } from '../../src/config.ts'
import { client, startTestServer, type TestServer } from '../support/server.ts'

export type Site = TestServer & {
  /** A relay to the hub as it is now; the one before is stopped. */
  relay(options?: RelayOptions, hub?: string): Promise<Relay>
  /** Send and fetch until nothing waits. */
  sync(): Promise<Status>
  status(): Promise<Status>
  close(): Promise<void>
}

/** An edge on a store of its own. */
export async function openSite(hub: string, settings: Environment = {}): Promise<Site> {
  const serving = await startTestServer({ STORE_URL: 'sqlite::memory:', ...settings })
  return siteOf(serving, hub)
}

function siteOf(serving: Serving, hub: string): Site {
  const { context } = serving
  let open: Relay | undefined
  let at = hub
  const site: Site = {
    ...client(serving),
    relay: async (options = {}, other = hub) => {
      await open?.stop()
      at = other
      const config = { ...context.config, relayHub: other }
      return (open = openRelay({ ...context, config }, options))
    },
    sync: async () => {
      open ??= await site.relay()
      await open.once()
      return site.status()
    },
    status: () => statusOf(context.store.notes, at),
    close: async () => {
      await open?.stop()
      await serving.close()
    },
  }
  return site
}

export const patient = (value: string, more: object = {}): object => ({
  resourceType: 'Patient',
  identifier: [{ system: 'urn:oid:1.2.3', value }],
  name: [{ text: value }],
  ...more,
})

export const observation = (subject: string, value: number, more: object = {}): object => ({
  resourceType: 'Observation',
  status: 'final',
  code: { text: 'Glucose' },
  subject: { reference: subject },
  valueQuantity: { value, unit: 'mmol/L' },
  ...more,
})
