// A report that answers a request: once it is final, what changes says so. Earlier versions stay in its history.
// https://hl7.org/fhir/R4/diagnosticreport-definitions.html#DiagnosticReport.status, docs/network.md, "Remote reading"
// Must not ask anything of reports that nobody requested.
import type { Context } from '../context.ts'
import { issueOf } from '../errors.ts'
import type { Resource } from '../fhir/message.ts'
import { FREE, type Rule } from '../interaction/rule.ts'
import { textOf } from '../search/emit.ts'
import { message } from '../words/message.ts'
import { requestsOf } from './answer-rule.ts'
import { changedOf } from './changed.ts'

const READ = 'http://ieum.example/fhir/StructureDefinition/ieum-report-reading'

/** What a report can't go back from, https://hl7.org/fhir/R4/valueset-diagnostic-report-status.html */
export const ISSUED: ReadonlySet<string> = new Set(['final', 'amended', 'corrected', 'appended'])
const AFTER = ['amended', 'corrected', 'appended', 'entered-in-error']

/** What a reader acts on. */
const FOUND: ReadonlySet<string> = new Set([
  ...['code', 'subject', 'conclusion', 'conclusionCode', 'presentedForm', 'result', 'imagingStudy'],
  'media',
])

export const reportRule: Rule = ({ before, after }, context) => {
  if (before === undefined || after === undefined) return FREE
  if (![before, after].some((one) => isRequested(one, context))) return FREE
  const [from, to] = [textOf(before['status']) ?? '', textOf(after['status']) ?? '']
  const element = 'DiagnosticReport.status'
  if (from === 'entered-in-error' && to !== from)
    return refused(message('report-ended', { from, to }), element)
  if (!ISSUED.has(from)) return FREE
  const allowed = AFTER.join(', ')
  if (to !== from && !AFTER.includes(to))
    return refused(message('report-step', { from, to, allowed }), element)
  if (to !== 'final') return FREE
  const found = changedOf(before, after).find((name) => FOUND.has(name))
  if (found === undefined) return FREE
  return refused(
    message('report-changed', { element: found, allowed }),
    `DiagnosticReport.${found}`,
  )
}

const isRequested = (report: Resource, context: Context): boolean =>
  report.meta?.profile?.includes(READ) === true || requestsOf(report, context).length > 0

const refused = (said: ReturnType<typeof message>, expression: string) => ({
  issues: [issueOf('error', 'business-rule', said, expression)],
})
