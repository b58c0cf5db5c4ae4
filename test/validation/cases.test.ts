import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { loadDefinitions } from '../../src/fhir/definitions-cache.ts'
import { createValidator } from '../../src/validation/validator.ts'

type Case = {
  case: string
  text: string
  valid: boolean | null
  onlyHapiRules?: boolean
  category?: string
  expectedExpression?: string
}

const FOLDER = new URL('../../../shared/cases/', import.meta.url)

/** Kinds of defects that are of structure, not of invariants or profiles: each of these has to be refused. */
const STRUCTURAL =
  /^(array-for-single|bad-|bad |both|choice-type|contained (no|unknown)|dom-2|empty-|ext-(bad|empty|no|two|value)|impossible|issued|missing|modifierExtension on|narrative-no|nested array|null|primitive-ext|quantity (empty|unknown|value)|single-for|string |subject array|typo|unknown-element|valueDateTime bad|valueInteger|valueString|value without|wrong-|xhtml-)/

/** `value` for `valueQuantity` and for `value.ofType(Quantity)`: the cases write all three. */
const plain = (expression: string): string =>
  expression
    .replace(/\.ofType\(\w+\)|\[x\]/g, '')
    .replace(/\.(value|effective|onset|occurred|answer|doseNumber|medication|item)[A-Z]\w*/g, '.$1')

describe('validator on cases from outside', function () {
  this.timeout(60_000)
  before(function () {
    if (existsSync(FOLDER)) return
    console.log('      (left out: there is no ../shared/cases beside the project)')
    this.skip()
  })

  const validator = createValidator(loadDefinitions(join(tmpdir(), 'ieum-test-definitions')))
  const load = (file: string): Case[] =>
    gunzipSync(readFileSync(new URL(`${file}.ndjson.gz`, FOLDER)))
      .toString()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Case)

  for (const file of ['official', 'conformance', 'controls', 'krcore-examples']) {
    it(`accepts what is valid: ${file}`, () => {
      for (const { case: name, text, valid, onlyHapiRules } of load(file)) {
        if (!valid && !onlyHapiRules) continue
        assert.deepEqual(validator.validate(JSON.parse(text)), [], name)
      }
    })
  }

  it('refuses what is broken in its structure, and says where', () => {
    let refused = 0
    let there = 0
    for (const { case: name, text, category = '', expectedExpression } of load('broken')) {
      if (!STRUCTURAL.test(category)) continue
      let resource: unknown
      try {
        resource = JSON.parse(text)
      } catch {
        continue
      }
      const issues = validator.validate(resource)
      assert.notEqual(issues.length, 0, `${category}: ${name}`)
      refused += 1
      if (expectedExpression === undefined) continue
      const expected = plain(expectedExpression)
      // The cases name sometimes the element and sometimes its parent or array.
      if (issues.some(({ expression }) => near(plain(expression?.[0] ?? ''), expected))) there += 1
      else assert.equal(issues[0]?.expression?.[0], expected, `${category}: ${name}`)
    }
    console.log(`      (${refused} refused, ${there} at the element named)`)
  })
})

const near = (found: string, expected: string): boolean =>
  found === expected ||
  expected.startsWith(`${found}.`) ||
  found.startsWith(`${expected}.`) ||
  found.startsWith(`${expected}[`)
