// What is measured: the LOINC code and unit in which each country reports it, the digits a laboratory
// writes, and the laboratory's own reference limits (not the bands of the Korean check-up).
// Mass and molar results have different LOINC codes; factors are those of molar masses.

export type Form = {
  loinc: string
  display?: string
  ucum: string
  digits: number
  /** From the figure in the mass unit. */
  factor?: number
  /** Reference limits for men and women. */
  male?: Limits
  female?: Limits
  /** The Korean claims code (HIRA EDI), where it is sure. */
  edi?: [code: string, display: string]
}

export type Limits = [low: number | undefined, high: number | undefined]

export type Analyte = {
  ko: string
  ru: string
  category: 'vital' | 'laboratory' | 'survey' | 'exam'
  mass: Form
  molar?: Form
}

function both(low?: number, high?: number): { male: Limits; female: Limits } {
  return { male: [low, high], female: [low, high] }
}

function inSerum(
  name: string,
  mass: [loinc: string, digits: number, limits: Pick<Form, 'male' | 'female'>],
  molar: [loinc: string, ucum: string, digits: number, limits: Pick<Form, 'male' | 'female'>],
  factor: number,
  after = '',
): Pick<Analyte, 'category' | 'mass' | 'molar'> {
  const display = (kind: string) => `${name} [${kind}/volume] in Serum or Plasma${after}`
  return {
    category: 'laboratory',
    mass: {
      loinc: mass[0],
      display: display('Mass'),
      ucum: 'mg/dL',
      digits: mass[1],
      ...mass[2],
    },
    molar: {
      loinc: molar[0],
      display: display('Moles'),
      ucum: molar[1],
      digits: molar[2],
      factor,
      ...molar[3],
    },
  }
}

function enzyme(loinc: string, name: string, male: Limits, female: Limits) {
  const display = `${name} [Enzymatic activity/volume] in Serum or Plasma`
  return {
    category: 'laboratory',
    mass: { loinc, display, ucum: 'U/L', digits: 0, male, female },
  } as const
}

function vital(loinc: string, display: string, ucum: string, digits: number) {
  return { category: 'vital', mass: { loinc, display, ucum, digits } } as const
}

const byCalculation = ' by calculation'

