// Korean family names and how their bearers write them in Latin letters, which no rule tells: 이 is Lee, Yi, I and Rhee.
// Usual spellings as counted in passports (Ministry of Foreign Affairs, 2024) and in lists of family names by prevalence.
// Must not grow rules: those are in hangul.ts and korean.ts.
import { hangulKey, hangulSpellings } from './hangul.ts'
import { latinKey } from './latin.ts'

// Usual spellings before the bar: a prefix of one finds the name. Those behind it do as a whole word only. Among them
// those of Koreans in Central Asia and Russia: Цой, Тен, Тян, Ни.
const TABLE = `
김 kim | gim
이 lee | yi i rhee ri li ree rhie ni
박 park | pak bak
최 choi choe | tsoi choy
정 jung jeong | chung joung chong cheong ten
강 kang | gang kan
조 cho | jo joh
윤 yoon yun | youn
장 jang | chang zang tian
임 lim im | yim rim rhim leem
한 han | hahn
오 oh | o
서 seo | suh so
신 shin | sin sheen
권 kwon | gwon kweon
황 hwang | whang
안 ahn an |
송 song |
류 ryu | yoo yu ryoo
유 yoo yu | you ryu
전 jeon | jun chun chon
홍 hong |
고 ko | go koh
문 moon | mun
양 yang |
손 son | sohn
배 bae | pae
백 baek | paik baik paek pek
허 heo | hur huh
남 nam |
심 shim | sim
노 noh | roh no ro
하 ha | hah
곽 kwak | gwak
성 sung | seong
차 cha |
주 joo ju | choo chu
우 woo | u wu
구 koo | gu ku goo
민 min |
나 na | ra nah rah
진 jin | chin
지 ji | jee chi
엄 um | eom uhm
채 chae |
원 won |
천 cheon | chun
방 bang | pang
공 kong | gong
현 hyun | hyeon
함 ham |
변 byun | byeon
염 yeom | yum
여 yeo |
추 choo chu |
도 do | doh
석 seok | suk
선 sun | seon
설 seol | sul
길 gil | kil
연 yeon | youn
위 wi | wee
표 pyo |
명 myung | myeong
기 ki | gi
반 ban |
금 keum | geum kum
국 kook | guk kuk
황보 hwangbo |
남궁 namgung | namkoong namgoong
제갈 jegal | chegal
선우 sunwoo | seonwoo
사공 sagong | sakong
서문 seomun | seomoon
독고 dokgo | dokko
`

type Surname = {
  readonly hangul: string
  readonly key: string
  readonly usual: readonly string[]
  /** Latin keys of all its spellings. */
  readonly latin: ReadonlySet<string>
}

const SURNAMES = new Map(
  TABLE.trim()
    .split('\n')
    .map((line): [string, Surname] => {
      const [hangul = '', ...words] = line.split(' ')
      const bar = words.indexOf('|')
      const spelled = words.filter((word) => word !== '|' && word !== '')
      const latin = new Set([...spelled.map(latinKey), ...hangulSpellings(hangul)])
      return [hangul, { hangul, key: hangulKey(hangul), usual: words.slice(0, bar), latin }]
    }),
)

/** Latin keys of a Korean family name; those of the rules when it is none that is known. */
export const surnameSpellings = (hangul: string): readonly string[] => [
  ...(SURNAMES.get(hangul)?.latin ?? hangulSpellings(hangul)),
]

/** Keys of the Hangul family names that a word is a spelling of, or begins a usual one of. */
export function surnameKeys(word: string): readonly string[] {
  const latin = latinKey(word)
  if (word.length < 2 && latin !== 'i' && latin !== 'o') return []
  const found = new Set<string>()
  for (const { key, usual, latin: spellings } of SURNAMES.values())
    if (spellings.has(latin) || usual.some((one) => one.startsWith(word))) found.add(key)
  return [...found]
}

/**
 * Latin keys of the other spellings of a Korean family name: those of Choi for Цой.
 * @param word a usual spelling in Latin letters, or the key of one in Cyrillic
 */
export function otherSurnames(word: string, script: 'latin' | 'cyrillic'): readonly string[] {
  const own = latinKey(word)
  const found = new Set<string>()
  for (const { usual, latin } of SURNAMES.values())
    if (script === 'latin' ? usual.includes(word) : latin.has(own))
      for (const key of latin) if (key !== own) found.add(key)
  return [...found]
}

/** A Korean name as family name and given name; undefined when it doesn't begin with a family name that is known. */
export function splitName(hangul: string): readonly [family: string, given: string] | undefined {
  for (const length of [2, 1]) {
    const family = hangul.slice(0, length)
    if (hangul.length > length && SURNAMES.has(family)) return [family, hangul.slice(length)]
  }
  return undefined
}
