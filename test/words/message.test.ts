// Every language says the same things, of the same parameters.
import assert from 'node:assert/strict'
import { languageOf, LANGUAGES } from '../../src/words/language.ts'
import { message, textOf, WORDS, type MessageKey } from '../../src/words/message.ts'

const keys = Object.keys(WORDS.en) as MessageKey[]

/** The parameters that a message shows, when all are given; and those it looks at. */
function shownBy(say: (params: never) => string): { shown: string[]; text: string } {
  const asked = new Set<string>()
  const params = new Proxy(
    {},
    {
      get: (_target, name) => {
        asked.add(String(name))
        return `‹${String(name)}›`
      },
    },
  )
  const text = say(params as never)
  for (const name of asked)
    assert.ok(text.includes(`‹${name}›`), `${name} is asked for and shown: ${text}`)
  return { shown: [...asked].sort(), text }
}

describe('messages', () => {
  for (const language of LANGUAGES) {
    it(`say in ${language} what they say in English`, () => {
      assert.deepEqual(Object.keys(WORDS[language]).sort(), [...keys].sort())
      for (const key of keys)
        assert.deepEqual(shownBy(WORDS[language][key]).shown, shownBy(WORDS.en[key]).shown, key)
    })
  }

  it('say it in the script of their language, but for what has no words', () => {
    const script = { en: /[a-z]/i, ko: /\p{Script=Hangul}/u, ru: /[а-яё]/i, kk: /[а-яәғқңөұүһі]/i }
    const wordless = new Set<MessageKey>(['pair', 'form-base64Binary'])
    for (const language of LANGUAGES)
      for (const key of keys)
        if (!wordless.has(key))
          assert.match(shownBy(WORDS[language][key]).text, script[language], `${language} ${key}`)
  })

  it('have the words of their parts in the same language, and the profile behind them', () => {
    const said = message('code', {
      found: message('object'),
      allowed: 'a | b',
      hint: message('meant', { name: 'a' }),
      valueSet: 'http://v',
      profile: 'http://p',
    })
    assert.equal(
      textOf(said, 'ru'),
      'объект: допускается одно из a | b; возможно, имелось в виду «a» (http://v) (профиль http://p)',
    )
    assert.equal(
      textOf(said),
      'an object is not among a | b; did you mean "a"? (http://v) (profile http://p)',
    )
  })
})

describe('the language of a reader', () => {
  const cases: [string | undefined, string][] = [
    [undefined, 'en'],
    ['', 'en'],
    ['ko-KR,ko;q=0.9,en-US;q=0.8', 'ko'],
    ['RU', 'ru'],
    ['de, kk-Cyrl-KZ;q=0.7, ru;q=0.3', 'kk'],
    ['ru;q=0.2, en;q=0.4', 'en'],
    ['ko;q=0, ru;q=0.1', 'ru'],
    ['de', 'en'],
    ['*', 'en'],
    [';;;,q=,\u0000', 'en'],
  ]
  for (const [header, language] of cases)
    it(`${JSON.stringify(header)}: ${language}`, () => assert.equal(languageOf(header), language))
})
