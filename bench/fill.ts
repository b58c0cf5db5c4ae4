// A store filled with a population, through the server's own extraction and commit but without HTTP.
// Must not be taken for a measurement of writing: run.ts has one.
import { pino } from 'pino'
import { closeContext, openContext } from '../src/app.ts'
import { readConfig } from '../src/config.ts'
import { toContent } from '../src/interaction/content.ts'
import type { Change } from '../src/store/store.ts'
import { population } from './population.ts'

/** Resources in one commit. */
const BATCH = 2000

/** @returns how many resources there are */
export async function fill(storeUrl: string, patients: number): Promise<number> {
  const config = readConfig({ STORE_URL: storeUrl, SEED: 'none' })
  const context = await openContext(config, pino({ level: 'warn' }))
  const began = performance.now()
  let count = 0
  let batch: Change[] = []
  let before: Promise<unknown> = Promise.resolve()
  // One batch is written while the next one is made.
  const commit = async (): Promise<void> => {
    const changes = batch
    batch = []
    await before
    before = context.store.commit(changes)
    if (count % 100_000 < BATCH) {
      const seconds = (performance.now() - began) / 1000
      console.error(`${count} resources, ${(count / seconds).toFixed(0)} a second`)
    }
    await new Promise((resolve) => setImmediate(resolve))
  }
  for (const resource of population(patients)) {
    const content = await toContent({ plain: resource, exact: resource }, resource.id!, context)
    batch.push({
      kind: 'put',
      type: resource.resourceType,
      id: resource.id!,
      method: 'PUT',
      content,
    })
    count++
    if (batch.length === BATCH) await commit()
  }
  await commit()
  await before
  await closeContext(context)
  return count
}
