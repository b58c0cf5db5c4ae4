// What is measured in one kind of unit here and in another there: by mass in Korea, by amount in Russia and Kazakhstan.
// Factors are molar masses of https://github.com/LHNCBC/flowsheet-lhc, pairs of LOINC codes those of
// https://github.com/miracum/loinc-conversion; each was computed anew and compared with what is published.
// Must not hold what is not sure: troponins, D-dimer (FEU, DDU) and haemoglobin in moles (monomer or tetramer) are not here.

/** How one country reports it: the LOINC code of that kind of quantity, and the usual unit (UCUM). */
export type Form = { readonly loinc: string; readonly unit: string }

export type Analyte = {
  readonly name: string
  readonly conventional: Form
  readonly si: Form
  /** Value in `si.unit` = value in `conventional.unit` × factor + offset. */
  readonly factor: number
  readonly offset: number
  /** Where the factor comes from, for people. */
  readonly source: string
  /** Under `si.loinc` the conventional unit means something else. */
  readonly oneWay?: true
}

const WEIGHTS = 'molecular weights of NLM (LHNCBC/flowsheet-lhc)'

type Pair = readonly [
  name: string,
  mass: string,
  molar: string,
  molarUnit?: string,
  massUnit?: string,
]

/** Pairs of LOINC codes that one molar mass (g/mol) joins. */
const amounts = (mass: number, source: string, ...pairs: readonly Pair[]): Analyte[] =>
  pairs.map(([name, massCode, molarCode, molarUnit = 'mmol/L', massUnit = 'mg/dL']) => ({
    name,
    conventional: { loinc: massCode, unit: massUnit },
    si: { loinc: molarCode, unit: molarUnit },
    // mg/dL → mmol/L and µg/dL → µmol/L: ×10 for the litre.
    factor: (10 / mass) * (molarUnit === 'umol/L' && massUnit === 'mg/dL' ? 1000 : 1),
    offset: 0,
    source: `molar mass ${mass} g/mol: ${source}`,
  }))

export const ANALYTES: readonly Analyte[] = [
  ...amounts(
    180.156,
    WEIGHTS,
    ['glucose', '2345-7', '14749-6'],
    ['fasting glucose', '1558-6', '14771-0'],
    ['glucose at the point of care', '41653-7', '14743-9'],
  ),
  ...amounts(
    386.6535,
    WEIGHTS,
    ['cholesterol', '2093-3', '14647-2'],
    ['HDL cholesterol', '2085-9', '14646-4'],
    ['LDL cholesterol, calculated', '13457-7', '39469-2'],
    ['LDL cholesterol, direct', '18262-6', '69419-0'],
  ),
  ...amounts(
    885.4,
    'mean of triglycerides by convention (triolein); published factor 88.5 (miracum/loinc-conversion)',
    ['triglyceride', '2571-8', '14927-8'],
  ),
  ...amounts(
    113.1179,
    WEIGHTS,
    ['creatinine', '2160-0', '14682-9', 'umol/L'],
    ['creatinine in urine', '2161-8', '14683-7'],
  ),
  ...amounts(60.055, WEIGHTS, ['urea', '3091-6', '22664-7']),
  ...amounts(28.0134, `${WEIGHTS}, two atoms of nitrogen`, ['urea nitrogen', '3094-0', '14937-7']),
  ...amounts(
    584.6621,
    WEIGHTS,
    ['bilirubin', '1975-2', '14631-6', 'umol/L'],
    ['direct bilirubin', '1968-7', '14629-0', 'umol/L'],
  ),
  ...amounts(168.1114, WEIGHTS, ['urate', '3084-1', '14933-6', 'umol/L']),
  ...amounts(40.078, WEIGHTS, ['calcium', '17861-6', '2000-8']),
  ...amounts(55.845, WEIGHTS, ['iron', '2498-4', '14798-3', 'umol/L', 'ug/dL']),
  {
    name: 'HbA1c',
    conventional: { loinc: '4548-4', unit: '%' },
    si: { loinc: '59261-8', unit: 'mmol/mol' },
    factor: 1 / 0.09148,
    offset: -2.152 / 0.09148,
    source: 'master equation NGSP = 0.09148 × IFCC + 2.152 (ngsp.org, IFCC network)',
    // Per cent there are those of the IFCC, a tenth of its mmol/mol.
    oneWay: true,
  },
  ...['9318-7', '14959-1'].map((loinc): Analyte => ({
    name: 'albumin/creatinine in urine',
    conventional: { loinc, unit: 'mg/g' },
    si: { loinc: '32294-1', unit: 'mg/mmol' },
    factor: 0.1131179,
    offset: 0,
    source: `molar mass of creatinine 113.1179 g/mol: ${WEIGHTS}`,
  })),
  {
    name: 'haemoglobin',
    conventional: { loinc: '718-7', unit: 'g/dL' },
    si: { loinc: '718-7', unit: 'g/L' },
    factor: 10,
    offset: 0,
    source: 'definition of the units (UCUM)',
  },
]

const byLoinc = new Map<string, Analyte>()
for (const analyte of ANALYTES) {
  for (const { loinc } of [analyte.si, analyte.conventional]) {
    if (!byLoinc.has(loinc)) byLoinc.set(loinc, analyte)
  }
}

/** What a LOINC code measures, where it is one of the above. */
export const analyteOf = (loinc: string): Analyte | undefined => byLoinc.get(loinc)
