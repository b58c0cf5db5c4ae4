// What a patient summary says in its own words: titles of its sections, heads of its tables, and that there is nothing to say.
// https://hl7.org/fhir/uv/ips/STU2
// Must not translate what a record says: that is shown as it is, beside the name of its code.
import type { Language } from './language.ts'

export type SummaryWord =
  | 'title'
  | 'problems'
  | 'past-problems'
  | 'allergies'
  | 'medications'
  | 'immunizations'
  | 'results'
  | 'procedures'
  | 'devices'
  | 'vital-signs'
  | 'social-history'
  | 'pregnancy'
  | 'alerts'
  | 'plan-of-care'
  | 'advance-directives'
  | 'none'
  | 'more'
  | 'what'
  | 'says'
  | 'when'
  | 'born'
  | 'male'
  | 'female'
  | 'other'
  | 'unknown'
  | 'made'
  | 'no-value'

const EN: Readonly<Record<SummaryWord, string>> = {
  title: 'International patient summary',
  problems: 'Problems',
  'past-problems': 'Past problems',
  allergies: 'Allergies and intolerances',
  medications: 'Medication summary',
  immunizations: 'Immunizations',
  results: 'Results',
  procedures: 'Procedures',
  devices: 'Medical devices',
  'vital-signs': 'Vital signs',
  'social-history': 'Social history',
  pregnancy: 'Pregnancy',
  alerts: 'Alerts',
  'plan-of-care': 'Plan of care',
  'advance-directives': 'Advance directives',
  none: 'There is no information on this here.',
  more: 'There is more than is shown here.',
  what: 'What',
  says: 'Details',
  when: 'When',
  born: 'born',
  male: 'male',
  female: 'female',
  other: 'other',
  unknown: 'unknown',
  made: 'Put together on',
  'no-value': 'no value',
}

const KO: Readonly<Record<SummaryWord, string>> = {
  title: '국제 환자 요약',
  problems: '문제 목록',
  'past-problems': '과거 병력',
  allergies: '알레르기 및 과민반응',
  medications: '약물 요약',
  immunizations: '예방접종',
  results: '검사 결과',
  procedures: '수술 및 처치',
  devices: '의료기기',
  'vital-signs': '활력징후',
  'social-history': '사회력',
  pregnancy: '임신력',
  alerts: '주의 사항',
  'plan-of-care': '치료 계획',
  'advance-directives': '사전의료의향',
  none: '이 항목에 대한 정보가 없습니다.',
  more: '여기에 표시된 것 외에 더 있습니다.',
  what: '항목',
  says: '내용',
  when: '일자',
  born: '생년월일',
  male: '남성',
  female: '여성',
  other: '기타',
  unknown: '미상',
  made: '작성일',
  'no-value': '값 없음',
}

const RU: Readonly<Record<SummaryWord, string>> = {
  title: 'Международная сводка о пациенте',
  problems: 'Заболевания и проблемы',
  'past-problems': 'Перенесённые заболевания',
  allergies: 'Аллергии и непереносимость',
  medications: 'Лекарственные назначения',
  immunizations: 'Прививки',
  results: 'Результаты исследований',
  procedures: 'Операции и процедуры',
  devices: 'Медицинские изделия',
  'vital-signs': 'Показатели жизнедеятельности',
  'social-history': 'Социальный анамнез',
  pregnancy: 'Беременность',
  alerts: 'Предупреждения',
  'plan-of-care': 'План лечения',
  'advance-directives': 'Предварительные распоряжения',
  none: 'Сведений об этом здесь нет.',
  more: 'Здесь показано не всё.',
  what: 'Что',
  says: 'Подробности',
  when: 'Когда',
  born: 'дата рождения',
  male: 'мужской пол',
  female: 'женский пол',
  other: 'другой пол',
  unknown: 'пол неизвестен',
  made: 'Составлено',
  'no-value': 'нет значения',
}

const KK: Readonly<Record<SummaryWord, string>> = {
  title: 'Пациент туралы халықаралық қысқаша мәлімет',
  problems: 'Аурулар мен шағымдар',
  'past-problems': 'Бұрынғы аурулар',
  allergies: 'Аллергия және жақпаушылық',
  medications: 'Дәрі-дәрмектер',
  immunizations: 'Екпелер',
  results: 'Зерттеу нәтижелері',
  procedures: 'Оталар мен емшаралар',
  devices: 'Медициналық бұйымдар',
  'vital-signs': 'Тіршілік көрсеткіштері',
  'social-history': 'Әлеуметтік анамнез',
  pregnancy: 'Жүктілік',
  alerts: 'Ескертулер',
  'plan-of-care': 'Емдеу жоспары',
  'advance-directives': 'Алдын ала өкімдер',
  none: 'Бұл туралы мәлімет мұнда жоқ.',
  more: 'Мұнда бәрі көрсетілмеген.',
  what: 'Не',
  says: 'Толығырақ',
  when: 'Қашан',
  born: 'туған күні',
  male: 'ер',
  female: 'әйел',
  other: 'басқа',
  unknown: 'белгісіз',
  made: 'Жасалған күні',
  'no-value': 'мәні жоқ',
}

export const SUMMARY_WORDS: Readonly<Record<Language, Readonly<Record<SummaryWord, string>>>> = {
  en: EN,
  ko: KO,
  ru: RU,
  kk: KK,
}