const table = {
  height: { ko: '신장', ru: 'Рост', ...vital('8302-2', 'Body height', 'cm', 1) },
  weight: { ko: '체중', ru: 'Масса тела', ...vital('29463-7', 'Body weight', 'kg', 1) },
  bmi: {
    ko: '체질량지수',
    ru: 'Индекс массы тела',
    ...vital('39156-5', 'Body mass index (BMI) [Ratio]', 'kg/m2', 1),
  },
  waist: {
    ko: '허리둘레',
    ru: 'Окружность талии',
    ...vital('8280-0', 'Waist Circumference at umbilicus by Tape measure', 'cm', 1),
  },
  heartRate: {
    ko: '심박수',
    ru: 'Частота сердечных сокращений',
    ...vital('8867-4', 'Heart rate', '/min', 0),
  },
  temperature: {
    ko: '체온',
    ru: 'Температура тела',
    ...vital('8310-5', 'Body temperature', 'Cel', 1),
  },
  hemoglobin: {
    ko: '혈색소',
    ru: 'Гемоглобин',
    category: 'laboratory',
    mass: {
      loinc: '718-7',
      display: 'Hemoglobin [Mass/volume] in Blood',
      ucum: 'g/dL',
      digits: 1,
      male: [13, 17],
      female: [12, 16],
      edi: ['D0002050', '일반혈액검사(CBC) 혈색소'],
    },
    molar: {
      loinc: '718-7',
      display: 'Hemoglobin [Mass/volume] in Blood',
      ucum: 'g/L',
      digits: 0,
      factor: 10,
      male: [130, 170],
      female: [120, 150],
    },
  },
  glucose: {
    ko: '공복혈당',
    ru: 'Глюкоза натощак',
    ...inSerum(
      'Fasting glucose',
      ['1558-6', 0, both(70, 99)],
      ['14771-0', 'mmol/L', 2, both(4.1, 6)],
      0.055507,
    ),
  },
  hba1c: {
    ko: '당화혈색소',
    ru: 'Гликированный гемоглобин',
    category: 'laboratory',
    mass: {
      loinc: '4548-4',
      display: 'Hemoglobin A1c/Hemoglobin.total in Blood',
      ucum: '%',
      digits: 1,
      ...both(undefined, 6),
    },
  },
  cholesterol: {
    ko: '총콜레스테롤',
    ru: 'Холестерин общий',
    ...inSerum(
      'Cholesterol',
      ['2093-3', 0, both(undefined, 200)],
      ['14647-2', 'mmol/L', 2, both(undefined, 5.2)],
      0.025863,
    ),
  },
  hdl: {
    ko: 'HDL 콜레스테롤',
    ru: 'Холестерин ЛПВП',
    ...inSerum(
      'Cholesterol in HDL',
      ['2085-9', 0, both(40)],
      ['14646-4', 'mmol/L', 2, { male: [1, undefined], female: [1.2, undefined] }],
      0.025863,
    ),
  },
  ldl: {
    ko: 'LDL 콜레스테롤',
    ru: 'Холестерин ЛПНП',
    ...inSerum(
      'Cholesterol in LDL',
      ['13457-7', 0, both(undefined, 130)],
      ['39469-2', 'mmol/L', 2, both(undefined, 3.4)],
      0.025863,
      byCalculation,
    ),
  },
  triglyceride: {
    ko: '중성지방',
    ru: 'Триглицериды',
    ...inSerum(
      'Triglyceride',
      ['2571-8', 0, both(undefined, 150)],
      ['14927-8', 'mmol/L', 2, both(undefined, 1.7)],
      0.011294,
    ),
  },
  ast: {
    ko: 'AST',
    ru: 'АСТ',
    ...enzyme('1920-8', 'Aspartate aminotransferase', [undefined, 40], [undefined, 40]),
  },
  alt: {
    ko: 'ALT',
    ru: 'АЛТ',
    ...enzyme('1742-6', 'Alanine aminotransferase', [undefined, 41], [undefined, 33]),
  },
  ggt: {
    ko: '감마지티피',
    ru: 'ГГТ',
    ...enzyme('2324-2', 'Gamma glutamyl transferase', [11, 63], [8, 35]),
  },
  creatinine: {
    ko: '혈청크레아티닌',
    ru: 'Креатинин',
    ...inSerum(
      'Creatinine',
      ['2160-0', 2, { male: [0.7, 1.2], female: [0.5, 0.9] }],
      ['14682-9', 'umol/L', 1, { male: [62, 106], female: [44, 80] }],
      88.403338,
    ),
  },
  egfr: {
    ko: '신사구체여과율',
    ru: 'рСКФ (CKD-EPI)',
    category: 'laboratory',
    mass: {
      loinc: '62238-1',
      display:
        'Glomerular filtration rate [Volume Rate/Area] in Serum, Plasma or Blood by Creatinine-based formula (CKD-EPI)/1.73 sq M',
      ucum: 'mL/min/{1.73_m2}',
      digits: 0,
      ...both(60),
    },
  },
  urate: {
    ko: '요산',
    ru: 'Мочевая кислота',
    ...inSerum(
      'Urate',
      ['3084-1', 1, { male: [3.4, 7], female: [2.4, 6] }],
      ['14933-6', 'umol/L', 0, { male: [202, 416], female: [143, 357] }],
      59.484366,
    ),
  },
  phq9: {
    ko: '우울증 선별검사(PHQ-9)',
    ru: 'PHQ-9, сумма баллов',
    category: 'survey',
    mass: {
      loinc: '44261-6',
      display: 'Patient Health Questionnaire 9 item (PHQ-9) total score [Reported]',
      ucum: '{score}',
      digits: 0,
    },
  },
} satisfies Record<string, { category: Analyte['category'] } & Record<string, unknown>>

export type AnalyteKey = keyof typeof table

export const analytes = table as unknown as Record<AnalyteKey, Analyte>

const russianUnits: Record<string, string> = {
  'mm[Hg]': 'мм рт. ст.',
  'mmol/L': 'ммоль/л',
  'umol/L': 'мкмоль/л',
  'g/L': 'г/л',
  'mg/L': 'мг/л',
  'ng/L': 'нг/л',
  'U/L': 'Ед/л',
  'kg/m2': 'кг/м²',
  '/min': 'уд/мин',
  'mL/min/{1.73_m2}': 'мл/мин/1,73 м²',
  '{score}': 'балл',
  cm: 'см',
  kg: 'кг',
  g: 'г',
  Cel: '°C',
  wk: 'нед',
}

const printedUnits: Record<string, string> = {
  'mm[Hg]': 'mmHg',
  'umol/L': 'μmol/L',
  'kg/m2': 'kg/m²',
  'mL/min/{1.73_m2}': 'mL/min/1.73 m²',
  '{score}': '점',
  Cel: '℃',
}

/** The unit as people of that language print it; the UCUM code says what it is. */
export function printedUnit(ucum: string, language: 'ko' | 'ru'): string {
  return (language === 'ru' ? russianUnits : printedUnits)[ucum] ?? ucum
}
