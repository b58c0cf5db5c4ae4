// `ieum terminology load FILE --system URL`: a code system of any size, in fragments, into the store or over HTTP.
// https://hl7.org/fhir/R4/codesystem.html
// Must not make the code system known before all of its concepts are there.
import { createHash } from 'node:crypto'
import { parseArgs } from 'node:util'
import { stringify } from '../fhir/json.ts'
import { PART_SIZE } from '../terminology/parts.ts'
import type { CodeSystem, Concept } from '../terminology/resource.ts'
import { openTarget, type Opened } from './load/open.ts'
import { listSources, openSource, type Source } from './load/source.ts'
import type { Target } from './load/target.ts'
import { count, showProgress } from './progress.ts'
import {
  conceptsOfCsv,
  conceptsOfLines,
  readColumns,
  type Columns,
} from './terminology/concepts.ts'

const USAGE = `Usage: ieum terminology load FILE --system URL [options]

Loads a code system from CSV (with a header) or NDJSON (a CodeSystem.concept a line), plain or gzip.
It counts as soon as all of its concepts are there; what was loaded of it before is replaced.

  --system URL       of the code system, as in http://loinc.org
  --version TEXT     of the code system
  --title TEXT       name for people
  --language TAG     language of the displays (en when not given)
  --columns LIST     which column means what, as in code=LOINC_NUM,display=LONG_COMMON_NAME,
                     designation:ru=NAME_RU,STATUS=STATUS; without it the header's own names count
                     (code, display, definition, parent, designation:LANGUAGE, properties)
  --case-insensitive codes that differ only in case are one
  --url BASE         send to the server with this FHIR base instead of the store of STORE_URL

Ends with 0 when all was loaded, 1 when not, 2 when the call is wrong.`

type Call = {
  readonly file: string
  readonly head: CodeSystem & { readonly system: string }
  readonly columns: Columns | undefined
  readonly url: string | undefined
}

/** Run the command. */
export async function terminology(args: readonly string[]): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    console.log(USAGE)
    return 0
  }
  let call: Call
  let source: Source | undefined
  let opened: Opened
  try {
    call = readCall(args)
    source = (await listSources(call.file))[0]
    if (source === undefined) throw new Error(`There is nothing to load in ${call.file}`)
    opened = await openTarget(call.url)
  } catch (error) {
    console.error((error as Error).message)
    return 2
  }
  try {
    return await run(call, source, opened.target)
  } catch (error) {
    console.error((error as Error).message)
    return 1
  } finally {
    await opened.close()
  }
}

/** @throws Error that says what is wrong */
function readCall(args: readonly string[]): Call {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      system: { type: 'string' },
      version: { type: 'string' },
      title: { type: 'string' },
      language: { type: 'string' },
      columns: { type: 'string' },
      'case-insensitive': { type: 'boolean' },
      url: { type: 'string' },
    },
  })
  const [verb, file, ...more] = positionals
  const { system, version, title, language } = values
  if (verb !== 'load' || file === undefined || more.length > 0 || system === undefined)
    throw new Error(USAGE)
  return {
    file,
    head: {
      resourceType: 'CodeSystem',
      id: idOf(system),
      system,
      url: system,
      ...(version === undefined ? {} : { version }),
      name: idOf(system).replaceAll('-', '_'),
      ...(title === undefined ? {} : { title }),
      status: 'active',
      ...(language === undefined ? {} : { language }),
      caseSensitive: values['case-insensitive'] !== true,
    },
    columns: values.columns === undefined ? undefined : readColumns(values.columns),
    url: values.url?.replace(/\/+$/, ''),
  }
}

/** One code system has one place, whoever loads it. */
const idOf = (system: string): string =>
  `system-${createHash('sha256').update(system).digest('hex').slice(0, 16)}`

async function run({ head, columns }: Call, source: Source, target: Target): Promise<number> {
  const { system, ...bare } = head
  let read = 0
  const stream = await openSource(source, (bytes) => (read += bytes))
  const concepts = source.name.replace(/\.gz$/, '').endsWith('.csv')
    ? conceptsOfCsv(stream, columns)
    : conceptsOfLines(stream)
  let done = 0
  const display = showProgress('concepts', () => ({
    done,
    failed: 0,
    part: source.bytes === 0 ? undefined : read / source.bytes,
    at: source.name,
  }))
  const partId = (n: number): string => `${head.id!}-${String(n).padStart(5, '0')}`
  try {
    let parts = 0
    for await (const concept of inGroups(concepts, PART_SIZE)) {
      const part = { ...bare, id: partId(++parts), content: 'fragment', concept }
      await send(target, 'PUT', `CodeSystem/${part.id}`, part)
      done += concept.length
    }
    if (done === 0) throw new Error(`There are no concepts in ${source.name}`)
    await removeFrom(parts + 1, partId, target)
    await send(target, 'PUT', `CodeSystem/${head.id!}`, {
      ...bare,
      content: 'complete',
      count: done,
    })
  } finally {
    display.stop()
  }
  console.log(`Loaded ${count(done)} concepts of ${system} from ${source.name}`)
  return 0
}

async function* inGroups(
  concepts: AsyncIterable<Concept>,
  size: number,
): AsyncGenerator<readonly Concept[]> {
  let group: Concept[] = []
  for await (const concept of concepts) {
    if (group.push(concept) < size) continue
    yield group
    group = []
  }
  if (group.length > 0) yield group
}

/** Parts that an earlier, longer load left. */
async function removeFrom(
  first: number,
  partId: (n: number) => string,
  target: Target,
): Promise<void> {
  for (let n = first; ; n++) {
    const url = `CodeSystem/${partId(n)}`
    const found = await target(bundle([{ request: { method: 'GET', url } }], 'batch'))
    if (!/"status":\s*"200/.test(found.body ?? '')) return
    await send(target, 'DELETE', url)
  }
}

const bundle = (entry: readonly object[], type = 'transaction'): string =>
  stringify({ resourceType: 'Bundle', type, entry })

/** @throws Error with what the server says */
async function send(target: Target, method: string, url: string, resource?: object): Promise<void> {
  const entry = { ...(resource === undefined ? {} : { resource }), request: { method, url } }
  const { status, issues } = await target(bundle([entry]))
  if (status < 200 || status >= 300)
    throw new Error(
      `${url}: ${issues.map((issue) => issue.diagnostics).join('; ') || `status ${status}`}`,
    )
}
