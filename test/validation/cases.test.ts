import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import type { Issue } from '../../src/errors.ts'
import { Failure } from '../../src/errors.ts'
import { parseBoth } from '../../src/fhir/json.ts'
import { readPackage } from './package.ts'
import { validatorOf } from './rooms.ts'

type Case = {
  case: string
  text: string
  valid: boolean | null
  profiles?: string[]
  onlyHapiRules?: boolean
  category?: string
  expectedExpression?: string
  errors?: { expression?: string; message: string }[]
}

const FOLDER = new URL('../../../shared/cases/', import.meta.url)

/** `value` for `valueQuantity` and for `value.ofType(Quantity)`: the cases write all three. */
const plain = (expression: string): string =>
  expression
    .replace(/\/\*[^*]*\*\/|\[url='[^']*'\]/g, '')
    .replace(/\.ofType\(\w+\)|\[x\]/g, '')
    .replace(/\.(value|effective|onset|occurred|answer|doseNumber|medication|item)[A-Z]\w*/g, '.$1')

/** The cases name sometimes the element and sometimes its parent or array. */
const near = (found: string, expected: string): boolean =>
  found === expected ||
  [`${expected}.`, `${expected}[`].some((start) => found.startsWith(start)) ||
  [`${found}.`, `${found}[`].some((start) => expected.startsWith(start))

describe('validation of cases from outside', function () {
  this.timeout(60_000)
  before(function () {
    if (existsSync(FOLDER)) return
    console.log('      (left out: there is no ../shared/cases beside the project)')
    this.skip()
  })

  const load = (file: string): Case[] =>
    gunzipSync(readFileSync(new URL(`${file}.ndjson.gz`, FOLDER)))
      .toString()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Case)

  const validator = existsSync(FOLDER)
    ? validatorOf(readPackage(new URL('hl7.fhir.kr.core-2.0.0.tgz', FOLDER)))
    : validatorOf()
  const errorsOf = ({ text, profiles = [] }: Case): readonly Issue[] => {
    try {
      const resource = parseBoth(text).plain
      return validator.validate(resource, { profiles }).filter((one) => one.severity === 'error')
    } catch (error) {
      if (error instanceof Failure) return error.issues
      throw error
    }
  }

  for (const file of ['official', 'conformance', 'controls', 'krcore-examples'])
    it(`accepts what is valid: ${file}`, () => {
      for (const one of load(file))
        if (one.valid || one.onlyHapiRules) assert.deepEqual(errorsOf(one), [], one.case)
    })

  for (const file of ['broken', 'broken-hapi-misses', 'krcore-broken'])
    it(`refuses what is broken, and says where: ${file}`, () => {
      const missed: string[] = []
      const elsewhere: string[] = []
      for (const one of load(file)) {
        if (one.valid || one.onlyHapiRules || LEFT.has(one.category ?? '')) continue
        const errors = errorsOf(one)
        if (errors.length === 0) missed.push(`${one.category}: ${one.case}`)
        const named = (one.errors ?? []).flatMap(({ expression }) => expression ?? [])
        const expected = (one.expectedExpression ? [one.expectedExpression] : named).map(plain)
        const found = errors.map(({ expression }) => plain(expression?.[0] ?? ''))
        // What is no JSON has no element.
        if (expected.length === 0 || found.length === 0 || found.includes('')) continue
        if (!found.some((a) => expected.some((b) => near(a, b) || near(b, a))))
          elsewhere.push(`${one.category}: ${one.case}: ${found[0]} for ${expected[0]}`)
      }
      assert.deepEqual({ missed, elsewhere }, { missed: [], elsewhere: [] })
    })
})

/** Duplicate keys are named by the place in the text. */
const LEFT = new Set(['json duplicate key nested'])
