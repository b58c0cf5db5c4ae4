// The journal of the log in a store: entries that are appended and never change, in chains of one writing process each.
// Both stores implement it beside the contract of requests (store.ts); what an entry means is audit/'s.
// Must not change or remove an entry, nor know what it says.

/** An entry as it is kept. `text` is what was hashed, see docs/audit.md. */
export type Sealed = {
  readonly chain: string
  /** 1 for the first of a chain, without gaps. */
  readonly number: number
  /** SHA-256 in lower-case hexadecimal. */
  readonly hash: string
  readonly text: string
}

/** The last entry of a chain. */
export type Tail = Pick<Sealed, 'chain' | 'number' | 'hash'>

/** A signed statement on a chain up to an entry. */
export type KeptHead = Pick<Sealed, 'chain' | 'number' | 'text'>

/** Errors: as those of a Store. Chains sort by the time of their beginning. */
export type Trail = {
  /**
   * Entries of one chain, on disk when it resolves. One call at a time for a chain.
   * When it fails any first part of them may be there: the chain must not be gone on with.
   */
  append(entries: readonly Sealed[]): Promise<void>
  /** Of a chain, from a number on, in their order. */
  read(chain: string, from: number, limit: number): Promise<readonly Sealed[]>
  /** Those of the chains that began last, the last first. @param before only of chains that sort before this one */
  tails(limit: number, before?: string): Promise<readonly Tail[]>
  /** Entries of any chain that `made` wasn't told of, the oldest first. */
  pending(limit: number): Promise<readonly Sealed[]>
  made(entries: readonly Pick<Sealed, 'chain' | 'number'>[]): Promise<void>
  /** Keep a head; one for the same chain and number stays as it is. */
  publish(head: KeptHead): Promise<void>
  /** Of a chain, those of entries from a number on, in their order. */
  heads(chain: string, from: number, limit: number): Promise<readonly KeptHead[]>
  /** The last head of each chain that has one, the last chain first. @param before as of `tails` */
  lastHeads(limit: number, before?: string): Promise<readonly KeptHead[]>
}
