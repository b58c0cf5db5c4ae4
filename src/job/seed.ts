// Fills an empty store with the demonstration network, seed/*.json: transaction Bundles of PUTs, in order of their names.
// https://hl7.org/fhir/R4/http.html#transaction
// Must not touch a store that holds anything else, nor bring back what somebody deleted.
import { readdir, readFile } from 'node:fs/promises'
import type { Context } from '../context.ts'
import { handle } from '../handle.ts'

const FOLDER = new URL('../../seed/', import.meta.url)

/** `files` done of `of`, `resources` written by them. */
export type SeedProgress = {
  readonly files: number
  readonly of: number
  readonly resources: number
}

/**
 * Load the demonstration network when the store is empty, or go on where an earlier start was interrupted.
 * @returns resources written; 0 when there was nothing to do
 * @throws Failure when the store can't take it
 */
export async function seedDemo(
  context: Context,
  onProgress: (progress: SeedProgress) => void = () => undefined,
): Promise<number> {
  const names = (await readdir(FOLDER)).filter((name) => name.endsWith('.json')).sort()
  let resources = 0
  for (const [index, name] of names.entries()) {
    const text = await readFile(new URL(name, FOLDER), 'utf8')
    const entries = urlsOf(text)
    const isHere = await wasWritten(entries[0], context)
    if (index === 0 && !isHere && !(await isEmpty(context))) return 0
    if (!isHere) {
      await handle(
        {
          method: 'POST',
          path: [],
          query: [],
          headers: { prefer: 'return=minimal' },
          body: { type: 'application/fhir+json', text },
        },
        context,
      )
      resources += entries.length
    }
    onProgress({ files: index + 1, of: names.length, resources })
  }
  return resources
}

const isEmpty = async ({ store }: Context): Promise<boolean> =>
  (await store.changes('', 1)).versions.length === 0

/** A file is one transaction: its first resource stands for all of it. A deleted one was written, too. */
async function wasWritten(url: string | undefined, { store }: Context): Promise<boolean> {
  const [type, id] = (url ?? '').split('/')
  return type !== undefined && id !== undefined && (await store.read(type, id)) !== undefined
}

function urlsOf(text: string): readonly string[] {
  const bundle = JSON.parse(text) as { readonly entry: readonly { request: { url: string } }[] }
  return bundle.entry.map((e) => e.request.url)
}
