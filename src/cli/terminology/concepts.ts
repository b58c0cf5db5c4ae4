// Concepts from a file: CSV with a header, or NDJSON with a CodeSystem.concept a line.
// https://hl7.org/fhir/R4/codesystem-definitions.html#CodeSystem.concept
// Must not hold more than a row, and not guess what a column means.
import type { Readable } from 'node:stream'
import { parse } from 'csv-parse'
import { parseJson } from '../../fhir/json.ts'
import type { Concept, Designation, Property } from '../../terminology/resource.ts'
import { recordsOf } from '../load/record.ts'

/** Names of columns as the file has them, by what they mean. */
export type Columns = ReadonlyMap<string, string>

const FIELDS = new Set(['code', 'display', 'definition'])

/**
 * `code=LOINC_NUM,display=LONG_COMMON_NAME,designation:ru=NAME_RU`: what stands left is `code`, `display`, `definition`,
 * `designation:LANGUAGE`, or the code of a property (`parent` among them).
 * @throws Error in plain words
 */
export function readColumns(text: string): Columns {
  const columns = new Map<string, string>()
  for (const part of text.split(',')) {
    const [meaning, ...rest] = part.split('=')
    const name = rest.join('=').trim()
    if (meaning === undefined || meaning.trim() === '' || name === '')
      throw new Error(`--columns is a list of MEANING=COLUMN, and "${part}" is none`)
    columns.set(meaning.trim(), name)
  }
  return columns
}

/** @throws Error in plain words, with the line, for what can't be read */
export async function* conceptsOfCsv(
  stream: Readable,
  columns: Columns | undefined,
): AsyncGenerator<Concept> {
  const rows = stream.pipe(parse({ columns: true, bom: true, skip_empty_lines: true, info: true }))
  stream.on('error', (error) => rows.destroy(error))
  let fields: Columns | undefined
  for await (const { record, info } of rows as AsyncIterable<Row>) {
    fields ??= fieldsOf(Object.keys(record), columns)
    const concept = conceptOf(record, fields)
    if (concept.code === '') throw new Error(`Line ${info.lines}: there is no code`)
    yield concept
  }
}

type Row = {
  readonly record: Readonly<Record<string, string>>
  readonly info: { readonly lines: number }
}

function fieldsOf(header: readonly string[], given: Columns | undefined): Columns {
  const fields = given ?? new Map(header.map((name) => [name, name]))
  const missing = [...fields.values()].find((name) => !header.includes(name))
  if (missing !== undefined)
    throw new Error(`There is no column "${missing}"; there are ${header.join(', ')}`)
  if (!fields.has('code'))
    throw new Error(
      `There is no column "code"; say with --columns which of ${header.join(', ')} it is`,
    )
  return fields
}

function conceptOf(record: Row['record'], fields: Columns): Concept {
  const designation: Designation[] = []
  const property: Property[] = []
  const own: Record<string, string> = {}
  for (const [meaning, column] of fields) {
    const value = (record[column] ?? '').trim()
    if (value === '') continue
    const language = /^designation:(.+)$/.exec(meaning)?.[1]
    if (FIELDS.has(meaning)) own[meaning] = value
    else if (language !== undefined) designation.push({ language, value })
    else if (meaning === 'parent') property.push({ code: meaning, valueCode: value })
    else property.push({ code: meaning, valueString: value })
  }
  return {
    ...own,
    code: own.code ?? '',
    ...(designation.length === 0 ? {} : { designation }),
    ...(property.length === 0 ? {} : { property }),
  }
}

/** @throws Error in plain words, with the line, for what can't be read */
export async function* conceptsOfLines(stream: Readable): AsyncGenerator<Concept> {
  for await (const { line, text } of recordsOf(stream as AsyncIterable<Buffer>, true)) {
    let value: unknown
    try {
      value = text === undefined ? undefined : parseJson(text)
    } catch {
      value = undefined
    }
    const concept = value as Partial<Concept> | null | undefined
    if (typeof concept?.code !== 'string')
      throw new Error(`Line ${line}: this is no concept; one is like {"code":"a","display":"A"}`)
    yield concept as Concept
  }
}
