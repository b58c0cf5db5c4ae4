// What the log may say of an error: where it happened, not with what.
import assert from 'node:assert/strict'
import { createLog, describeError } from '../src/log.ts'

const SECRETS = /Kim|850412|p-4711|urn:mrn/

describe('log', () => {
  it('leaves values out of messages', () => {
    for (const message of [
      'Unexpected token \'K\', "Kim" is not valid JSON',
      'E11000 duplicate key error collection: ieum.resource index: _id_ dup key: { _id: "Patient/p-4711" }',
      'could not write Patient/p-4711 now',
      `no such thing as 'Kim'`,
      'bad number 850412-2000001',
      '"Kim, unterminated',
      'template `Kim`',
    ]) {
      const described = describeError(new Error(message))
      assert.doesNotMatch(JSON.stringify({ ...described, stack: [] }), SECRETS)
      assert.doesNotMatch(JSON.stringify(described.stack), SECRETS)
      assert.ok(described.stack.length > 0)
    }
  })

  it('keeps what helps to find the place', () => {
    const parsed = describeError(
      new TypeError("Cannot read properties of undefined (reading 'given')"),
    )
    assert.equal(parsed.type, 'TypeError')
    assert.equal(parsed.message, "Cannot read properties of undefined (reading 'given')")
    assert.match(parsed.stack[0]!, /log\.test\.ts:\d+/)
  })

  it('takes code and cause, and nothing else that hangs on an error', () => {
    const error = Object.assign(new Error('outer', { cause: new Error('inner "Kim"') }), {
      code: 11000,
      writeErrors: [{ op: { name: 'Kim' } }],
      keyValue: { _id: 'Patient/p-4711' },
    })
    const described = describeError(error)
    assert.equal(described.code, 11000)
    assert.equal(described.cause?.message, 'inner …')
    assert.doesNotMatch(JSON.stringify(described), SECRETS)
  })

  it('ends with a chain of causes that has no end', () => {
    const error = new Error('a')
    error.cause = error
    assert.ok(JSON.stringify(describeError(error)).length < 20_000)
  })

  it('says nothing of a thrown value that is no error', () => {
    assert.deepEqual(describeError('Kim'), { type: 'string', message: '', stack: [] })
  })

  it('writes JSON lines with the level by name', () => {
    const lines: string[] = []
    const log = createLog('info', { write: (line) => void lines.push(line) })
    log.debug('not this')
    log.error({ requestId: 'r1', err: new Error('of "Kim"') }, 'fault')
    assert.equal(lines.length, 1)
    const line = JSON.parse(lines[0]!)
    assert.deepEqual([line.level, line.requestId, line.msg], ['error', 'r1', 'fault'])
    assert.equal(line.err.message, 'of …')
    assert.ok(!Number.isNaN(Date.parse(line.time)))
  })
})
