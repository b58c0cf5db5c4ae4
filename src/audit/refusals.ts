// Callers that are not let in: counted, and one entry for each address and minute, so that a flood of them can't fill
// the log, nor make the disk the lever of who isn't known. docs/audit.md
// https://hl7.org/fhir/R4/auditevent.html
// Must not hold what was sent: a token that is refused here may be good elsewhere, and a name may be a password.
import type { Log } from '../log.ts'
import { agent, code, DCM, OWN } from './agent.ts'
import { logged, type Event } from './event.ts'

/** One that was not let in. */
export type Refused = {
  /** Of the connection. */
  readonly address: string | undefined
  /** One of few texts of ours. */
  readonly why: string
}

export type Refusals = {
  count(refused: Refused): void
  /** Write what is counted. */
  write(): Promise<void>
  close(): Promise<void>
}

const MINUTE_MS = 60_000
/** Addresses that are told apart in a minute. */
const MOST = 100

type Counted = { readonly since: number; last: number; readonly whys: Map<string, number> }

/** @param record resolves when it is on disk */
export function createRefusals(
  record: (events: readonly Event[]) => Promise<void>,
  { baseUrl, log }: { readonly baseUrl: string; readonly log: Log },
): Refusals {
  let counted = new Map<string, Counted>()
  let timer: NodeJS.Timeout | undefined
  const add = (address: string, since: number, last: number, why: string, times: number): void => {
    const key = counted.has(address) || counted.size < MOST ? address : ''
    const one = counted.get(key) ?? { since, last, whys: new Map<string, number>() }
    one.last = Math.max(one.last, last)
    one.whys.set(why, (one.whys.get(why) ?? 0) + times)
    counted.set(key, one)
  }
  const write = async (): Promise<void> => {
    const before = counted
    if (before.size === 0) return
    counted = new Map()
    try {
      await record([...before].map(([address, one]) => refusalsEvent(baseUrl, address, one)))
    } catch (error) {
      for (const [address, { since, last, whys }] of before)
        for (const [why, times] of whys) add(address, since, last, why, times)
      log.warn({ err: error }, 'refusals can not be logged yet')
    }
  }
  return {
    count: ({ address, why }) => {
      const now = Date.now()
      add(networkOf(address), now, now, why, 1)
      timer ??= setInterval(() => void write(), MINUTE_MS).unref()
    },
    write,
    close: async () => {
      clearInterval(timer)
      await write()
    },
  }
}

/** Of IPv6 the network that one subscriber has, https://www.rfc-editor.org/rfc/rfc6177 */
export function networkOf(address = ''): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '')
  if (!plain.includes(':')) return plain
  const [left = [], right = []] = plain.split('::').map((part) => part.split(':').filter(Boolean))
  const zeros = Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0')
  return `${[...left, ...zeros, ...right].slice(0, 4).join(':')}::/64`
}

function refusalsEvent(baseUrl: string, address: string, { since, last, whys }: Counted): Event {
  const times = [...whys.values()].reduce((sum, one) => sum + one, 0)
  const said = [...whys].map(([why, some]) => `${why} (${some})`)
  const who = {
    display: address === '' ? 'callers at several addresses' : 'a caller at one address',
  }
  const network = address === '' ? {} : { network: { address, type: '2' } }
  return logged({ baseUrl, at: last }, '', {
    type: code(DCM, '110114'),
    subtype: [code(DCM, '110126'), code(`${OWN}/CodeSystem/sign-in`, 'refused')],
    action: 'E',
    period: { start: new Date(since).toISOString(), end: new Date(last).toISOString() },
    outcome: '4',
    outcomeDesc: `Not let in ${times} times: ${said.join(', ')}`,
    agent: [agent(code(DCM, '110150'), who, true, network)],
  })
}
