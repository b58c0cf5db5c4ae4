// Names of codes in the reader's language, also of systems whose codes aren't here; what is stored stays as it is.
import assert from 'node:assert/strict'
import { onBothStores } from '../support/server.ts'

const OWN = 'http://ieum.example/fhir'

/** By language: haemoglobin, and what the national programme calls HDL cholesterol. */
const NAMES: Record<string, [string, string]> = {
  en: ['Hemoglobin [Mass/volume] in Blood', 'HDL cholesterol'],
  ko: ['혈색소', 'HDL콜레스테롤'],
  ru: ['Гемоглобин', 'Холестерин ЛПВП'],
  kk: ['Гемоглобин', 'ТЖЛП холестерині'],
}

onBothStores('names in four languages', (server) => {
  const get = (path: string, language?: string) =>
    server().send(
      'GET',
      path,
      undefined,
      language === undefined ? {} : { 'accept-language': language },
    )
  const valueOf = (body: any, name: string): unknown => {
    const found = body.parameter.find((p: any) => p.name === name)
    return found && Object.entries(found).find(([key]) => key.startsWith('value'))?.[1]
  }

  for (const [language, [haemoglobin, hdl]] of Object.entries(NAMES))
    it(`names codes in ${language}, by displayLanguage and by Accept-Language`, async () => {
      const lookup = '/CodeSystem/$lookup?system=http://loinc.org&code=718-7'
      const judge = '/CodeSystem/$validate-code?url=http://loinc.org&code=718-7'
      const item = `/CodeSystem/$lookup?system=${OWN}/CodeSystem/checkup-item&code=hdl`
      const expand = `/ValueSet/$expand?url=${OWN}/ValueSet/checkup-observations`
      const translate = `/ConceptMap/$translate?url=${OWN}/ConceptMap/checkup-item-to-loinc&system=${OWN}/CodeSystem/checkup-item&code=hemoglobin`
      for (const ask of [
        (path: string) => get(`${path}&displayLanguage=${language}`, 'de'),
        (path: string) => get(path, `fr, ${language};q=0.5`),
      ]) {
        assert.equal(valueOf((await ask(lookup)).body, 'display'), haemoglobin)
        assert.equal(valueOf((await ask(judge)).body, 'display'), haemoglobin)
        assert.equal(valueOf((await ask(item)).body, 'display'), hdl)
        const { contains } = (await ask(expand)).body.expansion
        const expanded = contains.find((one: any) => one.code === '718-7')
        assert.equal(expanded.display, haemoglobin)
        const { parameter } = (await ask(translate)).body
        const match = parameter.find((p: any) => p.name === 'match')
        const concept = match.part.find((p: any) => p.name === 'concept').valueCoding
        assert.deepEqual(concept, {
          system: 'http://loinc.org',
          code: '718-7',
          display: haemoglobin,
        })
      }
    })

  it('gives all names of a code when it is looked up, and none of one that nobody names', async () => {
    const { body } = await get('/CodeSystem/$lookup?system=http://snomed.info/sct&code=260385009')
    assert.equal(valueOf(body, 'display'), 'Negative')
    const languages = body.parameter
      .filter((p: any) => p.name === 'designation')
      .map((p: any) => p.part[0].valueCode)
    assert.deepEqual(languages, ['en', 'ko', 'ru', 'kk'])
    const unknown = await get('/CodeSystem/$lookup?system=http://loinc.org&code=1-8')
    assert.equal(unknown.status, 404)
  })

  it('lets a stored code system of the same URL go before the guide', async () => {
    const url = `${OWN}/CodeSystem/gender-names`
    const own = {
      resourceType: 'CodeSystem',
      id: 'own',
      url,
      status: 'active',
      content: 'supplement',
      supplements: 'http://hl7.org/fhir/administrative-gender',
      concept: [{ code: 'male', designation: [{ language: 'ru', value: 'муж.' }] }],
    }
    const lookup = '/CodeSystem/$lookup?system=http://hl7.org/fhir/administrative-gender&code=male'
    assert.equal(valueOf((await get(lookup, 'ru')).body, 'display'), 'мужской')
    assert.equal((await server().send('PUT', '/CodeSystem/own', own)).status, 201)
    assert.equal(valueOf((await get(lookup, 'ru')).body, 'display'), 'муж.')
  })

  it('alters no resource, whatever language its reader wants', async () => {
    const text =
      '{"resourceType":"Observation","id":"one","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"718-7","display":"Hemoglobin"}],"text":"Hb"},"valueQuantity":{"value":14.30,"unit":"g/dL"}}'
    assert.equal((await server().send('PUT', '/Observation/one', text)).status, 201)
    const plain = (await get('/Observation/one')).text
    assert.match(plain, /"display":"Hemoglobin"\}\],"text":"Hb"\},"valueQuantity":\{"value":14\.30/)
    for (const language of Object.keys(NAMES)) {
      assert.equal((await get('/Observation/one', language)).text, plain)
      const found = await get('/Observation?code=718-7', language)
      assert.ok(found.text.includes(plain))
    }
  })
})
