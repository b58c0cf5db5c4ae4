// What every answer has to be, whatever was sent: no fault, nothing of the inside, an outcome with every refusal.
import assert from 'node:assert/strict'
import type { Hostile, HostileAnswer } from './send.ts'

/** Statuses of 500 and more that say what is so: not built, busy or away, full. */
const HONEST = new Set([501, 503, 507])

/** What only the inside of the server knows: stacks, paths, names of drivers and of their errors. */
export const INSIDE =
  /\n\s+at |\bat (?:async )?[\w.<>]+ \(|node_modules|\/src\/|\.ts:\d|node:internal|SQLITE_|SqliteError|SQL logic|no such (?:table|column)|MongoServer|MongoError|BSON|E11000|(?:Type|Range|Syntax|Reference)Error|Cannot read prop|is not a function|is not iterable|\[object Object\]/

/** Assert that an answer under the FHIR base is one that may be given to anybody. */
export function assertSoundAnswer(
  { method }: Pick<Hostile, 'method'>,
  { status, text, headers }: HostileAnswer,
): void {
  assert.ok(status < 500 || HONEST.has(status), `${status} ${text.slice(0, 500)}`)
  if (status < 400) {
    assertSoundEntries(text)
    return
  }
  assert.doesNotMatch(text, INSIDE)
  if (method === 'HEAD') return
  const type = headers['content-type'] ?? ''
  if (/json/.test(type))
    assert.equal(
      (JSON.parse(text) as { resourceType?: string }).resourceType,
      'OperationOutcome',
      text.slice(0, 500),
    )
  else if (/xml/.test(type)) assert.match(text, /<OperationOutcome /)
  else assert.fail(`a refusal without an outcome: ${status} ${type} ${text.slice(0, 200)}`)
}

/** The statuses inside of a batch's answer are answers too. */
function assertSoundEntries(text: string): void {
  if (!text.startsWith('{"resourceType":"Bundle","type":"batch-response"')) return
  for (const [, status] of text.matchAll(/"response":\{"status":"(\d+)/g))
    assert.ok(Number(status) < 500 || HONEST.has(Number(status)), text.slice(0, 1000))
}
