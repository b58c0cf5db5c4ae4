// All offered to the hub again, which was set back or emptied: what the edge made counts as unsent, whatever it knew of the hub.
// What is there all the same is recognised by its conditions, as after a lost answer.
// Must not forget which is which, nor that something was made at the hub.
import type { Note } from '../store/indexing.ts'
import { restartName } from './aside.ts'
import { keep, type Edge } from './edge.ts'
import type { Link } from './link.ts'

/** Do it, where an operator asked for it. A crash in between repeats it. */
export async function restart(edge: Edge): Promise<void> {
  const { notes } = edge.context.store
  const asked = restartName(edge.prefix)
  if ((await notes.read(asked)) === undefined) return
  for (let after: string | undefined; ;) {
    const page = await notes.list(`${edge.prefix}link/`, after)
    if (page.length === 0) break
    await notes.writeAll(page.map(unsent))
    after = page.at(-1)!.name
  }
  await keep(edge, [{ name: asked, text: undefined }], { cursor: '', since: '', sweep: undefined })
}

function unsent({ name, text }: Note): Note {
  const { hub, fromHub } = JSON.parse(text) as Link
  return fromHub === true
    ? { name, text }
    : { name, text: JSON.stringify({ hub, there: 0, here: 0 } satisfies Link) }
}
