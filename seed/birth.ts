// The three births of the demonstration: one at term, and twins six weeks early.

export type Birth = {
  id: string
  mother: string
  born: string
  multiple?: number
  weeks: number
  grams: number
  length: number
  head: number
  apgar: [one: number, five: number]
  /** Total bilirubin in µmol/L and the hours after birth. */
  bilirubin: [hours: number, value: number][]
}

export const births: Birth[] = [
  {
    id: 'serikov-arlan',
    mother: 'serikova-aliia',
    born: '2025-03-11T04:35:00+05:00',
    weeks: 39,
    grams: 3420,
    length: 51.5,
    head: 34.8,
    apgar: [8, 9],
    bilirubin: [
      [24, 72.4],
      [48, 118.0],
      [72, 139.6],
      [120, 104.2],
    ],
  },
  {
    id: 'utegenov-dias',
    mother: 'utegenova-zarina',
    born: '2025-05-02T13:08:00+05:00',
    multiple: 1,
    weeks: 34,
    grams: 2080,
    length: 44.0,
    head: 31.2,
    apgar: [7, 8],
    bilirubin: [
      [12, 96.5],
      [24, 148.2],
      [48, 214.7],
      [60, 228.3],
      [84, 187.0],
      [120, 131.9],
    ],
  },
  {
    id: 'utegenova-dina',
    mother: 'utegenova-zarina',
    born: '2025-05-02T13:21:00+05:00',
    multiple: 2,
    weeks: 34,
    grams: 1890,
    length: 42.5,
    head: 30.6,
    apgar: [6, 8],
    bilirubin: [
      [12, 88.0],
      [24, 131.4],
      [48, 189.9],
      [72, 203.6],
      [96, 171.3],
      [144, 110.5],
    ],
  },
]

export function motherOf(child: string): string {
  const birth = births.find((one) => one.id === child)
  if (birth === undefined) throw new Error(`No birth of ${child}`)
  return birth.mother
}
