// `ieum check [--repair]`: whether the store of STORE_URL is sound: its file, its versions, its index.
// Must not print what a resource says: references and counts only.
import { openMaintenance } from '../app.ts'
import { Failure } from '../errors.ts'
import type { Checked, Finding } from '../store/maintenance.ts'
import { count, showProgress } from './progress.ts'
import { settings } from './settings.ts'

const USAGE = `Usage: ieum check [--repair]

Reads the store of STORE_URL and says what is wrong with it: damage to the file, texts that are not those
that were written, versions that are missing, index entries that are not those of their resource.

  --repair   write the index entries anew where they differ; texts and versions are never changed

Exit status: 0 nothing is wrong (or all of it was repaired), 1 something is, or it can't be
looked at, 2 the call or the settings are wrong.`

/** Findings that are printed of each aspect; the others are counted. */
const MOST_LINES = 100

/** Run the command. */
export async function check(args: readonly string[]): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    console.log(USAGE)
    return 0
  }
  if (args.some((arg) => arg !== '--repair')) {
    console.error(USAGE)
    return 2
  }
  const config = settings()
  if (config === undefined) return 2
  let opened: Opened
  try {
    opened = await openMaintenance(config)
  } catch (error) {
    console.error((error as Error).message)
    return 1
  }
  try {
    return await run(opened, args.includes('--repair'))
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    console.error(error.message)
    return 1
  } finally {
    await opened.maintenance.close()
  }
}

type Opened = Awaited<ReturnType<typeof openMaintenance>>

async function run({ maintenance, extract }: Opened, repair: boolean): Promise<number> {
  const findings = new Map<Finding['aspect'], Finding[]>()
  let found = 0
  let now = { done: 0, part: 0, at: '' }
  const display = showProgress('resources', () => ({ ...now, failed: found }))
  let checked: Checked
  try {
    checked = await maintenance.check({
      extract,
      repair,
      onFinding: (finding) => {
        found++
        const known = findings.get(finding.aspect) ?? []
        known.push(finding)
        findings.set(finding.aspect, known)
      },
      onProgress: (done, part, at) => (now = { done, part, at }),
    })
  } finally {
    display.stop()
  }
  const all = [...findings.values()].flat()
  for (const some of findings.values()) {
    for (const finding of some.slice(0, MOST_LINES)) console.log(describe(finding))
    if (some.length > MOST_LINES)
      console.log(`… and ${count(some.length - MOST_LINES)} more like these`)
  }
  console.log(summary(checked, all, repair))
  return all.every(({ repaired }) => repaired) ? 0 : 1
}

function describe({ reference, version, message, repaired }: Finding): string {
  const where = [
    reference,
    version === undefined ? undefined : `version ${String(version)}`,
  ].filter((part) => part !== undefined)
  return `${where.length === 0 ? '' : `${where.join(' ')}: `}${message}${repaired ? ' (repaired)' : ''}`
}

function summary(checked: Checked, all: readonly Finding[], repair: boolean): string {
  const { resources, deleted, versions, entries, unused } = checked
  const lines = [
    `Checked ${count(resources)} resources (and ${count(deleted)} deleted ones), ${count(versions)} versions, ${count(entries)} index entries`,
  ]
  if (unused > 0)
    lines.push(
      `${count(unused)} places of resources that nothing refers to any more ${repair ? 'were removed' : 'are kept; --repair removes them'}`,
    )
  const left = all.filter(({ repaired }) => !repaired)
  const repaired = all.length - left.length
  if (repaired > 0) lines.push(`${count(repaired)} repaired`)
  if (left.length === 0)
    lines.push(all.length === 0 ? 'Nothing is wrong.' : 'Nothing else is wrong.')
  else lines.push(`${count(left.length)} wrong.`, ...advice(left, repair))
  return lines.join('\n')
}

function advice(left: readonly Finding[], repair: boolean): string[] {
  const has = (...aspects: Finding['aspect'][]) => left.some((f) => aspects.includes(f.aspect))
  return [
    ...(has('index') && !repair
      ? [
          'The index can be made again: ieum check --repair. It also differs when BASE_URL, TIME_ZONE or the release changed since.',
        ]
      : []),
    ...(has('file')
      ? ['The file itself is damaged: look at the disk, and restore the store from a backup.']
      : []),
    ...(has('text', 'version')
      ? ['Texts and versions are not repaired: restore them from a backup.']
      : []),
  ]
}
