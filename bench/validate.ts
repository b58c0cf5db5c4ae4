// `npm run bench:validate`: what validation costs: resources a second, the first of a type, memory, and a write by a profile.
// https://hl7.org/fhir/R4/validation.html
// Must not share a process between what is measured warm and what is measured cold.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { closeContext, openContext } from '../src/app.ts'
import { readConfig } from '../src/config.ts'
import type { Context } from '../src/context.ts'
import type { Resource } from '../src/fhir/message.ts'
import type { StructureDefinition } from '../src/fhir/structure-definition.ts'
import { handle } from '../src/handle.ts'
import { loadPackages } from '../src/job/package/start.ts'
import { createLog } from '../src/log.ts'
import { createValidator } from '../src/validation/validator.ts'

const ROOT = join(import.meta.dirname, '..')
const GUIDE = join(ROOT, 'profiles/ieum')
/** KR Core isn't ours to ship: it is measured where it lies beside the project, as for the tests. */
const KR_CORE = join(ROOT, '../shared/cases/hl7.fhir.kr.core-2.0.0.tgz')

const example = (name: string): Resource =>
  JSON.parse(readFileSync(join(GUIDE, 'examples', `${name}.json`), 'utf8')) as Resource

const PANEL = example('Observation-example-blood-pressure')
const PATIENT = example('Patient-example-kr')
const WEIGHT: Resource = {
  ...PANEL,
  meta: { profile: ['http://hl7.org/fhir/StructureDefinition/bodyweight'] },
  code: { coding: [{ system: 'http://loinc.org', code: '29463-7', display: 'Body weight' }] },
  component: undefined,
  valueQuantity: { value: 61.5, unit: 'kg', system: 'http://unitsofmeasure.org', code: 'kg' },
}
const bare = ({ meta: _, ...others }: Resource): Resource => others

const open = (store = 'sqlite::memory:'): Promise<Context> =>
  openContext(readConfig({ STORE_URL: store, LOG_LEVEL: 'silent' }), createLog('silent'))

const cpuMs = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** CPU milliseconds of one call, the best of several rounds: what others do on the machine only adds. */
async function cost(once: () => unknown, times: number): Promise<number> {
  let best = Infinity
  for (let round = 0; round < 7; round += 1) {
    const before = cpuMs()
    for (let i = 0; i < times; i += 1) {
      const result = once()
      if (result instanceof Promise) await result
    }
    best = Math.min(best, (cpuMs() - before) / times)
  }
  return best
}

async function warm(): Promise<void> {
  const context = await open()
  await loadPackages([GUIDE], context)
  const { validator } = context
  const sources: [string, Resource][] = [
    ['body weight, R4 profile', WEIGHT],
    ['blood pressure panel, profile of the guide', PANEL],
    ['patient, profile of the guide', PATIENT],
    ['observation without a profile', bare(WEIGHT)],
    ['patient without a profile', bare(PATIENT)],
  ]
  for (const [what, source] of sources) {
    const resource = JSON.parse(JSON.stringify(source)) as Resource
    const issues = await validator.check(resource)
    if (issues.some(({ severity }) => severity === 'error'))
      throw new Error(`${what} is refused: ${JSON.stringify(issues)}`)
    const ms = await cost(() => validator.validate(resource, { storing: true }), 2000)
    const whole = await cost(() => validator.validate(resource), 2000)
    line(what, `${perSecond(ms)} as a write, ${perSecond(whole)} as $validate`)
  }
  await closeContext(context)
}

