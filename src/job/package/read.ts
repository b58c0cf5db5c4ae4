// A FHIR package, from a .tgz as registries have them or from a folder of JSON: its manifest and its conformance resources.
// https://confluence.hl7.org/display/FHIR/NPM+Package+Specification
// Must not read more than is allowed, nor half: what is wrong with one file is wrong with the package.
import { createReadStream } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { createGunzip } from 'node:zlib'
import { isConformanceType, type ConformanceResource } from '../../fhir/conformance.ts'
import { parseBoth } from '../../fhir/json.ts'
import { readTar } from './tar.ts'

export type Manifest = {
  readonly name: string
  readonly version: string
  readonly canonical?: string
  readonly fhirVersions: readonly string[]
  /** Version (`4.0.1`, `1.0.x`, `current`) by name. */
  readonly dependencies: Readonly<Record<string, string>>
}

/** A resource in its two readings, see interaction/content.ts. */
export type PackageResource = {
  readonly file: string
  readonly plain: ConformanceResource
  readonly exact: ConformanceResource
}

export type Package = {
  readonly manifest: Manifest
  readonly resources: readonly PackageResource[]
}

/** Bytes of a whole package, expanded; those of FHIR itself have 140 MB. */
const MOST_EXPANDED = 256 * 1024 * 1024
const MOST_OF_FILE = 32 * 1024 * 1024
const MOST_FILES = 50_000

/**
 * Read a package.
 * @param path a .tgz, or a folder with JSON files in it (or in its folder `package`)
 * @throws Error in plain words, with the path, when it isn't there, is none, or goes beyond a bound
 */
export async function readPackage(path: string): Promise<Package> {
  try {
    const isFolder = (await stat(path)).isDirectory()
    return await gather(
      isFolder ? filesOfFolder(path) : filesOfArchive(path),
      basename(resolve(path)),
    )
  } catch (error) {
    const { code, message } = error as { code?: unknown; message: string }
    const said =
      code === 'ENOENT'
        ? 'there is no such file'
        : code === 'EACCES'
          ? 'it may not be read'
          : message
    throw new Error(`The package ${path} was not loaded: ${said}`, { cause: error })
  }
}

type File = { readonly name: string; readonly text: string }

async function gather(files: AsyncIterable<File>, fallback: string): Promise<Package> {
  let manifest: Manifest | undefined
  const resources: PackageResource[] = []
  for await (const { name, text } of files) {
    if (name === 'package.json') {
      manifest = manifestOf(parsed(name, text).plain)
      continue
    }
    const { plain, exact } = parsed(name, text)
    if (typeof plain !== 'object' || plain === null) continue
    const resource = plain as ConformanceResource
    if (typeof resource.resourceType === 'string' && isConformanceType(resource.resourceType))
      resources.push({ file: name, plain: resource, exact: exact as ConformanceResource })
  }
  return {
    // A folder of one's own work may have none.
    manifest: manifest ?? { name: fallback, version: 'local', fhirVersions: [], dependencies: {} },
    resources,
  }
}

function parsed(name: string, text: string): { plain: unknown; exact: unknown } {
  try {
    return parseBoth(text)
  } catch (error) {
    throw new Error(`${name} is not sound JSON: ${(error as Error).message}`, { cause: error })
  }
}

const PACKAGE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/
const VERSION = /^[A-Za-z0-9][A-Za-z0-9.+_-]{0,63}$/

function manifestOf(value: unknown): Manifest {
  const raw = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>
  const { name, version, canonical } = raw
  const versions = raw['fhirVersions'] ?? raw['fhir-version-list']
  if (typeof name !== 'string' || !PACKAGE_NAME.test(name))
    throw new Error('package.json does not say the name of a package')
  if (typeof version !== 'string' || !VERSION.test(version))
    throw new Error('package.json does not say the version of the package')
  const fhirVersions = Array.isArray(versions) ? versions.filter((v) => typeof v === 'string') : []
  if (fhirVersions.length > 0 && !fhirVersions.some((v) => v.startsWith('4.0')))
    throw new Error(`it is for FHIR ${fhirVersions.join(', ')}, and this server speaks FHIR 4.0.1`)
  const dependencies = Object.entries(raw['dependencies'] ?? {}).flatMap(
    ([other, wanted]): [string, string][] => (typeof wanted === 'string' ? [[other, wanted]] : []),
  )
  return {
    name,
    version,
    ...(typeof canonical === 'string' ? { canonical } : {}),
    fhirVersions,
    dependencies: Object.fromEntries(dependencies),
  }
}

/** Beside resources a package has an index of its files; folders within it have examples, pages and the like. */
const isWanted = (name: string): boolean =>
  name.endsWith('.json') && !name.includes('/') && !name.startsWith('.')

async function* filesOfArchive(path: string): AsyncGenerator<File> {
  let files = 0
  const inner = (full: string): string => full.replace(/^\.\//, '').replace(/^package\//, '')
  const options = {
    mostOfFile: MOST_OF_FILE,
    wants: (full: string) => {
      if (++files > MOST_FILES) throw new Error(`it has more than ${String(MOST_FILES)} files`)
      return /^(\.\/)?package\//.test(full) && isWanted(inner(full))
    },
  }
  for await (const { path: full, content } of readTar(expanded(path), options))
    yield { name: inner(full), text: utf8(inner(full), content) }
  if (files === 0) throw new Error('there is nothing in it')
}

/** The bytes of a gzip file as far as they are allowed. */
async function* expanded(path: string): AsyncGenerator<Buffer> {
  const file = createReadStream(path)
  const gunzip = createGunzip()
  file.on('error', (error) => gunzip.destroy(error))
  let size = 0
  try {
    for await (const chunk of file.pipe(gunzip) as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > MOST_EXPANDED)
        throw new Error(`it has more than ${String(MOST_EXPANDED)} bytes when it is expanded`)
      yield chunk
    }
  } catch (error) {
    const { code } = error as { code?: unknown }
    if (typeof code !== 'string' || !code.startsWith('Z_')) throw error
    throw new Error('it is no gzip archive, or a damaged one', { cause: error })
  } finally {
    file.destroy()
    gunzip.destroy()
  }
}

async function* filesOfFolder(path: string): AsyncGenerator<File> {
  const namesIn = async (folder: string): Promise<string[]> =>
    // A link could lead anywhere: files only.
    (await readdir(folder, { withFileTypes: true }))
      .filter((entry) => entry.isFile() && isWanted(entry.name))
      .map((entry) => entry.name)
      .sort()
  let folder = path
  let names = await namesIn(folder)
  if (!names.includes('package.json')) {
    const inner = join(path, 'package')
    const isUnpacked = await stat(join(inner, 'package.json')).then(
      (found) => found.isFile(),
      () => false,
    )
    if (isUnpacked) names = await namesIn((folder = inner))
  }
  if (names.length === 0) throw new Error('there is no JSON file in it')
  if (names.length > MOST_FILES) throw new Error(`it has more than ${String(MOST_FILES)} files`)
  let size = 0
  for (const name of names) {
    const { size: bytes } = await stat(join(folder, name))
    size += bytes
    if (bytes > MOST_OF_FILE)
      throw new Error(
        `${name} has ${String(bytes)} bytes, and a file may have ${String(MOST_OF_FILE)}`,
      )
    if (size > MOST_EXPANDED) throw new Error(`it has more than ${String(MOST_EXPANDED)} bytes`)
    yield { name, text: utf8(name, await readFile(join(folder, name))) }
  }
}

function utf8(name: string, content: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(content)
  } catch (error) {
    throw new Error(`${name} is not UTF-8`, { cause: error })
  }
}
