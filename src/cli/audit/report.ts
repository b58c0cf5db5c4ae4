// `ieum audit report`: accesses as CSV or NDJSON, found by the searches that an auditor has over HTTP.
// https://hl7.org/fhir/R4/auditevent.html#search
// Must not hold all of them in memory.
import type { Context } from '../../context.ts'
import { fail } from '../../errors.ts'
import type { Query } from '../../fhir/message.ts'
import { readQuery } from '../../fhir/query.ts'
import type { Options } from '../audit.ts'
import { timeOf } from '../audit.ts'
import { COLUMNS, csvLine, rowOf } from './row.ts'

const PAGE = 500

/** The command. */
export async function report(options: Options, context: Context): Promise<number> {
  const format = options.get('format') ?? 'csv'
  if (format !== 'csv' && format !== 'ndjson') throw fail('parameter', '--format is csv or ndjson')
  const query = queryOf(options)
  if (context.store.indexing !== undefined) await context.audit.caughtUp(3_600_000)
  const { plan } = context.plan('AuditEvent', [...query, ['_sort', 'date']], { strict: true })
  if (format === 'csv') process.stdout.write(`${COLUMNS.join(',')}\n`)
  const abroad = options.has('abroad')
  for (let cursor: string | undefined; ;) {
    const page = await context.store.search({
      ...plan,
      count: PAGE,
      total: false,
      ...(cursor === undefined ? {} : { cursor }),
    })
    const lines: string[] = []
    for (const { text } of page.matches) {
      const event: unknown = JSON.parse(text ?? '{}')
      const row = rowOf(event)
      if (abroad && !isAbroad(row.record_country, row.requestor_country)) continue
      lines.push(format === 'csv' ? csvLine(row) : JSON.stringify(event))
    }
    if (lines.length > 0 && !process.stdout.write(`${lines.join('\n')}\n`))
      await new Promise((resolve) => process.stdout.once('drain', resolve))
    if (page.next === undefined) return 0
    cursor = page.next
  }
}

const isAbroad = (record = '', requestor = ''): boolean =>
  requestor !== '' && record !== '' && record.split(' ').some((country) => country !== requestor)

/** Options by the search parameters that they are. */
function queryOf(options: Options): Query {
  const query: [string, string][] = []
  const add = (option: string, name: string, value = (given: string) => given): void => {
    const given = options.get(option)
    if (given !== undefined) query.push([name, value(given)])
  }
  add('patient', 'patient', (id) => `Patient/${id.replace(/^Patient\//, '')}`)
  add('user', 'agent')
  add('client', 'agent:identifier', (id) => `http://ieum.example/fhir/client|${id}`)
  add('organization', 'agent', (id) => `Organization/${id.replace(/^Organization\//, '')}`)
  add('consent', 'consent', (id) => `Consent/${id.replace(/^Consent\//, '')}`)
  add('purpose', 'purpose')
  add('outcome', 'outcome')
  add('action', 'action')
  add('subtype', 'subtype')
  add('record-country', 'record-country')
  add('requestor-country', 'requestor-country')
  add('since', 'date', (text) => `ge${new Date(timeOf(text, 'since')).toISOString()}`)
  add('until', 'date', (text) => `lt${new Date(timeOf(text, 'until')).toISOString()}`)
  return [...query, ...readQuery(options.get('where') ?? '').map((pair) => pair)]
}
