// `npm run bench:search`: searches over 100,000 people and their 1.1 million observations in a SQLite file, and over
// 1,000 people, so that what grows with the store is seen. The files are made once and kept outside the tree.
// Must not write to the store that it measures.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { EXTRACTION } from '../src/search/extraction.ts'
import { createClient, type Measured } from './drive.ts'
import { fill } from './fill.ts'
import { PHASES, type Phase } from './search-phases.ts'
import { searchTable, type Row } from './search-table.ts'
import { startServer } from './server.ts'

const USAGE = `Usage: npm run bench:search -- [options]

  --patients LIST   1000,100000, eleven observations each
  --seconds N       3, each phase
  --phases TEXT     only those with this in their name
  --connections N   16
  --data DIR        where the stores are kept (default a folder of the system's temporary ones)
  --fresh           make them anew
  --load DIR        folder of floor.mjs (default ../shared/bench)`

const { values } = parseArgs({
  options: {
    patients: { type: 'string', default: '1000,100000' },
    seconds: { type: 'string', default: '3' },
    phases: { type: 'string', default: '' },
    connections: { type: 'string', default: '16' },
    data: { type: 'string', default: join(tmpdir(), 'ieum-bench-search') },
    fresh: { type: 'boolean', default: false },
    load: { type: 'string', default: '../shared/bench' },
    help: { type: 'boolean', short: 'h' },
  },
})

async function main(): Promise<number> {
  const floor = resolve(values.load, 'floor.mjs')
  if (!existsSync(floor)) {
    console.error(`There is no ${floor}; --load DIR names the folder of floor.mjs`)
    return 2
  }
  const sizes = values.patients.split(',').map(Number)
  const stores: string[] = []
  for (const patients of sizes) stores.push(await storeOf(patients))
  const phases = PHASES.filter(({ name }) => name.includes(values.phases))
  const floors = [floorOf(floor)]
  const rows: Row[] = []
  for (const [i, patients] of sizes.entries())
    for (const [phase, measured] of await measure(stores[i]!, patients, phases)) {
      console.error(`${patients} ${phase.name}: ${measured.cpuMs.toFixed(3)} ms, n = ${measured.n}`)
      rows.push({ patients, phase, measured })
    }
  floors.push(floorOf(floor))
  console.log(searchTable(rows, floors))
  return rows.some(({ measured }) => measured.errors > 0) ? 1 : 0
}

/** The URL of a store with so many patients, made when it isn't there. */
async function storeOf(patients: number): Promise<string> {
  // Another release may index otherwise, and would make the index anew while it is measured.
  const folder = join(values.data, `${patients}-${EXTRACTION}`)
  if (values.fresh) rmSync(folder, { recursive: true, force: true })
  const file = join(folder, 'ieum.db')
  if (!existsSync(file)) {
    const under = `${folder}.part`
    rmSync(under, { recursive: true, force: true })
    mkdirSync(under, { recursive: true })
    const began = performance.now()
    const count = await fill(`sqlite:${join(under, 'ieum.db')}`, patients)
    renameSync(under, folder)
    const seconds = ((performance.now() - began) / 1000).toFixed(0)
    console.error(`${file}: ${count} resources in ${seconds} s`)
  }
  return `sqlite:${file}`
}

async function measure(
  storeUrl: string,
  patients: number,
  phases: readonly Phase[],
): Promise<(readonly [Phase, Measured])[]> {
  const server = await startServer(storeUrl)
  const client = createClient(server.baseUrl, server.pid, Number(values.connections))
  const lines: (readonly [Phase, Measured])[] = []
  try {
    for (const phase of phases) {
      const next = await phase.prepare(client, patients)
      if (next !== undefined)
        lines.push([phase, await client.drive(Number(values.seconds), next)] as const)
    }
    return lines
  } finally {
    client.close()
    await server.stop()
  }
}

/** Milliseconds of CPU of the least request, see README.md. */
function floorOf(file: string): number {
  const { stdout } = spawnSync(process.execPath, [file, '--seconds', '4'], { encoding: 'utf8' })
  return (JSON.parse(stdout) as { server_cpu_ms_per_req: number }).server_cpu_ms_per_req
}

if (values.help) console.log(USAGE)
else process.exitCode = await main()
