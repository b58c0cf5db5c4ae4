import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { loadDefinitions } from '../../src/fhir/definitions-cache.ts'
import { explain } from '../../src/validation/explain.ts'
import { schemaChecks } from '../../src/validation/schema.ts'
import { mutate, randomOf, randomResource } from './random-resource.ts'

// The compiled pass decides and the slow one explains: where they differ, either something invalid is stored or
// something valid refused without a reason.
describe('the two passes of the validation', function () {
  this.timeout(60_000)
  const definitions = loadDefinitions(join(tmpdir(), 'ieum-test-definitions'))
  const fine = schemaChecks(definitions)('Resource')

  it('both accept valid resources of every type', () => {
    for (const type of definitions.resourceTypes) {
      for (let seed = 1; seed <= 5; seed += 1) {
        const resource = randomResource(definitions, type, randomOf(seed))
        assert.deepEqual(explain(definitions, resource), [], `${type} ${seed}`)
        assert.equal(fine(resource), true, `${type} ${seed}: ${JSON.stringify(resource)}`)
      }
    }
  })

  it('explain the same in long lists, most of which the compiled pass finds fine', () => {
    const checks = schemaChecks(definitions)
    let compared = 0
    for (let seed = 0; seed < 300; seed++) {
      const random = randomOf(seed)
      const type = definitions.resourceTypes[seed % definitions.resourceTypes.length]!
      const resource = randomResource(definitions, type, random)
      for (const [name, value] of Object.entries(resource)) {
        if (!Array.isArray(value) || name === 'contained') continue
        const items: unknown[] = Array.from({ length: 30 }, () => value[0] as unknown)
        items[seed % 30] = mutate({ x: [value[0]] }, random).x
        const long = { ...resource, [name]: items.flat() }
        const all = explain(definitions, long)
        const some = explain(definitions, long, undefined, (t, v) => checks(t)(v))
        assert.deepEqual(some, all, JSON.stringify(long).slice(0, 1000))
        if (all.length > 0) compared++
      }
    }
    assert.ok(compared > 50, `${compared} lists with something wrong`)
  })

  it('agree on mutants of them', () => {
    let refused = 0
    const runs = 3000
    fc.assert(
      fc.property(
        fc.constantFrom(...definitions.resourceTypes),
        fc.nat(),
        fc.integer({ min: 1, max: 3 }),
        (type, seed, changes) => {
          const random = randomOf(seed)
          let mutant = randomResource(definitions, type, random)
          for (let i = 0; i < changes; i += 1) mutant = mutate(mutant, random)
          const issues = explain(definitions, mutant)
          if (issues.length > 0) refused += 1
          assert.equal(
            fine(mutant),
            issues.length === 0,
            JSON.stringify([issues, mutant]).slice(0, 2000),
          )
        },
      ),
      { numRuns: runs },
    )
    assert.ok(refused > runs / 3 && refused < runs, `${refused} of ${runs} were refused`)
  })
})