/** A write by its profile against one whose structure alone is checked, one after the other in turns. */
async function writes(): Promise<void> {
  const full = await open()
  await loadPackages([GUIDE], full)
  const lean: Context = { ...full, validator: createValidator(full.definitions) }
  for (const [what, resource] of [
    ['body weight', WEIGHT],
    ['patient', PATIENT],
  ] as const) {
    const body = { type: 'application/fhir+json', text: JSON.stringify(resource) }
    const request = {
      method: 'POST',
      path: [resource.resourceType],
      query: [],
      headers: {},
      body,
    } as const
    const create = (context: Context) => cost(() => handle(request, context), 150)
    await create(lean)
    let [structure, profile] = [Infinity, Infinity]
    for (let turn = 0; turn < 3; turn += 1) {
      structure = Math.min(structure, await create(lean))
      profile = Math.min(profile, await create(full))
    }
    const ratio = (profile / structure).toFixed(2)
    line(`create of a ${what}, in memory`, `${profile.toFixed(3)} ms, ${ratio} × structure only`)
  }
  await closeContext(full)
}

const FIRST: Readonly<Record<string, Resource>> = {
  'an observation without a profile': bare(WEIGHT),
  'a body weight': WEIGHT,
  'a blood pressure panel': PANEL,
  'a patient': PATIENT,
}

/** Milliseconds of a first validation in a process that has validated nothing, over a store that has the guide. */
async function cold(name: string, store = ''): Promise<void> {
  const context = await open(store)
  const before = cpuMs()
  await context.validator.check(FIRST[name], { storing: true })
  console.log(JSON.stringify({ cpu: cpuMs() - before }))
  await closeContext(context)
}

async function firsts(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'ieum-validate-'))
  const store = `sqlite:${join(folder, 'ieum.db')}`
  const context = await open(store)
  await loadPackages([GUIDE], context)
  await closeContext(context)
  for (const one of Object.keys(FIRST)) {
    const runs = [1, 2, 3].map(() => inProcess('cold', one, store).cpu ?? 0)
    line(`the first of all is ${one}`, `${Math.min(...runs).toFixed(0)} ms`)
  }
  rmSync(folder, { recursive: true })
}

/** MiB in use once R4, KR Core and the guide are loaded and have been validated by. */
async function memory(): Promise<void> {
  const context = await open()
  const packages = [...(existsSync(KR_CORE) ? [KR_CORE] : []), GUIDE]
  await loadPackages(packages, context)
  for (const resource of [WEIGHT, PANEL, PATIENT, bare(PATIENT)]) {
    await context.validator.check(resource)
  }
  const profiles = (await context.conformance.stored('StructureDefinition')).map(
    (one) => one as unknown as StructureDefinition,
  )
  for (const { url, type, derivation } of profiles)
    if (derivation === 'constraint' && context.definitions.isResourceType(type))
      await context.validator.check({ resourceType: type, id: 'x' }, { profiles: [url] })
  globalThis.gc?.()
  const { rss, heapUsed, external } = process.memoryUsage()
  const mib = (bytes: number): number => Math.round(bytes / 1048576)
  console.log(
    JSON.stringify({
      packages: packages.length,
      profiles: profiles.length,
      rss: mib(rss),
      live: mib(heapUsed + external),
    }),
  )
  await closeContext(context)
}

function inProcess(...args: readonly string[]): Record<string, number> {
  const { stdout, status } = spawnSync(
    process.execPath,
    ['--expose-gc', import.meta.filename, ...args],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] },
  )
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${String(status)}`)
  return JSON.parse(stdout) as Record<string, number>
}

const perSecond = (ms: number): string =>
  `${Math.round(1000 / ms).toLocaleString('en')} a second (${(ms * 1000).toFixed(0)} µs)`

const line = (what: string, said: string): void => console.log(`${what.padEnd(46)} ${said}`)

const [part, name = '', store] = process.argv.slice(2)
if (part === 'cold') await cold(name, store)
else if (part === 'memory') await memory()
else {
  await warm()
  await writes()
  await firsts()
  const { rss, live, packages, profiles } = inProcess('memory')
  const what = packages === 2 ? 'R4, KR Core and the guide' : 'R4 and the guide'
  line(`memory with ${what}`, `${rss} MiB, ${live} of them in use, ${profiles} definitions`)
}
