// The words of a lasting record in two languages, with their codes: ICD-10 for problems, ATC for
// medicines and vaccines, KR Core's vaccine types.

import type { AllergyIntolerance } from 'fhir/r4.js'

export const problems = {
  I10: { ko: '본태성 고혈압', ru: 'Эссенциальная гипертензия' },
  'E11.9': { ko: '합병증을 동반하지 않은 2형 당뇨병', ru: 'Сахарный диабет 2 типа без осложнений' },
  'E78.5': { ko: '상세불명의 고지질혈증', ru: 'Гиперлипидемия неуточнённая' },
  'I50.9': { ko: '상세불명의 심부전', ru: 'Сердечная недостаточность неуточнённая' },
  'I25.1': { ko: '죽상경화성 심장병', ru: 'Атеросклеротическая болезнь сердца' },
  'N18.3': { ko: '만성 신장병(3기)', ru: 'Хроническая болезнь почек, стадия 3' },
  'D50.9': { ko: '상세불명의 철결핍빈혈', ru: 'Железодефицитная анемия неуточнённая' },
  'K76.0': { ko: '지방간', ru: 'Жировая дегенерация печени' },
  'J45.9': { ko: '상세불명의 천식', ru: 'Астма неуточнённая' },
} as const

export const problemDisplays: Record<keyof typeof problems, string> = {
  I10: 'Essential (primary) hypertension',
  'E11.9': 'Type 2 diabetes mellitus without complications',
  'E78.5': 'Hyperlipidaemia, unspecified',
  'I50.9': 'Heart failure, unspecified',
  'I25.1': 'Atherosclerotic heart disease',
  'N18.3': 'Chronic kidney disease, stage 3',
  'D50.9': 'Iron deficiency anaemia, unspecified',
  'K76.0': 'Fatty (change of) liver, not elsewhere classified',
  'J45.9': 'Asthma, unspecified',
}

// Codes that KCD-8, made from ICD-10, keeps with the same meaning and no finer division.
export const inKcd: (keyof typeof problems)[] = ['E11.9', 'E78.5', 'J45.9', 'K76.0']

export const medicines = {
  amlodipine: { atc: 'C08CA01', ko: '암로디핀', ru: 'Амлодипин', dose: 5, digits: 0, a: 1 },
  losartan: { atc: 'C09CA01', ko: '로사르탄', ru: 'Лозартан', dose: 50, digits: 0, a: 1 },
  bisoprolol: { atc: 'C07AB07', ko: '비소프롤롤', ru: 'Бисопролол', dose: 2.5, digits: 1, a: 1 },
  metformin: { atc: 'A10BA02', ko: '메트포르민', ru: 'Метформин', dose: 500, digits: 0, a: 2 },
  atorvastatin: {
    atc: 'C10AA05',
    ko: '아토르바스타틴',
    ru: 'Аторвастатин',
    dose: 20,
    digits: 0,
    a: 1,
  },
  furosemide: { atc: 'C03CA01', ko: '푸로세미드', ru: 'Фуросемид', dose: 40, digits: 0, a: 1 },
  aspirin: {
    atc: 'B01AC06',
    ko: '아세틸살리실산',
    ru: 'Ацетилсалициловая кислота',
    dose: 100,
    digits: 0,
    a: 1,
  },
  salbutamol: { atc: 'R03AC02', ko: '살부타몰', ru: 'Сальбутамол', dose: 0.1, digits: 1, a: 2 },
} as const

export const atcNames: Record<keyof typeof medicines, string> = {
  amlodipine: 'amlodipine',
  losartan: 'losartan',
  bisoprolol: 'bisoprolol',
  metformin: 'metformin',
  atorvastatin: 'atorvastatin',
  furosemide: 'furosemide',
  aspirin: 'acetylsalicylic acid',
  salbutamol: 'salbutamol',
}

export const allergies = {
  penicillin: { category: ['medication'], ko: '페니실린', ru: 'Пенициллин' },
  'iodinated-contrast': {
    category: ['medication'],
    ko: '요오드 조영제',
    ru: 'Йодсодержащий контраст',
  },
  birch: { category: ['environment'], ko: '자작나무 꽃가루', ru: 'Пыльца берёзы' },
  shrimp: { category: ['food'], ko: '새우', ru: 'Креветки' },
} satisfies Record<string, { category: AllergyIntolerance['category']; ko: string; ru: string }>

export const vaccines = {
  influenza: { atc: 'J07BB02', ko: '인플루엔자', ru: 'Грипп', krcore: '13' },
  'hepatitis-b': { atc: 'J07BC01', ko: 'B형간염', ru: 'Гепатит B', krcore: '06' },
  bcg: { atc: 'J07AN01', ko: '결핵', ru: 'Туберкулёз (БЦЖ)', krcore: '05' },
} as const

export const vaccineDisplays: Record<keyof typeof vaccines, string> = {
  influenza: 'influenza, inactivated, split virus or surface antigen',
  'hepatitis-b': 'hepatitis B, purified antigen',
  bcg: 'tuberculosis, live attenuated',
}
