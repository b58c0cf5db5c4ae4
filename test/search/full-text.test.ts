import assert from 'node:assert/strict'
import type { Resource } from '../../src/fhir/message.ts'
import { fullText } from '../../src/search/full-text.ts'
import { atOnce } from '../../src/turn.ts'

const textsOf = (resource: Resource) => atOnce(fullText(resource))

describe('search/full-text', () => {
  const meta = { tag: [{ system: 'urn:x', code: 'p1', display: 'Some thing' }] }

  it('has the words of texts and their neighbours, none of addresses and dates', () => {
    const name = [{ text: 'Kim Min-su', period: { start: '2020-01-01' } }]
    const [entry, ...others] = textsOf({
      resourceType: 'Patient',
      id: 'a',
      name,
      photo: [{ url: 'http://x/y' }],
    })
    assert.deepEqual(others, [])
    assert.deepEqual(entry, {
      kind: 'words',
      path: 'Patient._content',
      group: 0,
      words: ['kim', 'kim min', 'min', 'min su', 'su'],
    })
  })

  it('is the same wherever the meta stands', () => {
    const rest = { name: 'Kinds', status: 'active' }
    const behind = textsOf({ resourceType: 'ValueSet', ...rest, meta })
    assert.deepEqual(behind, textsOf({ resourceType: 'ValueSet', meta, ...rest }))
  })
})
