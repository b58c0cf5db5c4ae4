// Organisations × purposes × interactions over networks by chance: what the server shows is what the plain rules say.
// docs/access.md; CONSENT_SEED repeats a run, CONSENT_WORLDS asks for more of it.
import assert from 'node:assert/strict'
import type { Principal } from '../../src/auth/principal.ts'
import { Failure } from '../../src/errors.ts'
import type { FhirResponse } from '../../src/fhir/message.ts'
import { outcomeText } from '../../src/fhir/outcome.ts'
import { readQuery } from '../../src/fhir/query.ts'
import { handle } from '../../src/handle.ts'
import { onBothStores, type TestServer } from '../support/server.ts'
import { askAll, tryWrites, type Send, type View } from './matrix/asks.ts'
import { isSeen, judge, type Caller, type Json } from './matrix/rules.ts'
import { dice, makeWorld, ORGANIZATIONS, type World } from './matrix/world.ts'

const SEED = Number(process.env.CONSENT_SEED ?? Date.now() % 1_000_000)
const WORLDS = Number(process.env.CONSENT_WORLDS ?? 0)

const ALL_SCOPES = [
  {
    level: 'user' as const,
    type: '*',
    permissions: new Set(['c', 'r', 'u', 'd', 's'] as const),
    query: [],
  },
]

onBothStores(
  `what the rules show (seed ${String(SEED)})`,
  (server) => {
    // MongoDB is asked less: the server of the tests does about a thousand operations a second.
    const isMongo = (): boolean => server().context.config.storeUrl.startsWith('mongo')
    const worlds = (): number => WORLDS || (isMongo() ? 1 : 8)

    it('is what the plain rules say, however it is asked', async function () {
      this.timeout(300_000)
      let cases = 0
      const seen = new Map<string, number>()
      for (let i = 0; i < worlds(); i++) {
        const seed = SEED + i
        const d = dice(seed * 7919 + 17)
        const world = makeWorld(`n${seed.toString(36)}-`, d, isMongo() ? 1 : 2)
        await load(world, server())
        for (const { id, country } of ORGANIZATIONS)
          for (const purpose of ['TREAT', d.of(['HRESCH', 'HPAYMT', 'BTG'])]) {
            const organization = `n${seed.toString(36)}-${id}`
            const clinician = d.once(2)
            const caller: Caller = {
              organization,
              country,
              user: clinician ? `Practitioner/${organization}-doctor` : undefined,
              standsFor: clinician ? (world.standsFor.get(organization) ?? []) : [],
              purpose,
              now: Date.now(),
            }
            const view = viewOf(world, caller)
            for (const r of world.resources.keys())
              seen.set(view.verdict(r), (seen.get(view.verdict(r)) ?? 0) + 1)
            const send = sender(server(), caller)
            const why = `seed ${String(seed)}, ${organization} for ${purpose}${clinician ? ', a clinician' : ''}`
            cases += await askAll(send, view, why)
            cases += await tryWrites(send, view, why)
          }
      }
      // A matrix in which nothing is ever permitted or denied shows nothing.
      for (const verdict of ['own', 'permit', 'deny', 'nothing', 'border'])
        assert.ok(
          worlds() < 4 || (seen.get(verdict) ?? 0) > worlds(),
          `${verdict}: ${String(seen.get(verdict))}`,
        )
      assert.ok(cases >= worlds() * (isMongo() ? 1000 : 2500), `${String(cases)} cases`)
    })
  },
  {},
)

async function load(world: World, server: TestServer): Promise<void> {
  const entry = [...world.resources.values()].map((resource) => ({
    resource,
    request: { method: 'PUT', url: `${resource.resourceType as string}/${resource.id as string}` },
  }))
  const answer = await call(server, 'POST', '', {
    body: { resourceType: 'Bundle', type: 'transaction', entry },
  })
  assert.equal(answer.status, 200, answer.body ?? '')
}

function viewOf(world: World, caller: Caller): View {
  const verdicts = new Map(
    [...world.resources].map(([name, r]) => [name, judge(r, caller, world.resources)]),
  )
  const verdict: View['verdict'] = (name) => verdicts.get(name) ?? 'nothing'
  return {
    world,
    verdict,
    seen: (type) =>
      [...world.resources]
        .filter(
          ([name, r]) => (type === undefined || r.resourceType === type) && isSeen(verdict(name)),
        )
        .map(([, r]) => r),
  }
}

const sender = (server: TestServer, { organization, user, purpose }: Caller): Send => {
  const principal: Principal = {
    client: `${organization}-system`,
    organization,
    roles: [user === undefined ? 'system' : 'clinician'],
    ...(user === undefined ? {} : { user }),
    scopes: ALL_SCOPES,
    purpose,
  }
  return (method, url, more) => call(server, method, url, more, principal)
}

/** A request through the door, without HTTP around it: the edge's part is to turn a Failure into an answer. */
async function call(
  { context }: TestServer,
  method: Parameters<Send>[0],
  url: string,
  { body, headers = {} }: { readonly body?: Json; readonly headers?: Record<string, string> } = {},
  principal?: Principal,
): Promise<FhirResponse> {
  const [path = '', query = ''] = url.split('?')
  // What the log grows by at each question would be the greater part of all later answers.
  const quiet = { record: () => Promise.resolve(), caughtUp: () => Promise.resolve() }
  try {
    return await handle(
      {
        method,
        path: path.split('/').filter(Boolean),
        query: readQuery(query),
        headers,
        body:
          body === undefined
            ? undefined
            : {
                type: headers['content-type'] ?? 'application/fhir+json',
                text: JSON.stringify(body),
              },
        ...(principal === undefined ? {} : { principal }),
      },
      { ...context, audit: { ...context.audit, ...quiet } },
    )
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return { status: error.status, headers: error.headers, body: outcomeText(error.issues) }
  }
}
