// Items → groups that are sent as one transaction, for speed: one commit for many resources.
// https://hl7.org/fhir/R4/http.html#transaction
// Must not put two versions of one resource into a group (a transaction forbids it), nor break the order of items.
import type { Item } from './item.ts'

export type Group = { readonly items: readonly Item[]; readonly keys: ReadonlySet<string> }

export const GROUP_ITEMS = 200
const GROUP_CHARACTERS = 4_000_000

/** The items of a source in groups; a Bundle that must stay whole, and what could not be read, stand alone. */
export async function* groupsOf(
  items: AsyncIterable<Item> | Iterable<Item>,
): AsyncGenerator<Group> {
  let open: Item[] = []
  let keys = new Set<string>()
  let size = 0
  const close = (): Group => {
    const group = { items: open, keys }
    open = []
    keys = new Set()
    size = 0
    return group
  }
  for await (const item of items) {
    const full =
      open.length === GROUP_ITEMS ||
      size + item.send.length > GROUP_CHARACTERS ||
      item.keys.some((key) => keys.has(key))
    if (open.length > 0 && (full || item.kind !== 'entry')) yield close()
    open.push(item)
    for (const key of item.keys) keys.add(key)
    size += item.send.length
    if (item.kind !== 'entry') yield close()
  }
  if (open.length > 0) yield close()
}
