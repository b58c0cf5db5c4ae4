// What the server says of itself is valid, and true.
import assert from 'node:assert/strict'
import { gzipSync } from 'node:zlib'
import { operations } from '../../src/operation/operations.ts'
import { onBothStores } from '../support/server.ts'

const VALUES: Readonly<Record<string, string>> = {
  token: 'x',
  string: 'x',
  date: '2026',
  number: '1',
  quantity: '1',
  reference: 'x',
  uri: 'urn:x',
  words: 'x',
}

onBothStores('capabilities', (server) => {
  const statement = async (query = ''): Promise<any> => {
    const { status, body, text } = await server().send('GET', `/metadata${query}`)
    assert.equal(status, 200, text)
    return body
  }

  for (const query of ['', '?mode=full', '?mode=normative', '?mode=terminology'])
    it(`is a valid resource at /metadata${query}`, async () => {
      const body = await statement(query)
      // Extensions of other guides are not known here.
      const issues = server().context.validator.validate(body)
      assert.deepEqual(
        issues.filter(({ severity }) => severity !== 'information'),
        [],
      )
      assert.equal(
        body.resourceType,
        query.includes('terminology') ? 'TerminologyCapabilities' : 'CapabilityStatement',
      )
    })

  it('refuses another mode, naming those that there are', async () => {
    const { status, body } = await server().send('GET', '/metadata?mode=everything')
    assert.equal(status, 400)
    assert.match(body.issue[0].diagnostics, /full, normative, terminology/)
  })

  it('states what a client must know first', async () => {
    const body = await statement()
    assert.equal(body.fhirVersion, '4.0.1')
    assert.equal(body.kind, 'instance')
    assert.equal(body.status, 'active')
    assert.match(body.software.version, /^\d+\.\d+\.\d+/)
    assert.equal(body.implementation.url, server().base)
    assert.ok(body.format.includes('application/fhir+json'))
    assert.ok(body.format.includes('application/fhir+xml'))
    assert.deepEqual(body.patchFormat, [
      'application/json-patch+json',
      'application/fhir+json',
      'application/fhir+xml',
    ])
    const codes = body.rest[0].interaction.map((i: any) => i.code).sort()
    assert.deepEqual(codes, ['batch', 'history-system', 'search-system', 'transaction'])
  })

  it('lists every resource type, each with every search parameter and operation', async () => {
    const { context } = server()
    const [rest] = (await statement()).rest
    assert.deepEqual(
      rest.resource.map((r: any) => r.type),
      context.definitions.resourceTypes,
    )
    for (const resource of rest.resource) {
      const names = resource.searchParam.map((p: any) => p.name)
      assert.deepEqual(names, [...context.parameters.forType(resource.type).keys()])
      assert.equal(new Set(names).size, names.length)
      for (const operation of operations)
        if (
          operation.levels.some((level) => level !== 'system') &&
          (operation.type === undefined || operation.type === resource.type)
        )
          assert.ok(resource.operation.some((o: any) => o.name === operation.name))
    }
  })

  it('promises no search parameter, include or operation that does not work', async () => {
    const { context } = server()
    const [rest] = (await statement()).rest
    for (const { type, searchParam, searchInclude, searchRevInclude } of rest.resource) {
      const ask = (name: string, value: string) =>
        context.plan(type, [[name, value]], { strict: true })
      for (const { name } of searchParam) {
        const parameter = context.parameters.forType(type as string).get(name as string)!
        const parts = parameter.composite?.[0]?.parts ?? [parameter]
        ask(name as string, parts.map((part) => VALUES[part.type]).join('$'))
      }
      for (const include of searchInclude) ask('_include', include)
      for (const include of searchRevInclude) ask('_revinclude', include)
    }
    for (const { name } of rest.resource.find((r: any) => r.type === 'Patient').operation) {
      const { status } = await server().send('GET', `/Patient/nobody/$${name}`)
      assert.ok(status === 404 || status === 405, `${name}: ${status}`)
    }
  })

  it('says which modifiers and which parameters of all types there are, and they work', async () => {
    const { context } = server()
    const [rest] = (await statement()).rest
    const ask = (type: string, name: string, value: string) =>
      context.plan(type, [[name, value]], { strict: true })
    assert.deepEqual(
      rest.searchParam.map((p: any) => p.name),
      ['_filter', '_has', '_list'],
    )
    ask('Observation', '_filter', 'code eq x')
    ask('Observation', '_list', 'x')
    ask('Patient', '_has:Observation:patient:code', 'x')
    ask('Observation', 'subject:Patient.organization.partof.name', 'x')
    const given: string = rest.documentation
    const sample: Readonly<Record<string, readonly [type: string, code: string, value: string]>> = {
      token: ['Observation', 'code', 'urn:s|x'],
      string: ['Patient', 'name', 'x'],
      reference: ['Observation', 'subject', 'x'],
      uri: ['ValueSet', 'url', 'urn:x'],
      date: ['Observation', 'date', '2026'],
      number: ['ChargeItem', 'factor-override', '1'],
      quantity: ['Observation', 'value-quantity', '1'],
    }
    let count = 0
    const [, listed = ''] = /type of parameter: (.*); a reference/.exec(given) ?? []
    for (const part of listed.split('; ')) {
      const [kind = '', ...modifiers] = part.split(' ')
      const [type, code, value] = sample[kind]!
      for (const modifier of modifiers) {
        if (modifier === ':of-type') ask('Patient', 'identifier:of-type', 'urn:s|x|1')
        else ask(type, code + modifier, modifier === ':missing' ? 'true' : value)
        count++
      }
    }
    assert.ok(count >= 18, `${count} modifiers in: ${given}`)
  })

  it('has nothing for trial use in the normative statement', async () => {
    const [rest] = (await statement('?mode=normative')).rest
    assert.equal(rest.security, undefined)
    assert.deepEqual(Object.keys(rest.resource[0]).sort(), [
      'interaction',
      'operation',
      'profile',
      'searchParam',
      'type',
    ])
  })

  it('stays compact', async () => {
    const { text } = await server().send('GET', '/metadata')
    assert.ok(text.length < 600_000, `${text.length} characters`)
    assert.ok(gzipSync(text).length < 40_000)
  })

  it('answers HEAD', async () => {
    const { status, text } = await server().send('HEAD', '/metadata')
    assert.deepEqual([status, text], [200, ''])
  })
})

onBothStores(
  'capabilities of a server with other settings',
  (server) => {
    it('follow the settings', async () => {
      const { body } = await server().send('GET', '/metadata')
      const [resource] = body.rest[0].resource
      assert.equal(resource.conditionalDelete, 'multiple')
      assert.ok(resource.referencePolicy.includes('enforced'))
      assert.equal(body.implementation.url, server().base)
    })
  },
  { CONDITIONAL_DELETE: 'multiple', REFERENCES: 'enforce' },
)

onBothStores('links at the base', (server) => {
  it('lead to what is there', async () => {
    const { status, body } = await server().send('GET', '')
    assert.equal(status, 200)
    assert.deepEqual(server().context.validator.validate(body), [])
    const { resourceTypes } = server().context.definitions
    const relations = body.link.map((l: any) => l.relation)
    assert.deepEqual(relations, ['self', 'metadata', 'history', ...resourceTypes])
    for (const { url } of body.link.slice(1, 6))
      assert.equal((await server().send('GET', url as string)).status, 200, url)
  })

  it('give way to a search when there are parameters', async () => {
    const { body } = await server().send('GET', '?_type=Patient')
    assert.equal(body.type, 'searchset')
  })
})
