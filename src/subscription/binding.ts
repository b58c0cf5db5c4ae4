// Websockets bound to Subscriptions: who asks is checked, and told of each event by a ping, or of a topic by a notification.
// https://hl7.org/fhir/R4/subscription.html: bind ID → bound ID, then ping ID
// https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/channels.html#websockets: bind-with-token TOKEN
// Must not know sockets. Must not tell of what the owner of the Subscription may not read at that moment.
import type { Principal } from '../auth/principal.ts'
import type { Context } from '../context.ts'
import { Failure } from '../errors.ts'
import type { Resource } from '../fhir/message.ts'
import { handle } from '../handle.ts'
import { inMediaType, notificationFor, readAsOwner } from './deliver.ts'
import { createEndpoints } from './endpoint.ts'
import type { Notification, Told } from './notification.ts'
import { lastOf, newerThan, type Event } from './queue.ts'
import { readSubscription, type Subscription } from './subscription.ts'
import { bindingOf } from './token.ts'

/** The other end. */
export type Wire = {
  send(text: string): void
  /** What it asked for is over. */
  end(why: string): void
}

export type Bound = {
  /** A message of the client's. */
  said(text: string): Promise<void>
  close(): void
}

export type Broker = {
  /** @param caller who is at the other end, asked again and again; undefined for nobody. @throws Failure of its token */
  connect(wire: Wire, caller: () => Promise<Principal | undefined>): Bound
  close(): void
}

type Tie = {
  readonly wire: Wire
  readonly id: string
  /** Number of the last event that was told. */
  last: number
  /** When something was told, ms; and after how many to say that nothing was. */
  told: number
  beat: number | undefined
  /** ms since 1970; undefined while the caller is known. */
  readonly until: number | undefined
  readonly caller: () => Promise<Principal | undefined>
}

/** Milliseconds between two looks for events that other processes found. */
const LOOK_MS = 200
/** Subscriptions on one socket. */
const MOST = 100

