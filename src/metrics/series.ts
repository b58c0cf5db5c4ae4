// Counters, gauges and histograms, their sum over several processes, and their text for Prometheus.
// https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
// Counting one thing is an addition on an object that the caller keeps: a tenth of a microsecond. Must not take a
// label value from a caller: each value ever seen stays in memory.

/** A label set with its numbers, as text: `{type="Patient"}` → value; histograms have their bucket in it. */
export type Sample = readonly [name: string, value: number]

/** All of one metric in one process; plain data, so that it can be sent to another process. */
export type Family = {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  /** How the values of several processes become one. */
  readonly over: 'sum' | 'max'
  readonly samples: readonly Sample[]
}

export type Snapshot = readonly Family[]

export type Labels = Readonly<Record<string, string>>

/** A number that its owner changes. */
export type Cell = { value: number }

export type Vector<T> = {
  /** The cell of a label set, made when it is new. Keep it: finding it costs more than counting. */
  of(labels: Labels): T
  family(): Family
}

export const counter = (name: string, help: string): Vector<Cell> =>
  vector(name, help, 'counter', () => ({ value: 0 }), scalar)

export const gauge = (name: string, help: string): Vector<Cell> =>
  vector(name, help, 'gauge', () => ({ value: 0 }), scalar)

/** Observations by size: how many were at most each bound, and their sum. */
export type Distribution = {
  /** Observations in each bucket alone, the last one without a bound. */
  readonly counts: number[]
  readonly bounds: readonly number[]
  sum: number
}

export function histogram(
  name: string,
  help: string,
  bounds: readonly number[],
): Vector<Distribution> {
  const make = (): Distribution => ({
    counts: new Array<number>(bounds.length + 1).fill(0),
    bounds,
    sum: 0,
  })
  return vector(name, help, 'histogram', make, (labels, { counts, sum }) => {
    const samples: Sample[] = []
    let count = 0
    for (const [i, n] of counts.entries()) {
      count += n
      const le = i < bounds.length ? String(bounds[i]) : '+Inf'
      samples.push([`${name}_bucket${labelText({ ...labels, le })}`, count])
    }
    const text = labelText(labels)
    return [...samples, [`${name}_sum${text}`, sum], [`${name}_count${text}`, count]]
  })
}

/** Count one observation, in the unit of the bounds. */
export function observe(distribution: Distribution, value: number): void {
  const { bounds, counts } = distribution
  let i = 0
  while (i < bounds.length && value > bounds[i]!) i++
  counts[i]!++
  distribution.sum += value
}

/** A metric that is looked up when it is asked for, such as memory. */
export const measured = (
  name: string,
  help: string,
  value: number,
  {
    labels = {},
    over = 'sum',
    type = 'gauge',
  }: Partial<Pick<Family, 'over' | 'type'>> & {
    readonly labels?: Labels
  } = {},
): Family => ({ name, help, type, over, samples: [[name + labelText(labels), value]] })

function vector<T>(
  name: string,
  help: string,
  type: Family['type'],
  make: () => T,
  samplesOf: (labels: Labels, cell: T, name: string) => readonly Sample[],
): Vector<T> {
  const cells = new Map<string, { readonly labels: Labels; readonly cell: T }>()
  return {
    of: (labels) => {
      const key = labelText(labels)
      let found = cells.get(key)
      if (found === undefined) cells.set(key, (found = { labels, cell: make() }))
      return found.cell
    },
    family: () => ({
      name,
      help,
      type,
      over: 'sum',
      samples: [...cells.values()].flatMap(({ labels, cell }) => samplesOf(labels, cell, name)),
    }),
  }
}

const scalar = (labels: Labels, { value }: Cell, name: string): readonly Sample[] => [
  [name + labelText(labels), value],
]

function labelText(labels: Labels): string {
  const parts = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`)
  return parts.length === 0 ? '' : `{${parts.join(',')}}`
}

const escaped = (value: string): string =>
  value.replace(/[\\"\n]/g, (c) => (c === '\n' ? '\\n' : `\\${c}`))

/** The numbers of several processes as if they were one. */
export function merge(snapshots: readonly Snapshot[]): Snapshot {
  const families = new Map<string, { readonly family: Family; samples: Map<string, number> }>()
  for (const family of snapshots.flat()) {
    let found = families.get(family.name)
    if (found === undefined) families.set(family.name, (found = { family, samples: new Map() }))
    for (const [name, value] of family.samples) {
      const before = found.samples.get(name)
      const both = family.over === 'max' ? Math.max(before ?? value, value) : (before ?? 0) + value
      found.samples.set(name, both)
    }
  }
  return [...families.values()].map(({ family, samples }) => ({ ...family, samples: [...samples] }))
}

/** Text for Prometheus, version 0.0.4. */
export const exposition = (snapshot: Snapshot): string =>
  snapshot
    .filter(({ samples }) => samples.length > 0)
    .map(({ name, help, type, samples }) =>
      [
        `# HELP ${name} ${help}`,
        `# TYPE ${name} ${type}`,
        ...samples.map(([sample, value]) => `${sample} ${value}`),
        '',
      ].join('\n'),
    )
    .join('')

export const EXPOSITION_TYPE = 'text/plain; version=0.0.4; charset=utf-8'
