// `ieum audit verify` and `ieum audit report`: the log of accesses, checked and listed; also while a server has it open.
// Must not change the log, nor print more of it than is asked for.
import { closeContext, openContext } from '../app.ts'
import { sqliteFile, type Config } from '../config.ts'
import type { Context } from '../context.ts'
import { fail, Failure } from '../errors.ts'
import { createLog } from '../log.ts'
import type { Store } from '../store/store.ts'
import { report } from './audit/report.ts'
import { verifyLog } from './audit/verify.ts'
import { settings } from './settings.ts'

const USAGE = `Usage: ieum audit verify [--chain CHAIN] [--since TIME] [--until TIME] [--heads FILE] [--keys FILE]
       ieum audit report [--format csv|ndjson] [FILTER…]

verify  Checks the log of accesses of STORE_URL: every entry, chain and signed head, and the AuditEvents made of them.
        Says the first entry of each chain that was changed, dropped, inserted or put elsewhere.

  --chain CHAIN  one chain only
  --since TIME   what was recorded from then on (2026-03-01, 2026-03-01T12:00:00Z), and --until TIME
  --heads FILE   also against heads that were kept: answers of /audit/heads, one JSON text or one a line
  --keys FILE    trust these keys only (an answer of /audit/heads that was kept)

report  Lists accesses, the oldest first; each filter narrows it further.

  --patient ID  --user TYPE/ID  --client ID  --organization ID  --consent ID
  --purpose CODE (BTG: broke the glass)  --outcome 0|4|8  --action C|R|U|D|E  --subtype CODE (disclose, denied, read…)
  --record-country CC  --requestor-country CC  --abroad (went to another country)
  --since TIME  --until TIME  --where QUERY (any search on AuditEvent, as in entity=Observation/1)

Exit status: 0 done and nothing wrong, 1 something is wrong or could not be read, 2 the call or the settings are wrong.`

/** Run the command. */
export async function audit(args: readonly string[]): Promise<number> {
  const [what, ...rest] = args
  if (args.includes('--help') || args.includes('-h')) {
    console.log(USAGE)
    return 0
  }
  const work = what === 'verify' ? verifyLog : what === 'report' ? report : undefined
  const options = optionsOf(rest)
  if (work === undefined || options === undefined) {
    console.error(USAGE)
    return 2
  }
  const config = settings()
  if (config === undefined) return 2
  let context: Context | undefined
  try {
    context = await openContext(config, createLog('silent'), await storeBeside(config))
    return await work(options, context)
  } catch (error) {
    if (!(error instanceof Failure) && (error as Error).name !== 'Error') throw error
    console.error((error as Error).message)
    return error instanceof Failure && error.kind !== 'unavailable' ? 2 : 1
  } finally {
    if (context !== undefined) await closeContext(context)
  }
}

export type Options = ReadonlyMap<string, string>

const FLAGS: ReadonlySet<string> = new Set(['abroad'])
const NAMES: ReadonlySet<string> = new Set([
  ...['chain', 'since', 'until', 'heads', 'keys', 'format', 'patient', 'user', 'client'],
  ...['organization', 'consent', 'purpose', 'outcome', 'action', 'subtype', 'record-country'],
  ...['requestor-country', 'where', 'abroad'],
])

/** Undefined for what is no option. */
function optionsOf(args: readonly string[]): Options | undefined {
  const options = new Map<string, string>()
  for (let i = 0; i < args.length; i++) {
    const name = args[i]!.replace(/^--/, '')
    if (!args[i]!.startsWith('--') || !NAMES.has(name)) return undefined
    const value = FLAGS.has(name) ? '' : args[++i]
    if (value === undefined) return undefined
    options.set(name, value)
  }
  return options
}

/** An embedded store that a server has open is read beside it; undefined where it can be opened. */
export async function storeBeside({ storeUrl, searchThreads }: Config): Promise<Store | undefined> {
  const file = sqliteFile(storeUrl)
  if (file === undefined || file === ':memory:') return undefined
  const { acquireLock } = await import('../store/sqlite/lock.ts')
  try {
    acquireLock(file).release()
    return undefined
  } catch {
    const { openSqliteReader } = await import('../store/sqlite/store.ts')
    const refuse = () => Promise.reject(fail('unavailable', 'A server has the store open'))
    return openSqliteReader(
      file,
      {
        commit: refuse,
        ready: () => Promise.resolve(),
        // The server moves what it has appended; what it hasn't moved yet is looked at next time.
        trail: { settle: () => Promise.resolve(), made: refuse, publish: refuse },
      },
      { threads: searchThreads, budgetMs: 600_000 },
    )
  }
}

/** @throws Error in plain words */
export function timeOf(text: string, option: string): number {
  const instant = /^\d{4}-\d{2}-\d{2}(T.+)?$/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(instant))
    throw fail('parameter', `--${option} takes a date or an instant such as 2026-03-01T00:00:00Z`)
  return instant
}
