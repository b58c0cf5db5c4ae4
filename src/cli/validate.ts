// `ieum validate FILE…`: what validation says of the resources in files, for people and for pipelines.
// https://hl7.org/fhir/R4/validation.html
// Must not touch the store of STORE_URL, nor stop at what can't be read.
import { parseArgs } from 'node:util'
import { closeContext, openContext } from '../app.ts'
import { readConfig, type Config } from '../config.ts'
import type { Context } from '../context.ts'
import { Failure, type Issue } from '../errors.ts'
import { parseJson } from '../fhir/json.ts'
import type { Resource } from '../fhir/message.ts'
import { xmlToResource } from '../fhir/xml.ts'
import { loadPackages } from '../job/package/start.ts'
import { createLog } from '../log.ts'
import { recordsOf, type Record } from './load/record.ts'
import { listSources, openSource, type Source } from './load/source.ts'
import { showProgress } from './progress.ts'
import { FORMATS, type Format } from './validate/format.ts'
import { add, isError, type Counts, type Judged } from './validate/judged.ts'

const USAGE = `Usage: ieum validate FILE|FOLDER|-… [options]

Validates resources, Bundles and NDJSON (plain or gzip) and single resources in XML: against R4, the profiles that
they declare, and those that are asked for. Profiles come from the packages of PACKAGES and --package.

  --profile URL     what every resource of the profile's type has to meet; may be given several times
  --package PATH    a FHIR package (.tgz) or a folder of JSON, besides PACKAGES; may be given several times
  --format FORM     text (default), json, sarif or junit
  --errors          only errors

Ends with 0 when nothing has an error, 1 when something has, 2 when the call is wrong.`

type Call = {
  readonly paths: readonly string[]
  readonly profiles: readonly string[]
  readonly packages: readonly string[]
  readonly format: () => Format
  readonly onlyErrors: boolean
}

/** Run the command. */
export async function validate(args: readonly string[]): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    console.log(USAGE)
    return 0
  }
  let call: Call
  let config: Config
  const sources: Source[] = []
  try {
    call = readCall(args)
    config = readConfig()
    for (const path of call.paths) sources.push(...(await listSources(path)))
    if (sources.length === 0)
      throw new Error(`There is nothing to validate in ${call.paths.join(', ')}`)
  } catch (error) {
    console.error((error as Error).message)
    return 2
  }
  // The definitions that were made for the store are taken; what it holds is not.
  const context = await openContext({ ...config, storeUrl: 'sqlite::memory:' }, createLog('warn'))
  try {
    await loadPackages([...config.packages, ...call.packages], context)
    const profiles = await profilesByType(call.profiles, context)
    return await run(
      sources,
      call,
      (resource) => {
        const all = [...(profiles.get(resource.resourceType) ?? []), ...(profiles.get('') ?? [])]
        return context.validator.check(resource, { profiles: all })
      },
      context,
    )
  } catch (error) {
    console.error((error as Error).message)
    return 2
  } finally {
    await closeContext(context)
  }
}

/** @throws Error that says what is wrong */
function readCall(args: readonly string[]): Call {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      profile: { type: 'string', multiple: true },
      package: { type: 'string', multiple: true },
      format: { type: 'string' },
      errors: { type: 'boolean' },
    },
  })
  if (positionals.length === 0) throw new Error(USAGE)
  const name = values.format ?? 'text'
  const format = Object.hasOwn(FORMATS, name) ? FORMATS[name] : undefined
  if (format === undefined)
    throw new Error(`--format is one of ${Object.keys(FORMATS).join(', ')}, not "${name}"`)
  return {
    paths: positionals,
    profiles: values.profile ?? [],
    packages: values.package ?? [],
    format,
    onlyErrors: values.errors ?? false,
  }
}

/** Profiles by the type that they are of; '' where that isn't known here, so that the validator says it. */
async function profilesByType(
  urls: readonly string[],
  { conformance }: Context,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const byType = new Map<string, string[]>()
  for (const url of urls) {
    const found = await conformance.find('StructureDefinition', url)
    const type = typeof found?.type === 'string' ? found.type : ''
    byType.set(type, [...(byType.get(type) ?? []), url])
  }
  return byType
}

async function run(
  sources: readonly Source[],
  { format: make, onlyErrors }: Call,
  check: (resource: Resource) => Promise<readonly Issue[]>,
  context: Context,
): Promise<number> {
  const counts: Counts = { resources: 0, invalid: 0, errors: 0, warnings: 0, information: 0 }
  const format = make()
  const bytes = sources.reduce((sum, source) => sum + source.bytes, 0)
  let read = 0
  let at = ''
  const display = showProgress('resources', () => ({
    done: counts.resources,
    failed: counts.invalid,
    part: bytes === 0 ? undefined : read / bytes,
    at,
  }))
  const judge = async (source: Source, record: Record): Promise<void> => {
    const { resource, issues } = await judged(record, check, context)
    const shown = onlyErrors ? issues.filter(isError) : issues
    const one: Judged = { file: source.name, line: record.line, resource, issues: shown }
    add(counts, one)
    process.stdout.write(format.each(one))
  }
  try {
    for (const source of sources) {
      at = source.name
      const stream = await openSource(source, (more) => (read += more))
      for await (const record of recordsOf(stream as AsyncIterable<Buffer>))
        await judge(source, record)
    }
  } finally {
    display.stop()
  }
  process.stdout.write(format.end(counts))
  return counts.errors > 0 ? 1 : 0
}

async function judged(
  { text }: Record,
  check: (resource: Resource) => Promise<readonly Issue[]>,
  { definitions }: Context,
): Promise<Pick<Judged, 'resource' | 'issues'>> {
  try {
    if (text === undefined) return { resource: '?', issues: [notUtf8] }
    const resource = (
      text.trimStart().startsWith('<') ? xmlToResource(text, definitions) : parseJson(text)
    ) as Resource
    return { resource: nameOf(resource), issues: await check(resource) }
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return { resource: '?', issues: error.issues }
  }
}

const notUtf8: Issue = { severity: 'error', code: 'structure', diagnostics: 'It is not UTF-8 text' }

const nameOf = (resource: Partial<Resource> | null): string => {
  const { resourceType = '?', id } = resource ?? {}
  return id === undefined ? resourceType : `${resourceType}/${id}`
}
