// OperationOutcomes stay valid whatever they quote.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { outcomeText } from '../../src/fhir/outcome.ts'

describe('outcome', () => {
  const issueOf = (diagnostics: string, expression?: readonly string[]) =>
    JSON.parse(
      outcomeText([
        {
          severity: 'error',
          code: 'value',
          diagnostics,
          ...(expression === undefined ? {} : { expression }),
        },
      ]),
    ).issue[0]

  it('says that all is well when there is nothing to say', () => {
    const { issue } = JSON.parse(outcomeText([]))
    assert.equal(issue.length, 1)
    assert.equal(issue[0].severity, 'information')
  })

  it('keeps what can be read as it is', () => {
    const text = 'line 1\n\t"김" 👩‍⚕️ ' + 'x'.repeat(1900)
    assert.equal(issueOf(text).diagnostics, text)
    assert.deepEqual(issueOf('x', ['Patient.name[0]']).expression, ['Patient.name[0]'])
  })

  it('leaves out an expression that is empty', () => {
    assert.equal(issueOf('x', ['']).expression, undefined)
    assert.deepEqual(issueOf('x', ['', 'Patient']).expression, ['Patient'])
  })

  it('never has a character that FHIR forbids, half of a pair or endless text', () => {
    const text = fc.string({ unit: 'binary', maxLength: 3000 }).map((s) => `x${s}`)
    fc.assert(
      fc.property(text, (quoted) => {
        for (const given of [quoted, quoted.slice(0, 2000) + '\ud800', `${quoted}\0`]) {
          const { diagnostics, expression } = issueOf(given, [given])
          for (const shown of [diagnostics, expression[0]]) {
            assert.match(shown as string, /^[\t\n\r\u0020-\u{10ffff}]+$/u)
            assert.ok(shown.isWellFormed() && shown.length <= 2001)
          }
        }
      }),
      { numRuns: 200 },
    )
  })
})
