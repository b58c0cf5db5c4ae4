// The figures of searches over stores of several sizes as a table: F by size, beside the goals of the largest.
// Must not round away a miss: a figure over its goal is marked.
import type { Measured } from './drive.ts'
import type { Phase } from './search-phases.ts'
import { layout } from './table.ts'

export type Row = {
  readonly patients: number
  readonly phase: Pick<Phase, 'name' | 'goal' | 'against'>
  readonly measured: Measured
}

/** The slowest hundredth may take so many times the median. */
const SPREAD = 4

/** @param floors F as it was measured before and after, in milliseconds */
export function searchTable(rows: readonly Row[], floors: readonly number[]): string {
  const f = floors.reduce((sum, x) => sum + x, 0) / floors.length
  const sizes = [...new Set(rows.map(({ patients }) => patients))]
  const largest = Math.max(...sizes)
  const at = (name: string, patients: number): Measured | undefined =>
    rows.find((r) => r.phase.name === name && r.patients === patients)?.measured
  const lines = rows
    .filter(({ patients }) => patients === largest)
    .map(({ phase, measured }) => {
      const { p50, p99 } = measured
      return [
        phase.name,
        ...sizes.map((patients) => inF(at(phase.name, patients), f)),
        goalOf(phase, measured, f, (name) => at(name, largest)),
        p50.toFixed(1),
        `${p99.toFixed(1)}${p99 > SPREAD * p50 ? ' missed' : ''}`,
        String(measured.errors),
      ]
    })
  const head = ['phase', ...sizes.map((n) => `F at ${n}`), 'goal', 'p50 ms', 'p99 ms', 'errors']
  const failed = rows.filter(({ measured }) => measured.errors > 0)
  return [
    `F = ${f.toFixed(4)} ms (${floors.map((x) => x.toFixed(4)).join(' before, ')} after)`,
    '',
    layout([head, ...lines]),
    ...failed.map(({ phase, measured }) => `${phase.name}: ${measured.firstError ?? '?'}`),
  ].join('\n')
}

const inF = (measured: Measured | undefined, f: number): string =>
  measured === undefined ? '' : (measured.cpuMs / f).toFixed(1)

function goalOf(
  { goal, against }: Row['phase'],
  { cpuMs }: Measured,
  f: number,
  at: (name: string) => Measured | undefined,
): string {
  const other = against && at(against.phase)
  if (against !== undefined && other !== undefined) {
    const most = (other.cpuMs * against.most) / f
    return `${most.toFixed(1)}${cpuMs / f > most ? ' missed' : ''}`
  }
  return goal === undefined ? '' : `${goal}${cpuMs / f > goal ? ' missed' : ''}`
}
