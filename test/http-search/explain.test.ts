// `_explain=true` tells how a search was understood and what the store did; nothing else of the answer changes.
// https://hl7.org/fhir/R4/search.html#outcome
import assert from 'node:assert/strict'
import { onBothStores } from '../support/server.ts'
import { ask, fill } from './ask.ts'

onBothStores('search explained', (server) => {
  before(() => fill(server()))

  const told = async (query: string): Promise<string[]> => {
    const { outcomes } = await ask(server(), query)
    assert.equal(outcomes.length, 1)
    return outcomes[0].issue.map((issue: any) => {
      assert.equal(issue.severity, 'information')
      return issue.diagnostics as string
    })
  }

  it('names the plan, each step with an index and what it looked at, and the times', async () => {
    const lines = await told('Patient?gender=female&name:contains=a&_sort=birthdate&_explain=true')
    assert.match(
      lines[0]!,
      /^plan: searches Patient; where \(.*token at Patient\.gender = .*female/,
    )
    assert.match(lines[0]!, /string at Patient\.name contains "a".*sorted by date.*a page of/)
    assert.match(lines.at(-1)!, /^time: planning [\d.]+ ms, store [\d.]+ ms/)
    const steps = lines.filter((line) => /^step: /.test(line))
    assert.ok(
      steps.some((step) => /\d+ returned, \d+ looked at/.test(step)),
      lines.join('\n'),
    )
    assert.ok(
      steps.some((step) => /by: .*(INDEX|KEY|SCAN)/.test(step)),
      lines.join('\n'),
    )
  })

  it('follows a chain, and what is included', async () => {
    const query =
      'Observation?subject:Patient.gender=female&_include=Observation:subject&_explain=true'
    const lines = await told(query)
    assert.match(lines[0]!, /refers at Observation\.subject to Patient where token/)
    assert.match(lines[0]!, /with what they refer to at Observation\.subject/)
    assert.ok(lines.length > 4, lines.join('\n'))
  })

  it('finds the same as without it', async () => {
    for (const query of ['Patient?name=k', 'Observation?_sort=-date&_count=3&_total=accurate']) {
      const without = await ask(server(), query)
      const explained = await ask(server(), `${query}&_explain=true`)
      assert.deepEqual(explained.ids, without.ids)
      assert.equal(explained.body.total, without.body.total)
      if (explained.next === undefined) continue
      assert.match(explained.next, /_explain=true/)
      const [next, after] = [
        await ask(server(), explained.next),
        await ask(server(), without.next!),
      ]
      assert.deepEqual(next.ids, after.ids)
    }
    assert.deepEqual((await ask(server(), 'Patient?name=k&_explain=false')).outcomes, [])
  })

  it('refuses another value than true and false', async () => {
    const { status, body } = await server().send('GET', '/Patient?_explain=yes')
    assert.equal(status, 400)
    assert.match(body.issue[0].diagnostics, /expected true or false/)
  })
})
