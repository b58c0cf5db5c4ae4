// Carries the Subscriptions out: follows what is committed, finds who watches for it, and has it sent.
// https://hl7.org/fhir/R4/subscription.html
// Must be one over all processes of a store: underneath is a lease, or the process that alone writes. Steps are harmless
// when they are done twice; what was read but not noted is read again after a crash.
import { setMaxListeners } from 'node:events'
import type { Principal } from '../auth/principal.ts'
import type { Context } from '../context.ts'
import type { Version } from '../store/store.ts'
import type { Resource } from '../fhir/message.ts'
import { expandCondition } from '../terminology/expand.ts'
import { worked, giveWay } from '../turn.ts'
import type { Endpoints } from './endpoint.ts'
import { deliver, sendSign } from './deliver.ts'
import type { Watch } from './criteria.ts'
import { createMatcher } from './match.ts'
import { lastOf, openQueue, removeQueue, type Event, type Queue } from './queue.ts'
import { createSender, queueStates, type Queues, type Sender } from './sender.ts'
import { setStatus } from './status.ts'
import { readSubscription, type Status, type Subscription } from './subscription.ts'

export type Keeper = {
  /** One round. @returns whether there is more to do at once */
  round(): Promise<boolean>
  /** Look at the Subscriptions in the next round. */
  changed(): void
  /** Whether any is in force, or may soon be. */
  readonly isIdle: () => boolean
  end(): Promise<void>
}

export type KeeperOptions = {
  readonly context: Context
  readonly endpoints: Endpoints
  readonly signal: AbortSignal
  /** Told of the Subscriptions that have new events. */
  readonly onEvents: (ids: ReadonlySet<string>) => void
}

/** One in force. */
type Kept = {
  subscription: Subscription
  readonly queue: Queue
  readonly sender: Sender
  /** When something was sent last, ms. */
  sent: number
}

const POSITION = 'subscription-position'
const AT_A_TIME = 100
/** How old the noted position may be while nothing is found. */
const NOTE_MS = 5000
const PAGE = 500
/** Events that may wait for one Subscription. */
const MOST_WAITING = 100_000