export function createBroker(context: Context): Broker {
  const { store, config, log, plan, definitions } = context
  const room = { plan, definitions, endpoints: createEndpoints(config) }
  const ties = new Map<string, Set<Tie>>()
  let looking: Promise<void> | undefined
  let isAgain = false
  let timer: NodeJS.Timeout | undefined

  const drop = (tie: Tie): void => {
    const all = ties.get(tie.id)
    all?.delete(tie)
    if (all?.size === 0) ties.delete(tie.id)
    if (ties.size === 0) {
      clearInterval(timer)
      timer = undefined
    }
  }

  const subscriptionOf = async (id: string): Promise<Subscription | undefined> => {
    const version = await store.read('Subscription', id)
    if (version?.text === undefined) return undefined
    const read = readSubscription(JSON.parse(version.text) as Resource, version.version, room)
    return read.ok ? read.subscription : undefined
  }

  /** Whether the other end may still hear of it. */
  const isGood = async ({ until, caller, wire }: Tie): Promise<boolean> => {
    try {
      if (until === undefined) await caller()
      else if (until <= Date.now()) throw new Error('the token has expired')
      return true
    } catch (error) {
      if (error instanceof Failure && error.status >= 500) throw error
      wire.end('the token is not good any more')
      return false
    }
  }

  const bundle = (
    subscription: Subscription,
    type: Notification['type'],
    last: number,
    told: readonly Told[],
  ): string =>
    inMediaType(
      notificationFor(subscription, type, last, told, context),
      subscription.channel.payload ?? '',
      context,
    )

  const tell = async (tie: Tie, subscription: Subscription, events: readonly Event[]) => {
    const { id, wire } = tie
    for (const event of events) {
      if (event.number <= tie.last) continue
      tie.last = event.number
      const text = await readAsOwner(subscription, event, context)
      if (text === undefined) continue
      tie.told = Date.now()
      if (subscription.bundles === undefined) wire.send(`ping ${id}`)
      else wire.send(bundle(subscription, 'event-notification', event.number, [{ event, text }]))
    }
  }

  const lookAt = async (id: string): Promise<void> => {
    const all = [...(ties.get(id) ?? [])]
    const events = await newerThan(store.notes, id, Math.min(...all.map(({ last }) => last)))
    const now = Date.now()
    const isSilent = events.length === 0
    if (isSilent && !all.some((tie) => tie.beat !== undefined && now - tie.told >= tie.beat)) return
    const subscription = await subscriptionOf(id)
    if (subscription?.status !== 'active') {
      // What happens until it is active again is not for these.
      for (const tie of all) tie.last = events.at(-1)?.number ?? tie.last
      return
    }
    const beat = subscription.bundles?.heartbeatMs
    for (const tie of all) {
      tie.beat = beat
      const isDue = beat !== undefined && now - tie.told >= beat
      if (isSilent && !isDue) continue
      if (!(await isGood(tie))) drop(tie)
      else if (!isSilent) await tell(tie, subscription, events)
      else {
        tie.told = now
        tie.wire.send(bundle(subscription, 'heartbeat', tie.last, []))
      }
    }
  }

  const look = (): void => {
    if (looking !== undefined) {
      isAgain = true
      return
    }
    const all = async (): Promise<void> => {
      do {
        isAgain = false
        for (const id of [...ties.keys()]) await lookAt(id)
      } while (isAgain)
    }
    looking = all()
      .catch((error: unknown) => {
        // The store is away: the next look finds it.
        if (!(error instanceof Failure)) log.error({ err: error }, 'websockets')
      })
      .finally(() => (looking = undefined))
  }
  const unfollow = context.subscriptions.onEvents(look)

  const connect: Broker['connect'] = (wire, caller) => {
    const own = new Set<Tie>()

    const tie = async (id: string, until: number | undefined): Promise<void> => {
      const subscription = await subscriptionOf(id)
      if (subscription === undefined || subscription.channel.type !== 'websocket') {
        wire.send(`error ${id}: there is no such Subscription by websocket`)
        return
      }
      if (own.size >= MOST) {
        wire.send(`error ${id}: ${String(MOST)} Subscriptions are bound already`)
        return
      }
      for (const one of own)
        if (one.id === id) {
          drop(one)
          own.delete(one)
        }
      const last = await lastOf(store.notes, id)
      const beat = subscription.bundles?.heartbeatMs
      const made: Tie = { wire, id, last, told: Date.now(), beat, until, caller }
      own.add(made)
      ties.set(id, (ties.get(id) ?? new Set()).add(made))
      if (timer === undefined) {
        timer = setInterval(look, LOOK_MS)
        timer.unref()
      }
      if (until === undefined) wire.send(`bound ${id}`)
      if (subscription.bundles !== undefined) wire.send(bundle(subscription, 'handshake', last, []))
      else if (until !== undefined) wire.send(`bound ${id}`)
    }

    const bind = async (id: string): Promise<void> => {
      try {
        const principal = await caller()
        if (principal === undefined && config.auth === 'oauth')
          throw new Error(
            'needs an access token: in the header Authorization, or by bind-with-token',
          )
        // Read as any read is, and logged as one.
        await handle(
          {
            method: 'GET',
            path: ['Subscription', id],
            query: [],
            headers: {},
            body: undefined,
            ...(principal === undefined ? {} : { principal }),
          },
          context,
        )
      } catch (error) {
        if (error instanceof Failure && error.status >= 500) throw error
        wire.send(`error ${id}: ${error instanceof Error ? error.message : 'refused'}`)
        return
      }
      await tie(id, undefined)
    }

    return {
      said: async (text) => {
        const [, verb, what] =
          /^\s*(bind|bind-with-token):?\s+(?:Subscription\/)?([\w.-]{1,200})\s*$/.exec(text) ?? []
        if (verb === undefined || what === undefined)
          wire.send('error: the messages are "bind ID" and "bind-with-token TOKEN"')
        else if (verb === 'bind') await bind(what)
        else {
          const binding = await bindingOf(store.notes, what)
          if (binding === undefined) wire.send('error: the token is not known, or has expired')
          else for (const id of binding.ids) await tie(id, binding.until)
        }
      },
      close: () => {
        for (const one of own) drop(one)
        own.clear()
      },
    }
  }

  return {
    connect,
    close: () => {
      unfollow()
      clearInterval(timer)
    },
  }
}
