// Work that one process of many does at a time: a lease in the store, renewed while the work goes on.
// A process that crashes leaves a lease that runs out, and another one goes on. A process that was paused longer than
// its lease finds out by `signal` only, so steps of the work must be harmless when done twice.
import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import type { Leases } from '../store/upkeep.ts'

export type LeaseOptions = {
  /** How long a lease lasts unless renewed, ms; a minute unless given. Clocks must agree to less than that. */
  readonly lastsMs?: number
  /** Who takes it: a name that no other process has. */
  readonly owner?: string
  readonly now?: () => number
}

export type Leased<T> =
  | { readonly held: true; readonly result: T }
  /** Somebody else has it. */
  | { readonly held: false; readonly by: string; readonly until: number }

/**
 * Do work under a lease, or not at all while somebody else has it.
 * @param work gets a signal that aborts when the lease is lost; it looks at it before each step
 */
export async function underLease<T>(
  leases: Leases,
  name: string,
  work: (signal: AbortSignal) => Promise<T>,
  options: LeaseOptions = {},
): Promise<Leased<T>> {
  const { lastsMs = 60_000, owner = ownName(), now = Date.now } = options
  let until = now() + lastsMs
  if (!(await leases.take(name, owner, until, now()))) {
    const holder = await leases.holder(name)
    return { held: false, by: holder?.owner ?? '', until: holder?.until ?? now() }
  }
  const lost = new AbortController()
  const renew = async (): Promise<void> => {
    const next = now() + lastsMs
    try {
      if (await leases.take(name, owner, next, now())) until = next
      else lost.abort(new Error(`The lease "${name}" was taken by another process`))
    } catch {
      // The store is away: that is no loss before the lease runs out.
      if (now() > until - lastsMs / 6)
        lost.abort(new Error(`The lease "${name}" could not be renewed`))
    }
  }
  const timer = setInterval(() => void renew(), lastsMs / 3)
  try {
    return { held: true, result: await work(lost.signal) }
  } finally {
    clearInterval(timer)
    // What can't be given back runs out.
    await leases.release(name, owner).catch(() => undefined)
  }
}

const ownName = (): string =>
  `${hostname()}/${String(process.pid)}/${randomBytes(4).toString('hex')}`
