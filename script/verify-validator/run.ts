// Compares our validator with HAPI's on generated mutants of the demonstration network and of the guide's examples: on each
// both have to find an error, or neither, unless docs/validator-differences.md says why.
// https://hl7.org/fhir/R4/validation.html
// Needs Java 17 and Maven, which are tools of this check and not of the product. Must not touch a store that exists.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { closeContext, openContext } from '../../src/app.ts'
import { readConfig } from '../../src/config.ts'
import { Failure, type Issue } from '../../src/errors.ts'
import { parseJson } from '../../src/fhir/json.ts'
import { loadPackages } from '../../src/job/package/start.ts'
import { createLog } from '../../src/log.ts'
import { mutantsOf, type Mutant } from '../../test/validation/mutate.ts'
import { DIFFERENCES, type Judged } from './differences.ts'

type Resource = { readonly resourceType: string; readonly id?: string }
type Bundle = { readonly entry: readonly { readonly resource: Resource }[] }

const GUIDE = 'profiles/ieum'

/** So many of a type, from the beginning of the files. */
const OF_A_TYPE = 12

function sources(): readonly Resource[] {
  const all: Resource[] = []
  const counts = new Map<string, number>()
  for (const file of readdirSync('seed').filter((name) => name.endsWith('.json'))) {
    const { entry } = JSON.parse(readFileSync(join('seed', file), 'utf8')) as Bundle
    for (const { resource } of entry) {
      const type = resource.resourceType
      const count = (counts.get(type) ?? 0) + 1
      counts.set(type, count)
      if (count <= OF_A_TYPE) all.push(resource)
    }
  }
  const examples = readdirSync(join(GUIDE, 'examples'))
    .filter((file) => /^[A-Z].*\.json$/.test(file))
    .map((file) => JSON.parse(readFileSync(join(GUIDE, 'examples', file), 'utf8')) as Resource)
  const entry = examples.slice(0, 6).map((resource) => ({
    fullUrl: `http://ieum.example/fhir/${resource.resourceType}/${String(resource.id)}`,
    resource,
  }))
  const bundle = { resourceType: 'Bundle', type: 'collection', entry }
  // Profiles are few among them: as often as all else.
  return [...all, bundle, ...Array.from({ length: 8 }, () => examples).flat()]
}

async function ours(mutants: readonly Mutant[]): Promise<readonly (readonly Issue[])[]> {
  const config = readConfig({ STORE_URL: 'sqlite::memory:', LOG_LEVEL: 'silent' })
  const context = await openContext(config, createLog('silent'))
  await loadPackages([GUIDE], context)
  const found: (readonly Issue[])[] = []
  for (const { resource } of mutants)
    try {
      const issues = await context.validator.check(parseJson(JSON.stringify(resource)))
      found.push(issues.filter(({ severity }) => severity === 'error' || severity === 'fatal'))
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      found.push(error.issues)
    }
  await closeContext(context)
  return found
}

function hapis(mutants: readonly Mutant[]): readonly Judged['hapi'][] {
  const folder = mkdtempSync(join(tmpdir(), 'ieum-mutants-'))
  const [input, output] = [join(folder, 'mutants.ndjson'), join(folder, 'judged.ndjson')]
  const lines = mutants.map(({ id, resource }) =>
    JSON.stringify({ id, text: JSON.stringify(resource) }),
  )
  writeFileSync(input, `${lines.join('\n')}\n`)
  const goal = ['compile', 'exec:java', '-Dexec.mainClass=VerifyMutants']
  const args = ['-q', '-B', '-f', 'script/verify-seed/pom.xml', ...goal]
  const { status } = spawnSync('mvn', [...args, `-Dexec.args=${input} ${output}`], {
    // HAPI shows the stack of whatever its FHIRPath stumbles over.
    stdio: ['ignore', 'inherit', values.verbose === true ? 'inherit' : 'ignore'],
  })
  if (status !== 0) throw new Error(`Maven ended with ${String(status)}`)
  const judged = readFileSync(output, 'utf8')
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { errors: Judged['hapi'] }).errors)
  rmSync(folder, { recursive: true })
  return judged
}

/** The place as both say it: `value` for `valueQuantity` and for `value.ofType(Quantity)`. */
const plain = (at: string): string =>
  at.replace(/\.ofType\(\w+\)|\[x\]/g, '').replace(/\.value[A-Z]\w*/g, '.value')

/** Whether no error of one is at, above or below the element of one of the other; who names no place, agrees. */
function isElsewhere({ own, hapi }: Judged): boolean {
  const ours = own.map(({ expression }) => plain(expression?.[0] ?? ''))
  const theirs = hapi.map(({ at }) => plain(at))
  return !ours.some((one) => theirs.some((other) => one.startsWith(other) || other.startsWith(one)))
}

function tell(word: string, id: string, resource: Mutant['resource'], judged: Judged): void {
  console.log(`${word} ${id}: ${String(resource.resourceType)}`)
  for (const { expression, diagnostics } of judged.own.slice(0, 3))
    console.log(`  ours: ${expression?.[0] ?? ''}: ${diagnostics}`)
  for (const { at, message } of judged.hapi.slice(0, 3)) console.log(`  HAPI: ${at}: ${message}`)
}

const { values } = parseArgs({
  options: { seed: { type: 'string' }, count: { type: 'string' }, verbose: { type: 'boolean' } },
})
const config = readConfig({ STORE_URL: 'sqlite::memory:', LOG_LEVEL: 'silent' })
const { definitions } = await openContext(config, createLog('silent')).then(async (context) => {
  await closeContext(context)
  return context
})
const mutants = mutantsOf(
  sources(),
  definitions,
  values.seed ?? 'ieum',
  Number(values.count ?? 1000),
)
const own = await ours(mutants)
const hapi = hapis(mutants)

const explained = new Map<string, number>()
let both = 0
let elsewhere = 0
let unexplained = 0
for (const [i, { id, kind, resource }] of mutants.entries()) {
  const judged: Judged = { kind, own: own[i] ?? [], hapi: hapi[i] ?? [] }
  if (judged.own.length > 0 && judged.hapi.length > 0) {
    both += 1
    if (isElsewhere(judged)) {
      elsewhere += 1
      if (values.verbose === true) tell('ELSEWHERE', id, resource, judged)
    }
    continue
  }
  if (judged.own.length === 0 && judged.hapi.length === 0) continue
  const known = DIFFERENCES.find(({ explains }) => explains(judged))
  if (known === undefined) {
    unexplained += 1
    tell('UNEXPLAINED', id, resource, judged)
  } else explained.set(known.name, (explained.get(known.name) ?? 0) + 1)
}
console.log(
  `${String(mutants.length)} mutants: ${String(both)} refused by both (${String(elsewhere)} at another element), ${String(unexplained)} differences without a reason`,
)
for (const [name, count] of explained) console.log(`  ${name}: ${String(count)}`)
process.exitCode = unexplained === 0 ? 0 : 1
