// The packages of the setting PACKAGES, loaded before a server answers its first request.
// Must not start with half of them: one that can't be loaded ends the start with the reason.
import type { Context } from '../../context.ts'
import { loadPackage } from './load.ts'
import { missingOf, nameOf, readLoaded } from './loaded.ts'
import { readPackage } from './read.ts'

/**
 * Load what is named, unless the same was loaded before.
 * @param paths .tgz files and folders
 * @throws Error in plain words
 */
export async function loadPackages(paths: readonly string[], context: Context): Promise<void> {
  const packages = []
  for (const path of paths) packages.push(await readPackage(path))
  for (const one of packages) {
    const { loaded, changed, warnings } = await loadPackage(one, context)
    const name = nameOf(loaded)
    if (changed) context.log.info({ package: name, resources: loaded.resources }, 'package loaded')
    for (const warning of warnings) context.log.warn({ package: name }, warning)
  }
  const loaded = await readLoaded(context.store.notes)
  for (const line of missingOf(
    packages.map(({ manifest }) => manifest),
    loaded,
  ))
    context.log.warn(line)
}
