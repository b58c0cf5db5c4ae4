import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { CARE_DATES, LASTING } from '../../src/search/care-date.ts'
import { definitions, parameters } from './room.ts'

const PAGE = readFileSync(new URL('../../docs/search.md', import.meta.url), 'utf8')

describe('dates of care', () => {
  it('are search parameters for dates, of types that can be in the record of a patient', () => {
    const members = definitions.compartments.get('Patient')
    for (const [type, codes] of Object.entries({ ...CARE_DATES, ...LASTING })) {
      assert.ok((members?.get(type)?.length ?? 0) > 0, type)
      for (const code of codes)
        assert.equal(parameters.forType(type).get(code!)?.type, 'date', `${type} ${code}`)
    }
  })

  it('are those that the documentation lists', () => {
    const listed: Record<string, string[]> = {}
    for (const [, types, codes] of PAGE.matchAll(/^\| ([A-Z]\w+(?:, \w+)*) +\| (`.*`) +\|$/gm))
      for (const type of types!.split(', '))
        listed[type] = [...codes!.matchAll(/`([\w-]+)`/g)].map(([, code]) => code!)
    assert.deepEqual(listed, CARE_DATES)
  })
})
