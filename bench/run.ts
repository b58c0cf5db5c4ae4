// `npm run bench`: starts the server on a fresh SQLite file, drives the shared load against it, and prints what each
// kind of request costs in CPU, in milliseconds and in F: what a request costs at the very least on this machine now.
// Must not measure anything itself: floor.mjs and fhirbench.mjs do, so that every server is measured alike.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { startServer } from './server.ts'
import { table, type Line } from './table.ts'

const USAGE = `Usage: npm run bench -- [options]

  --load DIR        folder of floor.mjs and fhirbench.mjs (default ../shared/bench)
  --patients N      2000, 12 resources each
  --seconds N       8, each phase
  --phases LIST     import,create,read,search-identifier,… (default all)
  --concurrency N   16
  --store URL       store to measure (default a SQLite file that is removed afterwards)
  --json FILE       append the lines of both tools to FILE`

const { values } = parseArgs({
  options: {
    load: { type: 'string', default: '../shared/bench' },
    patients: { type: 'string', default: '2000' },
    seconds: { type: 'string', default: '8' },
    concurrency: { type: 'string', default: '16' },
    phases: { type: 'string' },
    store: { type: 'string' },
    json: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  },
})
async function main(): Promise<number> {
  const floor = resolve(values.load, 'floor.mjs')
  const load = resolve(values.load, 'fhirbench.mjs')
  for (const file of [floor, load])
    if (!existsSync(file)) {
      console.error(
        `There is no ${file}; --load DIR names the folder of floor.mjs and fhirbench.mjs`,
      )
      return 2
    }

  const folder = await mkdtemp(join(tmpdir(), 'ieum-bench-'))
  const json = join(folder, 'lines.ndjson')
  const storeUrl = values.store ?? `sqlite:${join(folder, 'store', 'ieum.db')}`
  const lines: Line[] = []
  const server = await startServer(storeUrl)
  console.log(`The server answered ${Math.round(server.startMs)} ms after its start`)
  try {
    lines.push(...(await measureFloor(floor)))
    const args = ['--url', server.baseUrl, '--label', 'ieum', '--pid', String(server.pid)]
    args.push('--patients', values.patients, '--seconds', values.seconds)
    args.push('--concurrency', values.concurrency, '--json', json)
    args.push('--data-dir', join(folder, 'store'), '--state', join(folder, 'state.json'))
    if (values.phases !== undefined) args.push('--phases', values.phases)
    await run(load, args)
    lines.push(...parseLines(await readFile(json, 'utf8')), ...(await measureFloor(floor)))
  } finally {
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  }
  if (values.json !== undefined)
    await appendFile(values.json, lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
  console.log(`\n${table(lines)}`)
  return lines.some((line) => (line.errors ?? 0) > 0) ? 1 : 0
}

const measureFloor = async (file: string): Promise<readonly Line[]> =>
  parseLines(await run(file, ['--seconds', '5']))

const parseLines = (text: string): readonly Line[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line)

/** Run a script of the load to its end; its standard output, which is shown too. */
async function run(file: string, args: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, [file, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
    process.stdout.write(chunk)
  })
  const [status] = (await once(child, 'close')) as [number | null]
  if (status !== 0) throw new Error(`${file} ended with ${status ?? 'a signal'}`)
  return text
}

if (values.help) console.log(USAGE)
else process.exitCode = await main()
