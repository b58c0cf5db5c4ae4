// Where a relay stands, as it is kept in the store and shown to the operator.
// Must not hold personal data: ids of resources stand in links and in what was set aside, not here.

import { channel } from 'node:diagnostics_channel'

/** A Told whenever a pass has ended, for the metrics. */
export const relayStates = channel('ieum:relay')

export type Told = { readonly state: State; readonly aside: number }

export type State = {
  readonly hub: string
  /** Key of this edge, as the hub's copies are marked with it. */
  readonly edge: string
  /** Of the store's changes: up to here all is at the hub, or was set aside. */
  readonly cursor: string
  /** Instant by the hub's clock (ISO 8601) from which on its changes were not looked at; '' = from the beginning. */
  readonly since: string
  /** A look at the hub's changes that is under way: its next page, and what `since` becomes at its end. */
  readonly sweep?: { readonly next: string; readonly until: string } | undefined
  /** Ids at the hub of Patients whose record there was not looked at before this edge knew them. */
  readonly patients?: readonly string[] | undefined
  /** Versions that went to the hub, and that came from it. */
  readonly sent: number
  readonly received: number
  readonly conflicts: number
  /** Instants (ISO 8601) by the edge's clock; '' = never. */
  readonly lastSuccess: string
  readonly lastFailure: string
  /** Why the last attempt failed; '' when it succeeded. */
  readonly failure: string
  /** Failures in a row. */
  readonly failures: number
  /** When it tries again after a failure; '' = it goes on by itself. */
  readonly nextTry: string
  /** Milliseconds that the hub's clock is ahead of the edge's. */
  readonly skew?: number
  /** Bytes of a Bundle at most now, before compression; and versions of a page. */
  readonly room: number
  readonly page: number
  /** Versions that wait to be sent, as far as they were counted. */
  readonly backlog: number
  /** Bytes of bodies that were sent, as compressed; those of a failed attempt count, too. */
  readonly bytes: number
}

export const MOST_ROOM = 1 << 21
export const LEAST_ROOM = 2048
export const MOST_PAGE = 500
const FIRST_ROOM = 1 << 17
const FIRST_PAGE = 100

/** Counted at most. */
export const MOST_COUNTED = 10_000

export const NO_STATE: State = {
  hub: '',
  edge: '',
  cursor: '',
  since: '',
  sent: 0,
  received: 0,
  conflicts: 0,
  lastSuccess: '',
  lastFailure: '',
  failure: '',
  failures: 0,
  nextTry: '',
  room: FIRST_ROOM,
  page: FIRST_PAGE,
  backlog: 0,
  bytes: 0,
}
