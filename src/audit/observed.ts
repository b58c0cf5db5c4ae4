// What a request reads that has no Access (open mode, where AUDIT=all has it logged): taken down at the store.
// Must not change what is read. Of patients it knows what `subject` or `patient` of a text says, and no more.
import type { Store, Version } from '../store/store.ts'
import type { Thing } from './event.ts'

/** @param seen grows with what is read */
export function observing(store: Store, seen: Version[]): Store {
  const note = (versions: readonly Version[]): void => {
    for (const version of versions) if (version.text !== undefined) seen.push(version)
  }
  const one = (version: Version | undefined): Version | undefined => {
    if (version !== undefined) note([version])
    return version
  }
  return {
    ...store,
    read: async (...asked) => one(await store.read(...asked)),
    vread: async (...asked) => one(await store.vread(...asked)),
    readMany: async (...asked) => {
      const versions = await store.readMany(...asked)
      note(versions)
      return versions
    },
    history: async (...asked) => {
      const page = await store.history(...asked)
      note(page.versions)
      return page
    },
    search: async (...asked) => {
      const found = await store.search(...asked)
      note(found.matches)
      note(found.included)
      return found
    },
  }
}

const PATIENT = /"(?:subject|patient)":\{"reference":"Patient\/([A-Za-z0-9\-.]{1,64})"/

/** Something that was read; each version once. */
export function observedThings(versions: readonly Version[]): readonly Thing[] {
  const things = new Map<string, Thing>()
  for (const version of versions)
    things.set(`${version.type}/${version.id}/${version.version}`, thingOf(version))
  return [...things.values()]
}

function thingOf({ type, id, version, text }: Version): Thing {
  const patient = type === 'Patient' ? id : PATIENT.exec(text ?? '')?.[1]
  return { type, id, version, patients: patient === undefined ? [] : [patient], custodian: '' }
}
