// Times of HL7 v2 (`20261124103015.5+0500`, data types TS and DTM) → FHIR's.
// https://hl7.org/fhir/R4/datatypes.html#dateTime
// Must not use the zone of this machine.
import { createZone } from '../search/zone.ts'

const DTM =
  /^(\d{4})(?:(\d{2})(?:(\d{2})(?:(\d{2})(?:(\d{2})(?:(\d{2})(?:\.(\d{1,4}))?)?)?)?)?)?([+-]\d{4})?$/

/** `text`: a dateTime as exact as it was sent; `isInstant`: it has a time. `zone`: the offset that it has itself. */
export type Dtm = { readonly text: string; readonly isInstant: boolean; readonly zone?: string }

/**
 * @param zone of a time that has none itself: an offset `+05:00`, or a name of IANA
 * @returns undefined for what is none
 */
export function readDtm(text: string, zone: string): Dtm | undefined {
  const found = DTM.exec(text)
  if (found === null) return undefined
  const [, year = '', month, day, hour, minute = '00', second = '00', fraction, sent] = found
  if (!isDate(year, month, day)) return undefined
  const own = sent === undefined ? undefined : `${sent.slice(0, 3)}:${sent.slice(3)}`
  if (own !== undefined && !/^[+-](0\d|1[0-4]):[0-5]\d$/.test(own)) return undefined
  const date = [year, month, day].filter((part) => part !== undefined).join('-')
  const ofOwn = own === undefined ? {} : { zone: own }
  if (hour === undefined) return { text: date, isInstant: false, ...ofOwn }
  if (hour > '23' || minute > '59' || second > '59') return undefined
  const time = `${hour}:${minute}:${second}${fraction === undefined ? '' : `.${fraction.slice(0, 3)}`}`
  const wall = Date.parse(`${date}T${hour}:${minute}:${second}Z`)
  return { text: `${date}T${time}${own ?? offsetOf(wall, zone)}`, isInstant: true, ...ofOwn }
}

function isDate(year: string, month: string | undefined, day: string | undefined): boolean {
  if (month === undefined) return true
  if (month < '01' || month > '12') return false
  if (day === undefined) return true
  const last = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate()
  return Number(day) >= 1 && Number(day) <= last
}

/** The offset of a zone at a time on its wall, `+05:00`. */
function offsetOf(wall: number, zone: string): string {
  const minutes = Math.round((wall - createZone(zone)(wall)) / 60_000)
  const [sign, size] = [minutes < 0 ? '-' : '+', Math.abs(minutes)]
  const two = (n: number): string => String(n).padStart(2, '0')
  return `${sign}${two(Math.floor(size / 60))}:${two(size % 60)}`
}
