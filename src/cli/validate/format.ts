// The forms in which `ieum validate` answers: for people, for programs, and for the pipelines that read SARIF and JUnit.
// https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html, https://github.com/testmoapp/junitxml
// Must not keep more than the issues that were found.
import { plainIssue, type Issue } from '../../errors.ts'
import { RELEASE } from '../../release.ts'
import { count } from '../progress.ts'
import { isError, placeOf, type Counts, type Judged } from './judged.ts'

export type Format = {
  /** Text for one resource, in the order in which they were read; '' for nothing. */
  each(judged: Judged): string
  /** Text behind the last one. */
  end(counts: Counts): string
}

export const FORMATS: Readonly<Record<string, () => Format>> = { text, json, sarif, junit }

/** How many kinds of issue the summary lists. */
const KINDS = 20

function text(): Format {
  const kinds = new Map<string, { readonly issue: Issue; number: number }>()
  return {
    each({ file, line, resource, issues }) {
      const lines = issues.map((issue) => {
        const known = kinds.get(kindOf(issue))
        if (known === undefined) kinds.set(kindOf(issue), { issue, number: 1 })
        else known.number++
        return `${file}:${line} ${resource} ${issue.severity} ${placeOf(issue, resource)}: ${issue.diagnostics}\n`
      })
      return lines.join('')
    },
    end({ resources, invalid, errors, warnings, information }) {
      const all = [...kinds.values()].sort((a, b) => b.number - a.number)
      const shown = all
        .slice(0, KINDS)
        .map(({ issue, number }) => `  ${count(number)} × ${kindOf(issue)}\n`)
      const rest = all.length > KINDS ? `  and ${count(all.length - KINDS)} more kinds\n` : ''
      const head = shown.length === 0 ? '' : `\nBy kind:\n${shown.join('')}${rest}`
      return `${head}\n${count(resources)} resources, ${count(invalid)} invalid: ${count(errors)} errors, ${count(warnings)} warnings, ${count(information)} notes\n`
    },
  }
}

/** What an issue is about, wherever it stands. */
const kindOf = ({ severity, code, expression }: Issue): string =>
  `${severity} ${code}${expression === undefined ? '' : ` at ${expression[0]!.replaceAll(/\[\d+\]/g, '')}`}`

function json(): Format {
  let isFirst = true
  return {
    each({ file, line, resource, issues }) {
      const begin = isFirst ? '{"results":[\n' : ',\n'
      isFirst = false
      return begin + JSON.stringify({ file, line, resource, issue: issues.map(plainIssue) })
    },
    end: (counts) => `${isFirst ? '{"results":[' : ''}\n],"summary":${JSON.stringify(counts)}}\n`,
  }
}

const LEVELS = { fatal: 'error', error: 'error', warning: 'warning', information: 'note' } as const

function sarif(): Format {
  const results: object[] = []
  const rules = new Set<string>()
  return {
    each({ file, line, resource, issues }) {
      for (const issue of issues) {
        rules.add(issue.code)
        results.push({
          ruleId: issue.code,
          level: LEVELS[issue.severity],
          message: { text: issue.diagnostics },
          locations: [
            {
              physicalLocation: { artifactLocation: { uri: file }, region: { startLine: line } },
              logicalLocations: [{ fullyQualifiedName: placeOf(issue, resource), kind: 'element' }],
            },
          ],
          properties: { resource },
        })
      }
      return ''
    },
    end() {
      const driver = { name: 'ieum', version: RELEASE, rules: [...rules].map((id) => ({ id })) }
      const log = {
        $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
        version: '2.1.0',
        runs: [{ tool: { driver }, results, columnKind: 'utf16CodeUnits' }],
      }
      return `${JSON.stringify(log, null, 2)}\n`
    },
  }
}

function junit(): Format {
  const suites = new Map<string, { cases: string[]; failures: number }>()
  return {
    each({ file, line, resource, issues }) {
      let suite = suites.get(file)
      if (suite === undefined) suites.set(file, (suite = { cases: [], failures: 0 }))
      const errors = issues.filter(isError)
      const said = (some: readonly Issue[]): string =>
        some.map((i) => `${placeOf(i, resource)}: ${i.diagnostics}`).join('\n')
      const others = said(issues.filter((issue) => !isError(issue)))
      if (errors.length > 0) suite.failures++
      const failure =
        errors.length === 0
          ? ''
          : `<failure message="${escape(errors[0]!.diagnostics)}" type="${errors[0]!.code}">${escape(said(errors))}</failure>`
      const output = others === '' ? '' : `<system-out>${escape(others)}</system-out>`
      suite.cases.push(
        `    <testcase name="${escape(`${resource} line ${line}`)}" classname="${escape(file)}">${failure}${output}</testcase>\n`,
      )
      return ''
    },
    end({ resources, invalid }) {
      const all = [...suites].map(
        ([file, { cases, failures }]) =>
          `  <testsuite name="${escape(file)}" tests="${cases.length}" failures="${failures}">\n${cases.join('')}  </testsuite>\n`,
      )
      return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites tests="${resources}" failures="${invalid}">\n${all.join('')}</testsuites>\n`
    },
  }
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
}
// XML 1.0 has no form for most control characters, not even an escaped one.
const escape = (value: string): string =>
  value
    .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd')
    .replaceAll(/[&<>"]/g, (sign) => ENTITIES[sign]!)
