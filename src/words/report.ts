// What a report of a check-up says around its values, in English, Korean, Russian and Kazakh. Names of items, bands and
// units are not here: code systems have them.
// Must not say more than the criteria do: what follows from a band is what the programme tells those whom it examines.
import type { Language } from './language.ts'

export type ReportWords = {
  readonly title: string
  readonly patient: string
  readonly born: string
  readonly sex: string
  readonly visit: string
  readonly centre: string
  readonly issued: string
  readonly item: string
  readonly result: string
  readonly normal: string
  readonly flag: string
  readonly band: string
  readonly before: string
  readonly change: string
  readonly course: string
  readonly conclusion: string
  readonly criteria: string
  readonly preliminary: string
  readonly received: string
  readonly overall: (judgements: string) => string
  readonly nothing: string
  readonly suspected: (items: string) => string
  readonly borderline: (items: string) => string
  readonly notJudged: (items: string) => string
  /** What to do, by the judgement of the whole. */
  readonly advice: Readonly<Record<string, string>>
  /** Why an item isn't judged. */
  readonly reasons: Readonly<Record<string, string>>
  /** Of several values of one item in a visit. */
  readonly repeated: (count: number) => string
}

const en: ReportWords = {
  title: 'Check-up report',
  patient: 'Patient',
  born: 'Date of birth',
  sex: 'Sex',
  visit: 'Date of the visit',
  centre: 'Centre',
  issued: 'Issued',
  item: 'Item',
  result: 'Result',
  normal: 'Normal A',
  flag: 'Flag',
  band: 'Judgement',
  before: 'Visit before',
  change: 'Change',
  course: 'Course',
  conclusion: 'Conclusion',
  criteria: 'Criteria',
  preliminary: 'Made by computation from the results; not yet confirmed by a doctor.',
  received: 'as measured',
  overall: (judgements) => `Overall judgement: ${judgements}.`,
  nothing: 'No result could be judged.',
  suspected: (items) => `Disease suspected: ${items}.`,
  borderline: (items) => `Normal B (borderline): ${items}.`,
  notJudged: (items) => `Not judged: ${items}.`,
  advice: {
    'normal-a': 'No problem was found.',
    'normal-b': 'There is no disease, but look after yourself and take preventive measures.',
    suspected: 'See a doctor for further examination or treatment.',
    'suspected-chronic': 'Have high blood pressure or diabetes confirmed or ruled out.',
  },
  reasons: {
    'no-value': 'there is no value',
    'not-final': 'the result is not final yet',
    'no-unit': 'the unit is missing',
    unit: 'the unit is not known or does not fit',
    sex: 'the sex is not known',
    age: 'the date of birth is not known',
    comparator: 'the value is only bounded',
    outside: 'the criteria have no band for this value',
    result: 'the criteria do not know this result',
    unreadable: 'the film could not be read',
    incomplete: 'one of the two values is missing',
  },
  repeated: (count) => `Measured ${String(count)} times in this visit; the last value counts.`,
}

const ko: ReportWords = {
  title: '건강검진 결과통보서',
  patient: '수검자',
  born: '생년월일',
  sex: '성별',
  visit: '검진일',
  centre: '검진기관',
  issued: '발행일',
  item: '검사항목',
  result: '결과',
  normal: '정상A 기준',
  flag: '참고치 대비',
  band: '판정',
  before: '이전 검진',
  change: '변화',
  course: '추이',
  conclusion: '종합소견',
  criteria: '판정기준',
  preliminary: '검사 결과로 자동 산출된 내용이며, 아직 의사가 확인하지 않았습니다.',
  received: '측정값',
  overall: (judgements) => `종합판정: ${judgements}.`,
  nothing: '판정할 수 있는 결과가 없습니다.',
  suspected: (items) => `질환의심: ${items}.`,
  borderline: (items) => `정상B(경계): ${items}.`,
  notJudged: (items) => `판정 제외: ${items}.`,
  advice: {
    'normal-a': '건강상 특별한 문제가 발견되지 않았습니다.',
    'normal-b': '건강에 이상은 없으나 자기관리와 예방조치가 필요합니다.',
    suspected: '추가 검사나 치료를 위해 진료를 받으시기 바랍니다.',
    'suspected-chronic': '고혈압 또는 당뇨병 확진검사를 받으시기 바랍니다.',
  },
  reasons: {
    'no-value': '결과값 없음',
    'not-final': '결과가 아직 확정되지 않음',
    'no-unit': '단위 없음',
    unit: '알 수 없거나 맞지 않는 단위',
    sex: '성별을 알 수 없음',
    age: '생년월일을 알 수 없음',
    comparator: '값의 범위만 알려짐',
    outside: '판정기준에 해당 구간 없음',
    result: '판정기준에 없는 결과',
    unreadable: '사진불량',
    incomplete: '두 값 중 하나가 없음',
  },
  repeated: (count) => `이번 검진에서 ${String(count)}회 측정하였으며 마지막 값을 사용합니다.`,
}

