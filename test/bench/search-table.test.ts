import assert from 'node:assert/strict'
import { population, observationsOf } from '../../bench/population.ts'
import { searchTable, type Row } from '../../bench/search-table.ts'
import { loadDefinitions } from '../../src/fhir/definitions-cache.ts'
import { createValidator } from '../../src/validation/validator.ts'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

describe('the table of searches', () => {
  const row = (name: string, patients: number, cpuMs: number, goal?: number, p99 = 2): Row => ({
    patients,
    phase: { name, ...(goal === undefined ? {} : { goal }) },
    measured: { n: 10, errors: 0, firstError: undefined, cpuMs, p50: 1, p99 },
  })
  const against = { phase: 'page 1', most: 1.2 }
  const deep = { ...row('page 1,000', 100, 0.3), phase: { name: 'page 1,000', against } }
  const text = searchTable(
    [row('page 1', 10, 0.1), row('page 1', 100, 0.2, 3), row('slow', 100, 0.1, 2, 5), deep],
    [0.04, 0.06],
  )
  const cells = (phase: string) =>
    text
      .split('\n')
      .find((line) => line.startsWith(`| ${phase} `))
      ?.split('|')
      .map((cell) => cell.trim())
      .slice(1, -1)

  it('has a column for each size, and marks what misses', () => {
    assert.deepEqual(cells('page 1'), ['page 1', '2.0', '4.0', '3 missed', '1.0', '2.0', '0'])
    assert.deepEqual(cells('slow'), ['slow', '', '2.0', '2', '1.0', '5.0 missed', '0'])
    assert.deepEqual(cells('page 1,000')?.slice(2, 4), ['6.0', '4.8 missed'])
  })
})

describe('the population that is measured', () => {
  const everybody = [...population(40)]

  it('is the same at each run, valid, and each of it once', () => {
    assert.deepEqual([...population(40)], everybody)
    const validator = createValidator(loadDefinitions(join(tmpdir(), 'ieum-test-definitions')))
    for (const one of everybody) assert.deepEqual(validator.validate(one), [], JSON.stringify(one))
    const names = new Set(everybody.map(({ resourceType, id }) => `${resourceType}/${id}`))
    assert.equal(names.size, everybody.length)
  })

  it('has about eleven observations a patient', () => {
    const all = Array.from({ length: 10_000 }, (_, i) => observationsOf(i))
    const mean = all.reduce((sum, n) => sum + n, 0) / all.length
    assert.ok(mean > 10.7 && mean < 11.3, `${mean}`)
  })
})
