// `node script/licences.ts`: the licence of every package in package-lock.json, and those that may not be there.
// Must not accept what nobody has read: a package that names no known licence is listed here once it has been.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Permissive: use, change and pass on with the notice kept. SPDX ids, https://spdx.org/licenses/ */
const PERMISSIVE = new Set([
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'ISC',
  'MIT',
  'PSF-2.0',
  'Python-2.0',
])

/** Texts that were read, each for one version: a new version is read again. */
const READ: Readonly<Record<string, string>> = {
  'fhirpath@5.2.0': 'terms of BSD-3-Clause, in words of its own (LICENSE.md)',
  '@lhncbc/ucum-lhc@5.0.4':
    'terms of BSD-3-Clause (LICENSE.md); its UCUM table under the terms of UCUM, free of charge, with their notice',
  'passport-strategy@1.0.0': 'MIT (LICENSE); its package.json says it in an old form',
  'pause@0.0.1': 'MIT (Readme.md); its package.json does not say it',
  'emitter-component@1.1.2': 'MIT (component.json); its package.json does not say it',
}

export type Licensed = {
  readonly name: string
  readonly version: string
  /** An SPDX expression, or what was read. */
  readonly licence: string
  /** Not part of what runs. */
  readonly development: boolean
  /** Whether it may be there. */
  readonly permitted: boolean
}

type Lock = {
  readonly packages: Readonly<
    Record<string, { readonly version?: string; readonly license?: string; readonly dev?: boolean }>
  >
}

/** Every package of a lock file, by name. */
export function licences(lock: Lock): Licensed[] {
  return Object.entries(lock.packages)
    .filter(([path]) => path.includes('node_modules/'))
    .map(([path, { version = '', license, dev = false }]) => {
      const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
      const read = READ[`${name}@${version}`]
      return {
        name,
        version,
        licence: read ?? license ?? 'none',
        development: dev,
        permitted: read !== undefined || isPermissive(license ?? ''),
      }
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** Of alternatives one is enough; of licences that hold together each has to be. */
const isPermissive = (expression: string): boolean =>
  expression
    .replace(/[()]/g, '')
    .split(/ OR /)
    .some((all) => all.split(/ AND /).every((one) => PERMISSIVE.has(one.trim())))

export const readLock = (): Lock =>
  JSON.parse(readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8')) as Lock

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const all = licences(readLock())
  for (const { name, version, licence, development, permitted } of all)
    console.log(
      `${permitted ? ' ' : '!'} ${`${name}@${version}`.padEnd(48)} ${licence}${development ? '  (development)' : ''}`,
    )
  const bad = all.filter(({ permitted }) => !permitted)
  console.log(`${String(all.length)} packages, ${String(bad.length)} that nobody has agreed to`)
  process.exitCode = bad.length > 0 ? 1 : 0
}