const ru: ReportWords = {
  title: 'Заключение по результатам чек-апа',
  patient: 'Пациент',
  born: 'Дата рождения',
  sex: 'Пол',
  visit: 'Дата визита',
  centre: 'Центр',
  issued: 'Дата выдачи',
  item: 'Показатель',
  result: 'Результат',
  normal: 'Норма A',
  flag: 'Отклонение',
  band: 'Оценка',
  before: 'Прошлый визит',
  change: 'Изменение',
  course: 'Динамика',
  conclusion: 'Заключение',
  criteria: 'Критерии',
  preliminary: 'Рассчитано автоматически по результатам; врачом ещё не подтверждено.',
  received: 'измерено',
  overall: (judgements) => `Общая оценка: ${judgements}.`,
  nothing: 'Ни один результат не удалось оценить.',
  suspected: (items) => `Подозрение на заболевание: ${items}.`,
  borderline: (items) => `Норма B (пограничное значение): ${items}.`,
  notJudged: (items) => `Не оценено: ${items}.`,
  advice: {
    'normal-a': 'Отклонений не выявлено.',
    'normal-b': 'Заболевания нет, но рекомендуются самоконтроль и профилактика.',
    suspected: 'Обратитесь к врачу для дообследования или лечения.',
    'suspected-chronic':
      'Пройдите обследование, чтобы подтвердить или исключить гипертонию или диабет.',
  },
  reasons: {
    'no-value': 'нет значения',
    'not-final': 'результат ещё не окончательный',
    'no-unit': 'не указана единица измерения',
    unit: 'единица измерения неизвестна или не подходит',
    sex: 'пол неизвестен',
    age: 'дата рождения неизвестна',
    comparator: 'известна только граница значения',
    outside: 'в критериях нет оценки для этого значения',
    result: 'критерии не знают такого результата',
    unreadable: 'снимок непригоден для оценки',
    incomplete: 'нет одного из двух значений',
  },
  repeated: (count) => `Число измерений за визит: ${String(count)}; учтено последнее.`,
}

const kk: ReportWords = {
  title: 'Чек-ап нәтижелері бойынша қорытынды',
  patient: 'Пациент',
  born: 'Туған күні',
  sex: 'Жынысы',
  visit: 'Келген күні',
  centre: 'Орталық',
  issued: 'Берілген күні',
  item: 'Көрсеткіш',
  result: 'Нәтиже',
  normal: 'Қалыпты A',
  flag: 'Ауытқу',
  band: 'Бағалау',
  before: 'Алдыңғы келу',
  change: 'Өзгеріс',
  course: 'Динамика',
  conclusion: 'Қорытынды',
  criteria: 'Критерийлер',
  preliminary: 'Нәтижелер бойынша автоматты түрде есептелді; дәрігер әлі растаған жоқ.',
  received: 'өлшенген',
  overall: (judgements) => `Жалпы бағалау: ${judgements}.`,
  nothing: 'Бірде-бір нәтижені бағалау мүмкін болмады.',
  suspected: (items) => `Ауруға күдік: ${items}.`,
  borderline: (items) => `Қалыпты B (шекаралық мән): ${items}.`,
  notJudged: (items) => `Бағаланбаған: ${items}.`,
  advice: {
    'normal-a': 'Ауытқулар анықталған жоқ.',
    'normal-b': 'Ауру жоқ, бірақ денсаулықты бақылау және алдын алу шаралары ұсынылады.',
    suspected: 'Қосымша тексерілу немесе емделу үшін дәрігерге қаралыңыз.',
    'suspected-chronic': 'Гипертонияны немесе диабетті растау не жоққа шығару үшін тексеріліңіз.',
  },
  reasons: {
    'no-value': 'мәні жоқ',
    'not-final': 'нәтиже әлі түпкілікті емес',
    'no-unit': 'өлшем бірлігі көрсетілмеген',
    unit: 'өлшем бірлігі белгісіз немесе сәйкес емес',
    sex: 'жынысы белгісіз',
    age: 'туған күні белгісіз',
    comparator: 'мәннің тек шегі белгілі',
    outside: 'критерийлерде бұл мәнге баға жоқ',
    result: 'критерийлер бұл нәтижені білмейді',
    unreadable: 'сурет бағалауға жарамсыз',
    incomplete: 'екі мәннің бірі жоқ',
  },
  repeated: (count) => `Осы келгендегі өлшеу саны: ${String(count)}; соңғысы есепке алынды.`,
}

export const REPORT_WORDS: Readonly<Record<Language, ReportWords>> = { en, ko, ru, kk }
