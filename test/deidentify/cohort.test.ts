// Whoever is told of is told of like k people at least.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { hide, personOf, type Person, type Told } from '../../src/deidentify/cohort.ts'
import { readPolicy } from '../../src/deidentify/policy.ts'
import { definitions } from '../search/room.ts'

const policy = readPolicy('', definitions)
const nobody = async (): Promise<number> => 0

const person = fc.record(
  {
    sex: fc.constantFrom('male', 'female', 'other'),
    year: fc.integer({ min: 1936, max: 2026 }),
    country: fc.constantFrom('KR', 'KZ', 'RU'),
    region: fc.constantFrom('Busan', 'Almaty', 'Aktobe', 'Moscow'),
    postal: fc.stringMatching(/^[0-9]{5}$/),
  },
  { requiredKeys: [] },
)
const people = fc
  .array(person, { minLength: policy.k, maxLength: 120 })
  .map((all) => all.map((one, i): Person => ({ id: `p${i}`, ...one })))

const keyOf = (told: Told | undefined): string => JSON.stringify(Object.entries(told!).sort())

describe('a cohort', () => {
  it('has k people at least of each kind that is told apart', async () => {
    await fc.assert(
      fc.asyncProperty(people, async (all) => {
        const { told, reached, suppressed, over } = await hide(all, policy, nobody)
        assert.equal(over, 'cohort')
        assert.equal(told.size, all.length)
        const alike = new Map<string, number>()
        for (const { id } of all) {
          const key = keyOf(told.get(id))
          alike.set(key, (alike.get(key) ?? 0) + 1)
        }
        for (const [key, number] of alike) assert.ok(number >= policy.k, `${number} of ${key}`)
        assert.equal(alike.get('[]') ?? 0, suppressed)
        const others = [...alike].filter(([key]) => key !== '[]').map(([, number]) => number)
        assert.ok(others.length === 0 ? reached === undefined : reached! >= policy.k)
      }),
    )
  })

  it('tells nothing that isn’t so', async () => {
    await fc.assert(
      fc.asyncProperty(people, async (all) => {
        const { told } = await hide(all, policy, nobody)
        for (const one of all) {
          const { sex, born, country, region, postal } = told.get(one.id)!
          if (sex !== undefined) assert.equal(sex, one.sex)
          if (country !== undefined) assert.equal(country, one.country)
          if (region !== undefined) assert.equal(region, one.region)
          if (postal !== undefined) assert.ok(one.postal!.startsWith(postal))
          if (born !== undefined) assert.ok(born[0] <= one.year! && one.year! <= born[1])
        }
      }),
    )
  })

  it('tells a few who are left over like the group that is nearest to them', async () => {
    const born = (year: number, i: number): Person => ({ id: `p${i}`, sex: 'male', year })
    const seven = [1960, 1961, 1962, 1963, 1964, 1965, 1966].map(born)
    const { told, reached, suppressed } = await hide(seven, policy, nobody)
    for (const what of told.values()) assert.deepEqual(what, { sex: 'male', born: [1960, 1969] })
    assert.deepEqual([reached, suppressed], [7, 0])
  })

  it('of fewer people is hidden among all, or not told apart at all', async () => {
    const one: Person = { id: 'p', sex: 'female', year: 1968, country: 'KZ', region: 'Almaty' }
    const alone = await hide([one], policy, nobody)
    assert.deepEqual([alone.told.get('p'), alone.suppressed, alone.over], [{}, 1, 'population'])
    const many = await hide([one], policy, async ({ region }) => (region === undefined ? 7 : 2))
    assert.deepEqual(many.told.get('p'), { sex: 'female', born: [1960, 1969], country: 'KZ' })
    assert.equal(many.reached, 7)
  })

  it('has nobody who is older than the policy tells', () => {
    const born = (birthDate: string, more: object = {}) =>
      personOf({ id: 'p', birthDate, ...more }, policy, 2026).year
    assert.equal(born('1968-04-02'), 1968)
    assert.equal(born('1937-04-02'), 1937)
    assert.equal(born('1936-04-02'), 1936)
    assert.equal(born('1915-04-02'), 1936)
    assert.equal(born('1915-04-02', { deceasedDateTime: '2010-01-01' }), 1920)
  })
})
