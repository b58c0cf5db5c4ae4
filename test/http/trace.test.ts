// traceparent: taken up when it is well-formed, replaced when it isn't, https://www.w3.org/TR/trace-context/
import assert from 'node:assert/strict'
import { traceOf } from '../../src/http/trace.ts'

const ID = '0af7651916cd43dd8448eb211c80319c'
const SPAN = 'b7ad6b7169203331'

describe('trace', () => {
  it('keeps the trace, and names this server as the parent', () => {
    const trace = traceOf(`00-${ID}-${SPAN}-01`)!
    assert.equal(trace.id, ID)
    const [version, id, span, flags] = trace.parent.split('-')
    assert.deepEqual([version, id, flags], ['00', ID, '01'])
    assert.match(span!, /^[0-9a-f]{16}$/)
    assert.notEqual(span, SPAN)
  })

  it('passes on the flag that it knows, and no other', () => {
    assert.match(traceOf(`00-${ID}-${SPAN}-00`)!.parent, /-00$/)
    assert.match(traceOf(`00-${ID}-${SPAN}-ff`)!.parent, /-01$/)
  })

  it('reads what is known of later versions', () => {
    for (const header of [`01-${ID}-${SPAN}-01`, `cc-${ID}-${SPAN}-01-what-the-future-has`])
      assert.equal(traceOf(header)!.id, ID)
  })

  it('has none where the caller has none', () => {
    assert.equal(traceOf(undefined), undefined)
  })

  for (const header of [
    '',
    'nonsense',
    `00-${ID}-${SPAN}`,
    `00-${ID}-${SPAN}-01-more`,
    `01-${ID}-${SPAN}-01more`,
    `00-${ID.toUpperCase()}-${SPAN}-01`,
    `00-${'0'.repeat(32)}-${SPAN}-01`,
    `00-${ID}-${'0'.repeat(16)}-01`,
    `ff-${ID}-${SPAN}-01`,
    `00-${ID}x-${SPAN}-01`,
    `00-${ID}-${SPAN}-01\r\nset-cookie: a=b`,
    `00-${'0'.repeat(16)}${'x'.repeat(100_000)}`,
  ])
    it(`begins a new trace in place of "${header.slice(0, 70)}"`, () => {
      const trace = traceOf(header)!
      assert.match(trace.parent, /^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/)
      assert.equal(trace.parent.slice(3, 35), trace.id)
      assert.notEqual(trace.id, ID)
      assert.notEqual(traceOf(header)!.id, trace.id)
    })
})
