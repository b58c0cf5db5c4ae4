// Errors keep what is their own between threads and processes, where structured clones lose it.
import assert from 'node:assert/strict'
import { fail, Failure, fromPlain, toPlain } from '../src/errors.ts'

const sent = (error: unknown): Error => fromPlain(structuredClone(toPlain(error)))

describe('errors', () => {
  it('keep kind, issues and headers on their way', () => {
    const error = sent(
      new Failure('unavailable', fail('full', 'x', 'Patient.id').issues, { 'retry-after': '7' }),
    )
    assert.ok(error instanceof Failure)
    assert.equal(error.status, 503)
    assert.equal(error.message, 'x')
    assert.deepEqual(error.issues[0]?.expression, ['Patient.id'])
    assert.deepEqual(error.headers, { 'retry-after': '7' })
    assert.equal(error.cause, undefined)
  })

  it('keep what the log says of their cause', () => {
    const cause = Object.assign(new Error('disk I/O error'), {
      code: 'ERR_SQLITE_ERROR',
      errcode: 10,
    })
    const error = sent(Object.assign(fail('unavailable', 'The disk fails'), { cause }))
    assert.deepEqual(error.cause, {
      name: 'Error',
      code: 'ERR_SQLITE_ERROR',
      errcode: 10,
      message: 'disk I/O error',
    })
  })

  it('keep the stack of a fault, and never become a failure', () => {
    const error = sent(new TypeError('ours'))
    assert.ok(!(error instanceof Failure))
    assert.match(error.message, /TypeError: ours\n\s+at /)
    assert.equal(sent('thrown').message, 'thrown')
  })
})
