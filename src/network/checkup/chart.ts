// The course of an item as a small picture: inline SVG with the values of the visits, and the range of normal A behind them.
// https://www.w3.org/TR/SVG11/
// Must not need a script, a style sheet or anything from outside: it is printed.
import { escaped } from './markup.ts'
import type { Part, Point } from './row.ts'

const WIDTH = 132
const HEIGHT = 34
const EDGE = 5
const COLOURS = ['#1f4e79', '#a04000']

/**
 * One line for each part of an item (both pressures in one picture).
 * @param label what it shows, for who can't see it
 * @returns '' when there is no course to show: fewer than two values
 */
export function chart(parts: readonly Part[], label: string): string {
  const lines = parts.filter(({ course }) => course.length > 1)
  if (lines.length === 0) return ''
  const points = lines.flatMap(({ course }) => course)
  const values = points.map(({ value }) => value)
  const [low, high] = [Math.min(...values), Math.max(...values)]
  const [from, to] = [
    Math.min(...points.map(({ at }) => at)),
    Math.max(...points.map(({ at }) => at)),
  ]
  const x = (at: number): number => EDGE + ((at - from) / (to - from || 1)) * (WIDTH - 2 * EDGE)
  const y = (value: number): number =>
    HEIGHT - EDGE - ((value - low) / (high - low || 1)) * (HEIGHT - 2 * EDGE)
  const clamp = (value: number): number => Math.max(0, Math.min(HEIGHT, value))
  const normal = lines.length === 1 ? lines[0]!.normal : undefined
  const top = normal?.high === undefined ? 0 : clamp(y(Number(normal.high.digits)))
  const bottom = normal?.low === undefined ? HEIGHT : clamp(y(Number(normal.low.digits)))
  const band =
    normal === undefined || bottom <= top
      ? ''
      : `<rect x="0" y="${at(top)}" width="${String(WIDTH)}" height="${at(bottom - top)}" fill="#e3f1e3"/>`
  return `<svg xmlns="http://www.w3.org/2000/svg" role="img" width="${String(WIDTH)}" height="${String(HEIGHT)}" viewBox="0 0 ${String(WIDTH)} ${String(HEIGHT)}"><title>${escaped(label)}</title>${band}${lines
    .map(({ course }, i) => line(course, x, y, COLOURS[i % COLOURS.length]!))
    .join('')}</svg>`
}

const at = (number: number): string => number.toFixed(1)

function line(
  course: readonly Point[],
  x: (at: number) => number,
  y: (value: number) => number,
  colour: string,
): string {
  const places = course.map((point) => [at(x(point.at)), at(y(point.value))] as const)
  const path = places.map(([px, py]) => `${px},${py}`).join(' ')
  const dots = places.map(([px, py], i) => {
    const isLast = i === places.length - 1
    return `<circle cx="${px}" cy="${py}" r="${isLast ? '2.6' : '1.8'}" fill="${colour}"/>`
  })
  return `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="1.2"/>${dots.join('')}`
}
