// Resources with one thing wrong each: all are refused, whatever the type they are made of.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { MUTATIONS, mutantsOf } from './mutate.ts'
import { definitions, validatorOf } from './rooms.ts'

const GUIDE = new URL('../../profiles/ieum/', import.meta.url)

const read = (folder: URL): any[] =>
  readdirSync(folder)
    .filter((file) => /^[A-Z].*\.json$/.test(file))
    .map((file) => JSON.parse(readFileSync(new URL(file, folder), 'utf8')))

/** What may be right all the same, or where only the profile of some resources forbids it. */
const OPEN = new Set([
  'nothing changed',
  'any element removed',
  'top element removed',
  'slice removed',
  'item doubled',
  'unknown extension',
  'reference to another type',
  'value of another type',
  'component with the code of the whole',
  'declared as a vital sign',
  'declared with an unknown profile',
])

describe('mutants of the examples of the guide', () => {
  const examples = read(new URL('examples/', GUIDE))
  const validator = validatorOf(read(GUIDE))
  const errors = (resource: unknown) =>
    validator.validate(resource).filter(({ severity }) => severity === 'error')
  const mutants = mutantsOf(examples, definitions, 'test', 1200)

  // Some find nothing to change in these examples.
  it('are of nearly every kind', () =>
    assert.ok(new Set(mutants.map(({ kind }) => kind)).size > Object.keys(MUTATIONS).length - 5))

  for (const kind of Object.keys(MUTATIONS))
    if (!OPEN.has(kind))
      it(`are refused: ${kind}`, () => {
        for (const { kind: one, id, resource } of mutants)
          if (one === kind)
            assert.notDeepEqual(errors(resource), [], `${id} ${JSON.stringify(resource)}`)
      })

  it('are accepted where nothing was changed, and with an extension that nobody knows', () => {
    for (const { kind, id, resource } of mutants)
      if (kind === 'nothing changed' || kind === 'unknown extension')
        assert.deepEqual(errors(resource), [], id)
  })
})
