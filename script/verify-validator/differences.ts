// Where our validator and HAPI's differ, and why: each has its heading in docs/validator-differences.md.
// Must not explain away what the specification says.
import type { Issue } from '../../src/errors.ts'

export type Judged = {
  /** Of the mutation. */
  readonly kind: string
  /** Errors. */
  readonly own: readonly Issue[]
  readonly hapi: readonly { readonly at: string; readonly message: string }[]
}

/** `name` is a heading of the page; `explains` says whether it is the whole reason of a difference. */
export type Difference = { readonly name: string; readonly explains: (judged: Judged) => boolean }

/** What only we find, each of whose errors says so. */
const ours =
  (said: RegExp) =>
  ({ own, hapi }: Judged): boolean =>
    hapi.length === 0 && own.every(({ diagnostics }) => said.test(diagnostics))

/** What only HAPI finds. */
const hapis =
  (said: RegExp) =>
  ({ own, hapi }: Judged): boolean =>
    own.length === 0 && hapi.every(({ message }) => said.test(message))

export const DIFFERENCES: readonly Difference[] = [
  { name: 'Types of what is referred to', explains: ours(/^\w+ refers to [\w |]+; here is/) },
  { name: 'Systems that are relative', explains: ours(/^The system of a \w+ is an absolute URI/) },
  {
    name: 'Empty arrays of primitives',
    explains: ours(/ is empty: leave out what has no values$/),
  },
  { name: 'Texts of blanks only', explains: ours(/^"(?: |\\t)" is not of type/) },
  {
    name: 'Profiles that are not known',
    explains: hapis(/^Invalid profile\. Failed to retrieve|has not been checked because it could/),
  },
  { name: 'Codings without a code', explains: hapis(/^Unknown code '[^']*#null'/) },
]
