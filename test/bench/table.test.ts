import assert from 'node:assert/strict'
import { table } from '../../bench/table.ts'

describe('the table of measurements', () => {
  const text = table([
    { phase: 'floor', server_cpu_ms_per_req: 0.04 },
    { phase: 'start' },
    { phase: 'import', server_cpu_ms_per_req: 2.5, server_cpu: 0.5, rps: 200, errors: 0 },
    {
      phase: 'read',
      server_cpu_ms_per_req: 0.13,
      server_cpu: 0.5,
      rps: 4000,
      p50_ms: 2,
      p99_ms: 5,
      errors: 2,
      first_error: 'status 500',
    },
    { phase: 'validate', server_cpu_ms_per_req: 0.1, server_cpu: 0.5, rps: 5000, errors: 0 },
    { phase: 'end', rss_mib: 300, peak_rss_mib: 350, disk_mib: 12 },
    { phase: 'floor', server_cpu_ms_per_req: 0.06 },
  ])
  const cells = (phase: string) =>
    text
      .split('\n')
      .find((line) => line.startsWith(`| ${phase} `))
      ?.split('|')
      .map((cell) => cell.trim())
      .slice(1, -1)

  it('states CPU in the mean of the floors before and after', () => {
    assert.match(text, /^F = 0\.0500 ms/)
    assert.deepEqual(cells('import'), ['import', '2.500', '50.0', '70', '200', '', '', '0'])
  })

  it('marks what misses its goal, with more digits than the load prints', () => {
    assert.deepEqual(cells('read'), ['read', '0.125', '2.5', '2 missed', '4000', '2', '5', '2'])
  })

  it('has no goal where there is none, and tells memory, disk and errors', () => {
    assert.equal(cells('validate')?.[3], '')
    assert.match(text, /memory after: 300 MiB \(peak 350, goal 400\); disk: 12 MiB/)
    assert.match(text, /read: 2 errors, the first: status 500/)
  })
})
