// Tokens by which a websocket is bound to Subscriptions: shown once, kept by their hash, over after an hour.
// https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/OperationDefinition-backport-subscription-get-ws-binding-token.html
// Must not be good for anything else than to hear of those Subscriptions.
import { randomBytes } from 'node:crypto'
import { keptText, keptValue, noteName, sweepNotes } from '../auth/note.ts'
import type { Notes } from '../store/indexing.ts'

const LASTS_MS = 3_600_000

const nameOf = (token: string): string => noteName('websocket', token)

export type Binding = {
  /** Of Subscriptions. */
  readonly ids: readonly string[]
  /** ms since 1970. */
  readonly until: number
}

export async function makeToken(
  notes: Notes,
  ids: readonly string[],
): Promise<Binding & { readonly token: string }> {
  // In open mode nobody else does.
  await sweepNotes(notes)
  const token = randomBytes(32).toString('base64url')
  const until = Date.now() + LASTS_MS
  await notes.write(nameOf(token), keptText({ ids, until }, until))
  return { token, ids, until }
}

/** What a token is good for; undefined for one that is none, or no longer. */
export const bindingOf = async (notes: Notes, token: string): Promise<Binding | undefined> =>
  keptValue<Binding>(await notes.read(nameOf(token)))

/** Where websockets are. */
export const websocketUrl = (baseUrl: string): string =>
  `${baseUrl.replace(/^http/, 'ws')}/websocket`
