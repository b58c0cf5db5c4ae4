// The SearchParameters that a store holds, put into force: at the start, and whenever one is written, here or elsewhere.
// https://hl7.org/fhir/R4/searchparameter.html
// Must not refuse to start because of one: what can't work is named in the log, and the others work.
import type { Definitions } from '../fhir/definitions.ts'
import type { Log } from '../log.ts'
import { inForce, type SearchParameterResource } from '../search/custom.ts'
import type { SearchRoom } from '../search/room.ts'
import type { Registry } from './registry.ts'

export type Following = {
  readonly registry: Registry
  readonly room: SearchRoom
  readonly definitions: Definitions
  readonly log: Log
  /** Called when other parameters are in force than before. */
  readonly onChange: () => void
}

/** Puts them into force, and follows what becomes of them. */
export async function followSearchParameters(following: Following): Promise<void> {
  const { registry, room, definitions, log, onChange } = following
  let before = '[]'
  let said = ''
  const load = async (): Promise<void> => {
    const stored = (await registry.versions('SearchParameter')).map(({ text, updated }) => ({
      resource: JSON.parse(text ?? '{}') as SearchParameterResource,
      updated,
    }))
    const { definitions: added, refused } = inForce(stored, definitions)
    const told = JSON.stringify(refused)
    if (told !== said && refused.length > 0)
      log.warn({ refused }, 'search parameters that do not work')
    said = told
    const now = JSON.stringify(added)
    if (now === before) return
    before = now
    room.use(added)
    onChange()
  }
  registry.onChange(async (types) => {
    if (types.has('SearchParameter')) await load()
  })
  await load()
}
