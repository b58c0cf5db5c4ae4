// The figures of a check-up: drawn around what a finding would show, in mass units. Derived ones (BMI,
// LDL after Friedewald, eGFR) follow from the drawn ones, so that a reader can compute them again.

import type { AnalyteKey } from './analyte.ts'
import type { Finding, Person } from './people.ts'
import type { Random } from './random.ts'

export type Figures = Record<AnalyteKey, number> & { systolic: number; diastolic: number }

type Shift = Partial<Record<AnalyteKey | 'systolic' | 'diastolic', number>>

// What a finding adds to the figures of a healthy person, in mass units.
const shifts: Record<Finding, Shift> = {
  healthy: {},
  lipids: { cholesterol: 55, triglyceride: 70, hdl: -8, weight: 6 },
  pressure: { systolic: 28, diastolic: 14, weight: 8, urate: 0.8 },
  diabetes: { glucose: 48, hba1c: 1.9, triglyceride: 60, weight: 10, waist: 4 },
  anaemia: { hemoglobin: -3.2, weight: -4 },
  kidney: { creatinine: 0.62, urate: 1.6, systolic: 14, hemoglobin: -1.1 },
  liver: { ast: 34, alt: 46, ggt: 62, triglyceride: 55, weight: 7 },
  heart: { systolic: 16, cholesterol: 30, weight: 6, heartRate: 8 },
}

/** The figures of a first visit at that age. */
export function draw(one: Person, source: Random, years: number): Figures {
  const man = one.sex === 'male'
  const height = source.around(man ? 175 : 163, 6)
  const shift = shifts[one.finding]
  const about = (key: keyof Shift, mean: number, spread: number): number =>
    source.around(mean, spread) + (shift[key] ?? 0) * source.between(0.85, 1.15)
  const weight = about('weight', 22.6 * (height / 100) ** 2, 5)
  const cholesterol = about('cholesterol', 178, 14)
  const hdl = about('hdl', man ? 52 : 60, 6)
  const triglyceride = about('triglyceride', 96, 22)
  const creatinine = Number(about('creatinine', man ? 0.92 : 0.72, 0.07).toFixed(2))
  return {
    height,
    weight,
    bmi: Number(weight.toFixed(1)) / (Number(height.toFixed(1)) / 100) ** 2,
    waist: about('waist', weight * (man ? 1.12 : 1.16) + 2, 3),
    heartRate: about('heartRate', 70, 6),
    temperature: about('temperature', 36.5, 0.15),
    systolic: about('systolic', 114, 6),
    diastolic: about('diastolic', 73, 4),
    hemoglobin: about('hemoglobin', man ? 15.1 : 13.4, 0.5),
    glucose: about('glucose', 90, 5),
    hba1c: about('hba1c', 5.3, 0.2),
    cholesterol,
    hdl,
    triglyceride,
    creatinine,
    ldl: cholesterol - hdl - triglyceride / 5,
    ast: about('ast', 23, 4),
    alt: about('alt', 21, 5),
    ggt: about('ggt', man ? 28 : 18, 4),
    egfr: ckdEpi(creatinine, one.sex, years),
    urate: about('urate', man ? 5.4 : 4.3, 0.5),
    phq9: source.integer(0, 6),
  }
}

/** CKD-EPI 2009, mL/min/1.73 m², from creatinine in mg/dL. */
function ckdEpi(creatinine: number, sex: Person['sex'], years: number): number {
  const [kappa, alpha, factor] = sex === 'male' ? [0.9, -0.411, 1] : [0.7, -0.329, 1.018]
  const ratio = creatinine / kappa
  return 141 * Math.min(ratio, 1) ** alpha * Math.max(ratio, 1) ** -1.209 * 0.993 ** years * factor
}

// What hardly changes from one day to another; the rest sways by some percent.
const steady = new Set(['weight', 'waist', 'hemoglobin', 'hba1c', 'temperature'])

/** A second visit after a year of treatment: what was off has come a third of the way back. */
export function later(first: Figures, one: Person, source: Random, years: number): Figures {
  const shift = shifts[one.finding]
  const figures = Object.fromEntries(
    Object.entries(first).map(([key, value]) => {
      const back = (shift[key as keyof Shift] ?? 0) / 3
      const sway = steady.has(key) ? 0.012 : 0.06
      return [key, (value - back) * source.between(1 - sway, 1 + sway)]
    }),
  ) as Figures
  figures.height = first.height
  figures.bmi = Number(figures.weight.toFixed(1)) / (Number(first.height.toFixed(1)) / 100) ** 2
  figures.ldl = figures.cholesterol - figures.hdl - figures.triglyceride / 5
  figures.creatinine = Number(figures.creatinine.toFixed(2))
  figures.egfr = ckdEpi(figures.creatinine, one.sex, years)
  figures.phq9 = Math.round(first.phq9 / 2)
  return figures
}
