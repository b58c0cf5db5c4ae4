// Progress of long work on standard error: one line that is drawn again on a terminal, plain lines elsewhere.
// Must not write to standard output, which belongs to results.

export type State = {
  /** Units done, and how many of them failed. */
  readonly done: number
  readonly failed: number
  /** Part of the work that is done, 0 to 1; undefined when its size isn't known. */
  readonly part?: number | undefined
  /** What is worked on. */
  readonly at: string
}

export type Display = { stop(): void }

const TERMINAL_MS = 100
const PLAIN_MS = 5000
const BAR = 24

/**
 * Show the progress until stopped.
 * @param unit plural, as in `resources`
 */
export function showProgress(
  unit: string,
  state: () => State,
  output: NodeJS.WriteStream = process.stderr,
): Display {
  const began = performance.now()
  const first = state()
  const describe = (bar: boolean) =>
    describeProgress(unit, first, state(), (performance.now() - began) / 1000, bar)
  const draw = output.isTTY
    ? () => output.write(`\r\u001b[2K${fit(describe(true), output.columns)}`)
    : () => output.write(`${describe(false)}\n`)
  const timer = setInterval(draw, output.isTTY ? TERMINAL_MS : PLAIN_MS)
  return {
    stop() {
      clearInterval(timer)
      if (output.isTTY) output.write('\r\u001b[2K')
    },
  }
}

/**
 * One line: how much is done, the rate since `first`, the time that is left at that rate.
 * @param seconds since `first`
 */
export function describeProgress(
  unit: string,
  first: State,
  now: State,
  seconds: number,
  bar: boolean,
): string {
  const rate = seconds > 0 ? (now.done - first.done) / seconds : 0
  const parts: string[] = []
  if (now.part !== undefined) parts.push(bar ? drawBar(now.part) : percent(now.part))
  parts.push(`${count(now.done)} ${unit}`, `${count(Math.round(rate))}/s`)
  const left = secondsLeft(first, now, seconds)
  if (left !== undefined) parts.push(`${clock(left)} left`)
  if (now.failed > 0) parts.push(`${count(now.failed)} failed`)
  return `${parts.join(', ')}  ${now.at}`
}

function secondsLeft(first: State, now: State, seconds: number): number | undefined {
  if (now.part === undefined || first.part === undefined) return undefined
  const gained = now.part - first.part
  return gained > 0 && seconds >= 1 ? (seconds * (1 - now.part)) / gained : undefined
}

const percent = (part: number): string => `${Math.floor(Math.min(part, 1) * 100)} %`

const drawBar = (part: number): string =>
  `[${'='.repeat(Math.round(Math.min(part, 1) * BAR)).padEnd(BAR)}] ${percent(part)}`

/** `1:05:09` or `5:09`. */
export function clock(seconds: number): string {
  const whole = Math.ceil(seconds)
  const two = (n: number): string => String(n).padStart(2, '0')
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60]
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`
}

/** `1,234,567`. */
export const count = (n: number): string => n.toLocaleString('en-US')

// A line that wraps could not be drawn over; some terminals say they have no columns.
const fit = (line: string, columns: number): string => line.slice(0, (columns || 80) - 1)
