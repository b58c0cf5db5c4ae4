// Which resource of the hub is which of the edge, and which versions of both are the same: one note for each.
// docs/adr/0009-relay.md
// Must not guess from ids: what stands in no link is not known to be the same.
import { hash } from 'node:crypto'
import { isShared } from '../consent/shared.ts'
import type { NoteChange, Notes } from '../store/indexing.ts'

export type Link = {
  /** Id at the hub. */
  readonly hub: string
  /** Version at the hub that was last seen; 0 = none. */
  readonly there: number
  /** Version here that is the same; what is later has not been sent. */
  readonly here: number
  /** Whether `there` is a deletion. */
  readonly gone?: boolean
  /** Whether it was made at the hub. */
  readonly fromHub?: boolean
}

export type Links = {
  /** Of a resource of the edge. */
  of(type: string, id: string): Promise<Link | undefined>
  /** Id here of a resource of the hub; undefined when it is linked to none. */
  idHere(type: string, hubId: string): Promise<string | undefined>
  /** What to write to link them. */
  linking(type: string, id: string, link: Link): readonly NoteChange[]
}

export function linksIn(notes: Notes, prefix: string): Links {
  const linkName = (type: string, id: string): string => `${prefix}link/${type}/${id}`
  const backName = (type: string, id: string): string => `${prefix}back/${type}/${id}`
  const of: Links['of'] = async (type, id) => {
    const text = await notes.read(linkName(type, id))
    return text === undefined ? undefined : (JSON.parse(text) as Link)
  }
  return {
    of,
    idHere: async (type, hubId) => {
      const back = await notes.read(backName(type, hubId))
      if (back !== undefined) return back
      return (await of(type, hubId))?.hub === hubId ? hubId : undefined
    },
    linking: (type, id, link) => [
      ...(link.hub === id ? [] : [{ name: backName(type, link.hub), text: id }]),
      { name: linkName(type, id), text: JSON.stringify(link) },
    ],
  }
}

/** Who sends: its key, and its organization ('' = none, in open mode). */
export type Sender = { readonly key: string; readonly organization: string }

/**
 * Ids that a resource of the edge may get at the hub, the first that is free is it: its own where the hub lets this edge
 * choose it, behind the organization's id otherwise; then one that no other edge gives.
 */
export function claims(type: string, id: string, { key, organization }: Sender): readonly string[] {
  const prefix = organization === '' ? '' : `${organization}-`
  const own = id.startsWith(prefix) || id === organization || isShared(type) ? id : `${prefix}${id}`
  return [own, `${prefix}${key}-${id}`].map((claim) => fitting(claim, `${prefix}${key}-`))
}

/** Id here of a resource that the hub has made, where its own is taken. */
export const idFromHub = (id: string): string => fitting(`hub-${id}`, 'hub-')

const MOST_CHARACTERS = 64

const fitting = (id: string, prefix: string): string =>
  id.length <= MOST_CHARACTERS ? id : `${prefix}${hash('sha256', id, 'hex').slice(0, 24)}`