export async function createKeeper(options: KeeperOptions): Promise<Keeper> {
  const { context, endpoints, signal, onEvents } = options
  const { store, log, config } = context
  const { notes } = store
  const room = { plan: context.plan, definitions: context.definitions, endpoints }
  const kept = new Map<string, Kept>()
  const activating = new Map<string, Promise<void>>()
  let position = await notes.read(POSITION)
  let isNoted = true
  let noted = Date.now()
  let isChanged = true
  const delivering = { context, endpoints, signal }
  // Each call that is under way listens.
  setMaxListeners(0, signal)
  const unfollow = context.conformance.onChange((types) => {
    if (types.has('ValueSet') || types.has('CodeSystem') || types.has('SearchParameter'))
      isChanged = true
  })

  const note = async (now: string | undefined): Promise<void> => {
    position = now
    await notes.write(POSITION, now)
    isNoted = true
    noted = Date.now()
  }

  const set = async (
    subscription: Subscription,
    status: Status,
    error: string | undefined,
  ): Promise<void> => {
    const version = await setStatus(subscription, status, error, context)
    isChanged = true
    const one = kept.get(subscription.id)
    // Until it is looked at again.
    if (version !== undefined && one?.subscription.version === subscription.version)
      one.subscription = { ...one.subscription, status, version }
    if (version !== undefined) log.info({ status }, 'a Subscription has another status')
  }

  /** What follows is heard of from now on, also when it is the first. */
  const activate = async (subscription: Subscription): Promise<void> => {
    if (position === undefined) await note(await store.head())
    if (subscription.bundles !== undefined && subscription.channel.type === 'rest-hook') {
      const last = kept.get(subscription.id)?.queue.last() ?? (await lastOf(notes, subscription.id))
      const greeted = await sendSign(subscription, 'handshake', last, delivering)
      // Whoever goes on greets again.
      if (signal.aborted) return
      if (greeted.outcome === 'failed') {
        await set(subscription, 'error', `The handshake failed: ${greeted.error}`)
        return
      }
    }
    await set(subscription, 'active', undefined)
  }

  const add = async (subscription: Subscription): Promise<Kept> => {
    const queue = await openQueue(notes, subscription.id)
    const one: Kept = {
      subscription,
      queue,
      sent: Date.now(),
      sender: createSender({
        queue,
        subscription: () => one.subscription,
        next: () =>
          isSent(one.subscription)
            ? queue.pending.slice(0, one.subscription.bundles?.maxCount ?? 1)
            : [],
        deliver: async (events) => {
          const delivered = await deliver(one.subscription, events, queue.last(), delivering)
          if (delivered.outcome === 'delivered') one.sent = Date.now()
          return delivered
        },
        setStatus: (status, error) => set(one.subscription, status, error),
        isEnding: () => signal.aborted,
        giveUpMs: config.subscriptionRetryHours * 3_600_000,
        log,
      }),
    }
    return one
  }

  const isKnown = async (owner: Principal | undefined): Promise<boolean> =>
    owner !== undefined && (await context.subscriptions.ownerNow(owner)) !== undefined

  const drop = async (id: string): Promise<void> => {
    const one = kept.get(id)
    if (one === undefined) return
    kept.delete(id)
    await one.sender.stop()
    const current = await store.read('Subscription', id)
    if (current?.text === undefined) await removeQueue(notes, id)
  }

  const take = async (version: Version): Promise<void> => {
    const resource = JSON.parse(version.text ?? '{}') as Resource
    const read = readSubscription(resource, version.version, room)
    const base = { id: version.id, version: version.version }
    if (!read.ok) {
      const said = read.issues.map(({ diagnostics }) => diagnostics).join('; ')
      if (resource['status'] !== 'error' || kept.has(version.id))
        await setStatus(base, 'error', said, context)
      await drop(version.id)
      return
    }
    const { subscription } = read
    if (config.auth === 'oauth' && !(await isKnown(subscription.owner))) {
      await setStatus(base, 'off', 'Its owner is not known here, or not any more', context)
      await drop(version.id)
      return
    }
    if (subscription.end !== undefined && subscription.end <= Date.now()) {
      await setStatus(base, 'off', undefined, context)
      await drop(version.id)
      return
    }
    const usable = await prepared(
      config.auth === 'open' ? { ...subscription, owner: undefined } : subscription,
    )
    if (usable.status === 'requested') {
      if (!activating.has(usable.id))
        activating.set(
          usable.id,
          activate(usable)
            .catch((error: unknown) => log.error({ err: error }, 'a Subscription is not active'))
            .finally(() => {
              activating.delete(usable.id)
              isChanged = true
            }),
        )
      return
    }
    const one = kept.get(usable.id)
    if (one === undefined) {
      const added = await add(usable)
      const { queue, sender } = added
      if (usable.status === 'active') queue.began(version.updated)
      // Nobody took the handshake: its owner has to ask again.
      if (queue.since() === undefined) return
      kept.set(usable.id, added)
      await queue.flush()
      sender.wake()
      return
    }
    const isAnew = one.subscription.version !== usable.version && usable.status === 'active'
    one.subscription = usable
    if (isAnew) one.sender.anew()
  }

  const expanded = async (watch: Watch): Promise<Watch> => ({
    ...watch,
    where: await expandCondition(watch.where, context.terminology),
  })

  /** With the codes that its criteria mean now. */
  const prepared = async (subscription: Subscription): Promise<Subscription> => {
    const { watch, bundles } = subscription
    return {
      ...subscription,
      watch: await expanded(watch),
      bundles:
        bundles?.before === undefined
          ? bundles
          : { ...bundles, before: await expanded(bundles.before) },
    }
  }

  const load = async (): Promise<void> => {
    isChanged = false
    const { plan } = context.plan('Subscription', [['status', 'requested,active,error']], {
      strict: true,
    })
    const found = new Set<string>()
    for (let cursor: string | undefined; ;) {
      const page = await store.search({
        ...plan,
        count: PAGE,
        ...(cursor === undefined ? {} : { cursor }),
      })
      for (const version of page.matches) {
        found.add(version.id)
        await take(version)
      }
      if (page.next === undefined) break
      cursor = page.next
    }
    for (const id of kept.keys()) if (!found.has(id)) await drop(id)
    if (position === undefined && kept.size > 0) await note(await store.head())
    if (position !== undefined && kept.size === 0 && activating.size === 0) await note(undefined)
  }

  const find = async (versions: readonly Version[]): Promise<void> => {
    const types = new Set([...kept.values()].map(({ subscription }) => subscription.watch.type))
    const fresh = versions.filter(({ type, text }) => text !== undefined && types.has(type))
    if (fresh.length === 0) return
    const matcher = createMatcher(context)
    const events = new Map<string, Omit<Event, 'number'>[]>()
    for (const version of fresh) {
      const began = worked()
      for (const { subscription, queue } of kept.values()) {
        if (version.updated < (queue.since() ?? 0) || isOver(subscription)) continue
        if (!(await matcher.fits(version, subscription))) continue
        if (!(await matcher.isSeen(version, subscription.owner))) continue
        const { type, id, updated } = version
        const found = events.get(subscription.id)
        const event = { type, id, version: version.version, at: updated }
        if (found === undefined) events.set(subscription.id, [event])
        else found.push(event)
      }
      await giveWay(began)
    }
    for (const [id, some] of events) {
      const one = kept.get(id)
      if (one === undefined) continue
      await one.queue.append(some)
      if (one.subscription.channel.type === 'websocket') {
        one.queue.delivered(one.queue.last())
        await one.queue.flush()
      } else if (one.queue.pending.length > MOST_WAITING)
        await set(one.subscription, 'off', 'Given up: too many notifications wait')
      one.sender.wake()
    }
    if (events.size > 0) {
      isNoted = false
      noted = 0
      onEvents(new Set(events.keys()))
    }
  }

  /** Those that have been silent for as long as they may. */
  const beat = (): void => {
    const now = Date.now()
    for (const one of kept.values()) {
      const { subscription, queue, sent } = one
      const period = subscription.bundles?.heartbeatMs
      if (period === undefined || !isSent(subscription) || now - sent < period) continue
      one.sent = now
      // Whether it arrives is for the recipient to notice.
      if (queue.pending.length === 0)
        void sendSign(subscription, 'heartbeat', queue.last(), delivering)
    }
  }

  const endThose = async (): Promise<void> => {
    for (const { subscription } of [...kept.values()])
      if (isOver(subscription) && subscription.status !== 'off')
        await set(subscription, 'off', undefined)
  }

  const tell = (): void => {
    let waiting = 0
    for (const { queue } of kept.values()) waiting += queue.pending.length
    queueStates.publish({ subscriptions: kept.size, waiting } satisfies Queues)
  }

  return {
    round: async () => {
      tell()
      await endThose()
      beat()
      if (isChanged) await load()
      if (position === undefined || kept.size === 0) return isChanged
      const { versions, cursor } = await store.changes(position, AT_A_TIME)
      if (versions.some(({ type }) => type === 'Subscription')) isChanged = true
      if (isChanged) await load()
      signal.throwIfAborted()
      await find(versions)
      if (kept.size === 0) return isChanged
      if (cursor !== position) {
        position = cursor
        isNoted = false
      }
      if (!isNoted && Date.now() - noted > NOTE_MS) await note(position)
      return versions.length === AT_A_TIME || isChanged
    },
    changed: () => {
      isChanged = true
    },
    isIdle: () => kept.size === 0 && activating.size === 0,
    end: async () => {
      queueStates.publish({ subscriptions: 0, waiting: 0 } satisfies Queues)
      unfollow()
      await Promise.all([
        ...activating.values(),
        ...[...kept.values()].map(({ sender }) => sender.stop()),
      ])
      if (!isNoted) await note(position).catch(() => undefined)
    },
  }
}

const isOver = ({ end }: Subscription): boolean => end !== undefined && end <= Date.now()

/** Whether somebody is called. */
const isSent = ({ channel, status }: Subscription): boolean =>
  channel.type === 'rest-hook' && (status === 'active' || status === 'error')
