// Which packages a store holds, as a note of the store; and which of those that they build on it lacks.
// https://confluence.hl7.org/display/FHIR/NPM+Package+Specification
// Must not fetch anything: what is missing is named.
import type { Notes } from '../../store/indexing.ts'
import type { Manifest } from './read.ts'

export type LoadedPackage = Manifest & {
  /** Conformance resources in it. */
  readonly resources: number
  /** Checksum of what was loaded. */
  readonly digest: string
  /** Milliseconds since 1970. */
  readonly loaded: number
}

const NOTE = 'packages'

/** By name and version, in order. */
export async function readLoaded(notes: Notes): Promise<readonly LoadedPackage[]> {
  try {
    return JSON.parse((await notes.read(NOTE)) ?? '[]') as LoadedPackage[]
  } catch {
    return []
  }
}

/** Note one, in the place of an earlier loading of the same version. */
export async function writeLoaded(notes: Notes, one: LoadedPackage): Promise<void> {
  const others = (await readLoaded(notes)).filter((other) => nameOf(other) !== nameOf(one))
  const all = [...others, one].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))
  await notes.write(NOTE, JSON.stringify(all))
}

/** `hl7.fhir.kr.core#2.0.0` */
export const nameOf = ({ name, version }: Pick<Manifest, 'name' | 'version'>): string =>
  `${name}#${version}`

/** What this server has in itself. */
const BUILT_IN: Readonly<Record<string, string>> = { 'hl7.fhir.r4.core': '4.0.1' }

/** A line for each package that is built on and isn't there. */
export function missingOf(
  packages: readonly Pick<Manifest, 'name' | 'version' | 'dependencies'>[],
  loaded: readonly Pick<Manifest, 'name' | 'version'>[],
): readonly string[] {
  return packages.flatMap((one) =>
    Object.entries(one.dependencies).flatMap(([name, wanted]) => {
      const versions = [
        ...(BUILT_IN[name] === undefined ? [] : [BUILT_IN[name]]),
        ...loaded.filter((other) => other.name === name).map(({ version }) => version),
      ]
      if (versions.some((version) => fits(version, wanted))) return []
      const instead = versions.length === 0 ? '' : `; ${versions.join(', ')} is loaded`
      return [`${nameOf(one)} builds on ${name}#${wanted}, which is not loaded${instead}`]
    }),
  )
}

/** `4.0.1`, `4.0.x`, `4.0`; a build of one's own (`current`, `dev`) may be any. */
function fits(version: string, wanted: string): boolean {
  if (['current', 'dev', 'latest', '*'].includes(wanted)) return true
  const [have, want] = [version.split('.'), wanted.split('.')]
  return want.every((part, i) => part === 'x' || part === have[i])
}
