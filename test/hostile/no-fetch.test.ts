// Nothing that a resource names is fetched: a listener, named in every place that can name one, must hear of nobody.
import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { onBothStores } from '../support/server.ts'
import { soundResource } from '../validation/sound-resource.ts'

onBothStores('fetch', (server) => {
  let listener: Server
  let url = ''
  let heard = 0
  before(async () => {
    listener = createServer((_request, response) => response.end('{}'))
    listener.on('connection', () => heard++)
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
    url = `http://127.0.0.1:${(listener.address() as AddressInfo).port}`
  })
  after(() => void listener.close())

  it('never follows a URL of a resource, a profile, a patch or a search', async () => {
    const { definitions } = server().context
    let stored = 0
    for (const [seed, type] of definitions.resourceTypes.entries()) {
      const resource = named(soundResource(server().context, type, seed), url) as {
        resourceType: string
      }
      const answer = await server().send('POST', `/${type}`, {
        ...resource,
        meta: { profile: [`${url}/StructureDefinition/a`] },
      })
      if (answer.status === 201) stored++
      await server().send('POST', `/${type}/$validate?profile=${url}/a`, resource)
    }
    assert.ok(stored > 100, `${stored} types were stored`)
    const patient = {
      resourceType: 'Patient',
      id: 'p',
      implicitRules: `${url}/rules`,
      meta: { profile: [`${url}/profile`], tag: [{ system: `${url}/system`, code: 'x' }] },
      extension: [{ url: `${url}/extension`, valueUri: `${url}/value` }],
      photo: [{ contentType: 'image/png', url: `${url}/photo` }],
      managingOrganization: { reference: `${url}/fhir/Organization/1` },
      text: {
        status: 'generated',
        div: `<div xmlns="http://www.w3.org/1999/xhtml"><img src="${url}/a.png"/></div>`,
      },
    }
    assert.equal((await server().send('PUT', '/Patient/p', patient)).status, 201)
    const bundle = (type: string) => ({
      resourceType: 'Bundle',
      type,
      entry: [
        {
          fullUrl: `${url}/fhir/Patient/1`,
          resource: {
            ...patient,
            link: [{ other: { reference: `${url}/Patient/2` }, type: 'refer' }],
          },
          request: { method: 'PUT', url: 'Patient/p' },
        },
      ],
    })
    for (const type of ['batch', 'transaction']) await server().send('POST', '/', bundle(type))
    const patch = {
      resourceType: 'Parameters',
      parameter: [
        {
          name: 'operation',
          part: [
            { name: 'type', valueCode: 'delete' },
            { name: 'path', valueString: 'Patient.managingOrganization.resolve().name' },
          ],
        },
      ],
    }
    await server().send('PATCH', '/Patient/p', patch)
    await server().send(
      'POST',
      '/Patient',
      `<!DOCTYPE a SYSTEM "${url}/a.dtd"><Patient xmlns="http://hl7.org/fhir"/>`,
      { 'content-type': 'application/fhir+xml' },
    )
    await server().send(
      'POST',
      '/Patient',
      `<Patient xmlns="http://hl7.org/fhir" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://hl7.org/fhir ${url}/a.xsd"><gender value="male"/></Patient>`,
      { 'content-type': 'application/fhir+xml' },
    )
    for (const query of [
      `organization=${url}/fhir/Organization/1`,
      `_profile=${url}/profile`,
      `_tag:in=${url}/ValueSet/a`,
      `general-practitioner=${url}/Practitioner/1`,
      `_source=${url}`,
      '_include=*',
      `organization.name=x&_has:Observation:subject:code=${url}|x`,
    ])
      await server().send('GET', `/Patient?${query}`)
    await server().send('GET', '/Patient/p?_format=xml')
    await server().send('GET', '/Patient/p/$everything')
    await sleep(200)
    assert.equal(heard, 0)
    await fetch(url)
    assert.equal(heard, 1, 'the listener listens')
  }).timeout(60_000)
})

/** Every text that is a URI there, as a URL of the listener. */
function named(value: unknown, url: string): unknown {
  if (typeof value === 'string')
    return /^(?:https?|urn|mailto):|^[A-Z][a-zA-Z]+\/a\.1/.test(value)
      ? value.replace(/^(?:https?:\/\/[^/]*|urn:[^:]*:|mailto:|(?=[A-Z]))/, `${url}/`)
      : value
  if (Array.isArray(value)) return value.map((item) => named(item, url))
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([k, item]) => [k, named(item, url)]))
  return value
}
