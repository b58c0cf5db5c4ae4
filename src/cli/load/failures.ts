// The file of what failed: one line each, with the reason and the resource as it came, ready to be mended and loaded.
// Must not change the resource; must not be created when nothing fails.
import { plainIssue } from '../../errors.ts'
import { appendFileSync, rmSync } from 'node:fs'
import { parseJson } from '../../fhir/json.ts'
import type { Failed } from './send.ts'

/** Characters of a text that is no JSON to keep. */
const MOST = 10_000

/** One line: `{source, line, entry, status, issues, resource}`, or `text` in place of `resource` when it isn't JSON. */
export function failureLine(source: string, { at, status, issues, text }: Failed): string {
  const head = JSON.stringify({ source, ...at, status, issues: issues.map(plainIssue) })
  const what = isJson(text)
    ? // Between tokens only: a line break inside a string is escaped.
      `"resource":${text.trim().replace(/\s*[\r\n]+\s*/g, ' ')}`
    : `"text":${JSON.stringify(text.slice(0, MOST))}`
  return `${head.slice(0, -1)},${what}}\n`
}

function isJson(text: string): boolean {
  try {
    parseJson(text)
    return true
  } catch {
    return false
  }
}

/** A file that failures are added to; `fresh`: what an earlier load wrote there is removed. */
export function openFailures(file: string, fresh: boolean) {
  if (fresh) rmSync(file, { force: true })
  return {
    add: (source: string, failed: Failed): void =>
      appendFileSync(file, failureLine(source, failed)),
  }
}
