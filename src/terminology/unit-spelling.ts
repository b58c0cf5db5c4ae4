// Units as people write them in the countries of the network, beside UCUM's codes: `мг/дл`, `mmHg`, `°C`, `세`.
// https://ucum.org/ucum (what they mean); the spellings are those of laboratories' reports.
// Must not hold what may mean two things (`K`, `C`, `ft`, `oz`), nor guess by case: `MG` is a megagauss.

const PARTS: Readonly<Record<string, string>> = {
  ...same(
    'g kg mg ug ng pg mol mmol umol nmol pmol L dL mL uL fL l dl ml ul fl cm mm m2 kPa % min h s U',
  ),
  ...{ µg: 'ug', μg: 'ug', mcg: 'ug', µmol: 'umol', μmol: 'umol', µL: 'uL', μL: 'uL', 'm²': 'm2' },
  ...{ г: 'g', кг: 'kg', мг: 'mg', мкг: 'ug', нг: 'ng', пг: 'pg' },
  ...{ моль: 'mol', ммоль: 'mmol', мкмоль: 'umol', нмоль: 'nmol', пмоль: 'pmol' },
  ...{ л: 'L', дл: 'dL', мл: 'mL', мкл: 'uL', фл: 'fL', см: 'cm', мм: 'mm', м2: 'm2', 'м²': 'm2' },
  ...{ сек: 's', мин: 'min', ч: 'h', 분: 'min', 시간: 'h' },
  ...{ Ед: 'U', IU: '[IU]', mIU: 'm[IU]', uIU: 'u[IU]', µIU: 'u[IU]', μIU: 'u[IU]' },
  ...{ МЕ: '[IU]', мМЕ: 'm[IU]', мкМЕ: 'u[IU]' },
  ...{ '10^3': '10*3', '10^6': '10*6', '10^9': '10*9', '10^12': '10*12' },
}

/** Not for use in a fraction. */
const WHOLES: Readonly<Record<string, string>> = {
  ...{
    mmHg: 'mm[Hg]',
    'mm Hg': 'mm[Hg]',
    'мм рт. ст.': 'mm[Hg]',
    'мм рт.ст.': 'mm[Hg]',
    кПа: 'kPa',
  },
  ...{ '°C': 'Cel', ºC: 'Cel', '°F': '[degF]', ºF: '[degF]', '°С': 'Cel' },
  ...{ bpm: '/min', 'beats/min': '/min', 'уд/мин': '/min', 'уд./мин': '/min', '회/분': '/min' },
  ...{ years: 'a', лет: 'a', 세: 'a', months: 'mo', 개월: 'mo', weeks: 'wk', нед: 'wk', days: 'd' },
  ...{ in: '[in_i]', lb: '[lb_av]', lbs: '[lb_av]' },
}

function same(codes: string): Record<string, string> {
  return Object.fromEntries(codes.split(' ').map((code) => [code, code]))
}

const own = (table: Readonly<Record<string, string>>, text: string): string | undefined =>
  Object.hasOwn(table, text) ? table[text] : undefined

const SPELLINGS = [...Object.keys(PARTS), ...Object.keys(WHOLES)]
// Longest fraction of three parts.
const MAX_LENGTH = 3 * Math.max(...SPELLINGS.map((text) => text.length)) + 2

/** The UCUM code that a text surely means; undefined for any other. */
export function spelled(text: string): string | undefined {
  if (text === '' || text.length > MAX_LENGTH) return undefined
  // `℃` is one sign; NFKC would make 2 of ², so that is only done to it.
  const written = text
    .trim()
    .replace('℃', '°C')
    .replace('℉', '°F')
    .normalize('NFC')
    .replace(/\s+/g, ' ')
  const whole = own(WHOLES, written)
  if (whole !== undefined) return whole
  const parts = written.split('/')
  if (parts.length > 3) return undefined
  const codes = parts.map((part, i) =>
    part === '' && i === 0 && parts.length > 1 ? '' : own(PARTS, part),
  )
  return codes.includes(undefined) ? undefined : codes.join('/')
}

/** All that are known, for who checks them against UCUM. */
export const spellings = (): readonly string[] => SPELLINGS
