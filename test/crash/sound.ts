// `ieum check` within the tests: a store that nobody has open, or a database that servers use.
import assert from 'node:assert/strict'
import { openMaintenance } from '../../src/app.ts'
import { readConfig } from '../../src/config.ts'
import type { Finding } from '../../src/store/maintenance.ts'

/** @throws AssertionError with what is wrong with a store */
export async function assertSound(storeUrl: string): Promise<void> {
  const { maintenance, extract } = await openMaintenance(
    readConfig({ STORE_URL: storeUrl, MONGO_TIMEOUT_MS: '60000' }),
  )
  const findings: Finding[] = []
  try {
    await maintenance.check({ extract, repair: false, onFinding: (f) => findings.push(f) })
  } finally {
    await maintenance.close()
  }
  assert.deepEqual(findings, [])
}
