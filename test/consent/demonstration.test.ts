// The demonstration network's consents say what the server lets be seen: valid, run out, withdrawn, refused, for research.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { closeContext, openContext } from '../../src/app.ts'
import { readConfig } from '../../src/config.ts'
import type { Context } from '../../src/context.ts'
import { createLog } from '../../src/log.ts'
import { ask, caller } from './world.ts'

const SEED = new URL('../../seed/', import.meta.url)

describe('the consents of the demonstration network', function () {
  this.timeout(60_000)
  let context: Context
  before(async () => {
    const config = readConfig({ STORE_URL: 'sqlite::memory:', SEED: 'none' })
    context = await openContext(config, createLog('silent'))
    for (const file of readdirSync(SEED).sort()) {
      if (!file.endsWith('.json')) continue
      const bundle: unknown = JSON.parse(readFileSync(new URL(file, SEED), 'utf8'))
      const { status, text } = await ask(context, undefined, 'POST ', bundle)
      assert.equal(status, 200, text)
    }
  })
  after(() => closeContext(context))

  /** Patients that an organization sees of others. */
  const guests = async (organization: string, purpose: string): Promise<string[]> => {
    const who = { ...caller(organization), purpose }
    const { body } = await ask(context, who, 'GET Patient?_count=200')
    return (body.entry ?? [])
      .map(({ resource }: any) => resource)
      .filter(({ meta }: any) => !meta.tag.some((tag: any) => tag.code === organization))
      .map(({ id }: any) => id)
      .sort()
  }

  const CASES: readonly (readonly [string, string, readonly string[]])[] = [
    ['moscow-checkup', 'TREAT', ['petrova-elena-busan']],
    ['vladivostok-checkup', 'TREAT', ['kim-aleksei-busan']],
    ['almaty-kit', 'TREAT', []],
    ['busan-hospital', 'HRESCH', []],
    ['alfarabi-health-information', 'TREAT', []],
    ['alfarabi-health-information', 'HRESCH', ['ospanova-gulnara']],
  ]
  for (const [organization, purpose, expected] of CASES)
    it(`let ${organization} see, for ${purpose}: ${expected.join(', ') || 'nobody'}`, async () => {
      assert.deepEqual(await guests(organization, purpose), expected)
    })

  it('let Busan see those who said yes, while it lasts', async () => {
    const seen = await guests('busan-hospital', 'TREAT')
    for (const one of ['kim-aleksei', 'sokolov-dmitrii', 'seitkali-aigerim', 'gusev-anton'])
      assert.ok(seen.includes(one), one)
    for (const one of ['li-valentin', 'smirnov-ivan', 'lebedev-pavel', 'ospanova-gulnara'])
      assert.ok(!seen.includes(one), one)
  })

  it('withhold what is of another year, and what is labelled', async () => {
    const count = async (organization: string | undefined, patient: string): Promise<number> => {
      const who = organization === undefined ? undefined : caller(organization)
      const line = `GET Observation?patient=${patient}&_summary=count`
      return Number((await ask(context, who, line)).body.total)
    }
    for (const patient of ['sokolov-dmitrii', 'kim-aleksei']) {
      const some = await count('busan-hospital', patient)
      assert.ok(some > 0 && some < (await count(undefined, patient)), patient)
    }
  })
})
