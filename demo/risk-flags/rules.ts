// The algorithm: how many results of a check-up are where the Korean national programme says "disease suspected".
// 건강검진 실시기준, annex 4 (criteria of each item), from a secondary copy whose edition isn't dated; units by molar masses.
// Must not say more than that. It is a demonstration of how a program takes part, and no medical device.

export type Json = Record<string, any>

/** A result beyond its threshold. */
export type Crossed = { readonly item: string; readonly found: string; readonly limit: string }

export type Verdict = {
  readonly crossed: readonly Crossed[]
  /** References of the results that were looked at. */
  readonly from: readonly string[]
}

type Item = {
  readonly item: string
  /** LOINC codes, with what a value in the unit of the code is multiplied by to be in the threshold's. */
  readonly codes: Readonly<Record<string, number>>
  readonly limit: string
  readonly isCrossed: (value: number) => boolean
}

const CHOLESTEROL = 38.66535

const ITEMS: readonly Item[] = [
  {
    ...{ item: 'Systolic blood pressure', limit: '140 mm[Hg] or more' },
    ...{ codes: { '8480-6': 1 }, isCrossed: (value) => value >= 140 },
  },
  {
    ...{ item: 'Diastolic blood pressure', limit: '90 mm[Hg] or more' },
    ...{ codes: { '8462-4': 1 }, isCrossed: (value) => value >= 90 },
  },
  {
    ...{ item: 'Fasting glucose', limit: '126 mg/dL or more' },
    ...{ codes: { '1558-6': 1, '14771-0': 18.0156 }, isCrossed: (value) => value >= 126 },
  },
  {
    ...{ item: 'Total cholesterol', limit: '240 mg/dL or more' },
    ...{ codes: { '2093-3': 1, '14647-2': CHOLESTEROL }, isCrossed: (value) => value >= 240 },
  },
  {
    ...{ item: 'HDL cholesterol', limit: 'less than 40 mg/dL' },
    ...{ codes: { '2085-9': 1, '14646-4': CHOLESTEROL }, isCrossed: (value) => value < 40 },
  },
  {
    ...{ item: 'LDL cholesterol', limit: '160 mg/dL or more' },
    codes: { '13457-7': 1, '18262-6': 1, '39469-2': CHOLESTEROL, '69419-0': CHOLESTEROL },
    isCrossed: (value) => value >= 160,
  },
  {
    ...{ item: 'Triglycerides', limit: '200 mg/dL or more' },
    ...{ codes: { '2571-8': 1, '14927-8': 88.5 }, isCrossed: (value) => value >= 200 },
  },
]

const PRESSURE = '85354-9'

/** Codes of the Observations that are looked at. */
export const CODES: readonly string[] = [
  PRESSURE,
  ...ITEMS.flatMap(({ codes }) => Object.keys(codes)).filter((code) => !code.startsWith('84')),
]

/** What the results of one visit come to. */
export function flagsOf(observations: readonly Json[]): Verdict {
  const crossed: Crossed[] = []
  const from: string[] = []
  for (const observation of observations) {
    const parts = [observation, ...((observation.component ?? []) as Json[])]
    let isUsed = false
    for (const { code, valueQuantity } of parts) {
      const loinc = codeOf(code as Json | undefined)
      const item = ITEMS.find(({ codes }) => loinc !== undefined && loinc in codes)
      if (item === undefined || typeof valueQuantity?.value !== 'number') continue
      isUsed = true
      const value = valueQuantity.value * item.codes[loinc!]!
      if (!item.isCrossed(Math.round(value * 10) / 10)) continue
      const found = `${String(valueQuantity.value)} ${String(valueQuantity.unit ?? valueQuantity.code)}`
      crossed.push({ item: item.item, found, limit: item.limit })
    }
    if (isUsed) from.push(`Observation/${observation.id as string}`)
  }
  return { crossed, from: from.sort() }
}

const codeOf = (code: Json | undefined): string | undefined =>
  ((code?.coding ?? []) as Json[]).find(({ system }) => system === 'http://loinc.org')?.code
