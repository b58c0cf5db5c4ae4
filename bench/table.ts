// The figures of a run as a table: CPU a request in milliseconds and in F, beside the goal.
// Must not round away a miss: a figure over its goal is marked.

/** A line of floor.mjs or fhirbench.mjs. */
export type Line = {
  readonly phase: string
  readonly server_cpu_ms_per_req?: number
  readonly rps?: number
  readonly p50_ms?: number
  readonly p99_ms?: number
  readonly n?: number
  readonly server_cpu?: number
  readonly errors?: number
  readonly first_error?: string
  readonly rss_mib?: number
  readonly peak_rss_mib?: number
  readonly disk_mib?: number
  readonly resources_per_s?: number
}

/** Goals in F; `validate` has none here, since it only checks structure. */
const GOALS: Readonly<Record<string, number>> = {
  import: 70,
  create: 9,
  read: 2,
  'search-identifier': 3.5,
  'search-obs': 6,
  'search-name': 9,
  'search-include': 8,
  'search-range': 14,
  everything: 10,
  update: 10,
}
const GOAL_MEMORY_MIB = 400

/** F is the mean of the floors before and after. */
export function table(lines: readonly Line[]): string {
  const floors = lines.flatMap((l) =>
    l.phase === 'floor' && l.server_cpu_ms_per_req !== undefined ? [l.server_cpu_ms_per_req] : [],
  )
  const f = floors.reduce((sum, x) => sum + x, 0) / floors.length
  const rows = lines.filter((l) => l.rps !== undefined).map((line) => row(line, f))
  const end = lines.find((l) => l.phase === 'end')
  const failed = lines.filter((l) => (l.errors ?? 0) > 0)
  return [
    `F = ${f.toFixed(4)} ms (${floors.map((x) => x.toFixed(4)).join(' before, ')} after)`,
    '',
    layout([['phase', 'CPU ms', 'F', 'goal', 'rps', 'p50 ms', 'p99 ms', 'errors'], ...rows]),
    '',
    `memory after: ${end?.rss_mib ?? '?'} MiB (peak ${end?.peak_rss_mib ?? '?'}, goal ${GOAL_MEMORY_MIB}); disk: ${end?.disk_mib ?? '?'} MiB`,
    ...failed.map((l) => `${l.phase}: ${l.errors} errors, the first: ${l.first_error ?? '?'}`),
  ].join('\n')
}

function row(line: Line, f: number): readonly string[] {
  const cpu = cpuOf(line)
  const goal = GOALS[line.phase]
  const inF = cpu === undefined ? undefined : cpu / f
  const missed = goal !== undefined && inF !== undefined && inF > goal
  return [
    line.phase,
    cpu?.toFixed(3) ?? '?',
    inF?.toFixed(1) ?? '?',
    goal === undefined ? '' : `${goal}${missed ? ' missed' : ''}`,
    String(line.rps ?? ''),
    String(line.p50_ms ?? ''),
    String(line.p99_ms ?? ''),
    String(line.errors ?? 0),
  ]
}

/** fhirbench.mjs rounds to 0.01 ms, a fifth of F: cores over requests a second has more digits where there are many. */
function cpuOf({ server_cpu, server_cpu_ms_per_req, rps }: Line): number | undefined {
  if (server_cpu_ms_per_req !== undefined && server_cpu_ms_per_req >= 1)
    return server_cpu_ms_per_req
  return server_cpu !== undefined && rps ? (server_cpu * 1000) / rps : server_cpu_ms_per_req
}

/** Columns: the first to the left, the others to the right; a Markdown table that reads as plain text. */
export function layout(rows: readonly (readonly string[])[]): string {
  const [head = []] = rows
  const widths = head.map((_, i) => Math.max(...rows.map((r) => r[i]?.length ?? 0)))
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((c, i) => (i === 0 ? c.padEnd(widths[i] ?? 0) : c.padStart(widths[i] ?? 0))).join(' | ')} |`
  const rule = `|${widths.map((w, i) => (i === 0 ? '-'.repeat(w + 2) : `${'-'.repeat(w + 1)}:`)).join('|')}|`
  return [line(head), rule, ...rows.slice(1).map(line)].join('\n')
}
