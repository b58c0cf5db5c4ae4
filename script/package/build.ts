// Makes the FHIR package of our guide, dist/ieum.fhir-<version>.tgz: its definitions with snapshots, and its examples.
// https://confluence.hl7.org/display/FHIR/NPM+Package+Specification
// Must give the same bytes for the same guide.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { parseLossless, stringifyPretty } from '../../src/fhir/json.ts'
import type { StructureDefinition } from '../../src/fhir/structure-definition.ts'
import { createSnapshots } from '../../src/validation/snapshot.ts'
import { listOf } from '../../src/validation/tree.ts'
import { structuresOfR4 } from './r4.ts'
import { tarOf, type ArchiveFile } from './tar.ts'

const ROOT = join(import.meta.dirname, '../..')

type Definition = {
  readonly resourceType: string
  readonly id: string
  readonly url?: string
  readonly [name: string]: unknown
}

const resourcesIn = (folder: string): readonly Definition[] =>
  readdirSync(folder)
    .filter((file) => /^[A-Z].*\.json$/.test(file))
    .sort()
    .map((file) => parseLossless(readFileSync(join(folder, file), 'utf8')) as Definition)

/** The package of the guide in a folder, as the bytes of its .tgz. */
export const packageOf = (guide: string): Buffer => gzipSync(tarOf(filesOf(guide)), { level: 9 })

function filesOf(guide: string): readonly ArchiveFile[] {
  const definitions = resourcesIn(guide)
  const published = structuresOfR4()
  const own = new Map(definitions.map((one) => [one.url, one as unknown as StructureDefinition]))
  const snapshots = createSnapshots((canonical) => {
    const [url = ''] = canonical.split('|', 1)
    return own.get(url) ?? published.get(url)
  })
  const whole = definitions.map((one): Definition => {
    if (one.resourceType !== 'StructureDefinition') return one
    const { differential, ...head } = one
    const elements = listOf(snapshots.of(one as unknown as StructureDefinition))
    // Mappings are to what only R4's own definitions declare, and not all of its examples are sound.
    const element = elements.map(({ mapping: _, example: _e, ...others }) => others)
    return { ...head, snapshot: { element }, differential }
  })
  return [
    {
      path: 'package/package.json',
      text: readFileSync(join(guide, 'package.json'), 'utf8'),
    },
    ...folderOf('package', whole),
    ...folderOf('package/example', resourcesIn(join(guide, 'examples'))),
  ]
}

function folderOf(folder: string, resources: readonly Definition[]): readonly ArchiveFile[] {
  const nameOf = ({ resourceType, id }: Definition): string => `${resourceType}-${id}.json`
  const index = {
    'index-version': 1,
    files: resources.map((one) => ({
      filename: nameOf(one),
      ...Object.fromEntries(
        INDEXED.flatMap((name) => (typeof one[name] === 'string' ? [[name, one[name]]] : [])),
      ),
    })),
  }
  return [
    { path: `${folder}/.index.json`, text: stringifyPretty(index) },
    ...resources.map((one) => ({ path: `${folder}/${nameOf(one)}`, text: stringifyPretty(one) })),
  ]
}

/** What the index of a package repeats of a resource, where it is a text there. */
const INDEXED = ['resourceType', 'id', 'url', 'version', 'kind', 'type', 'supplements', 'content']

if (import.meta.main) {
  const guide = join(ROOT, 'profiles/ieum')
  const { name, version } = JSON.parse(readFileSync(join(guide, 'package.json'), 'utf8')) as {
    name: string
    version: string
  }
  const file = `dist/${name}-${version}.tgz`
  const bytes = packageOf(guide)
  mkdirSync(join(ROOT, 'dist'), { recursive: true })
  writeFileSync(join(ROOT, file), bytes)
  console.log(`${file}: ${String(bytes.length)} bytes`)
}
