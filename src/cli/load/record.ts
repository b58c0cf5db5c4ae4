// A stream of bytes → records: the lines of NDJSON, or the one document that a file is.
// https://hl7.org/fhir/R4/nd-json.html
// Must not parse a record, nor keep more than one line of NDJSON. Only LF ends a line: U+2028 may stand in a string.

/** `line` counts from 1; undefined `text`: bytes that are not UTF-8. */
export type Record = { readonly line: number; readonly text: string | undefined }

const LF = 0x0a

/**
 * The records of a stream, empty lines left out.
 * @param lines true: NDJSON; undefined: told by the first line, which in NDJSON is an object from `{` to `}`
 */
export async function* recordsOf(
  stream: AsyncIterable<Buffer>,
  lines?: true,
): AsyncGenerator<Record> {
  let isLines: boolean | undefined = lines
  const rest: Buffer[] = []
  for await (const { line, bytes } of linesOf(stream)) {
    if (isLines !== true && rest.length > 0) {
      rest.push(bytes)
      continue
    }
    const text = decode(bytes)
    if (text?.trim() === '') continue
    isLines ??= text !== undefined && /^\s*\{[^]*\}\s*$/.test(text)
    if (isLines) yield { line, text }
    else rest.push(bytes)
  }
  if (rest.length > 0) yield { line: 1, text: decode(Buffer.concat(rest)) }
}

async function* linesOf(
  stream: AsyncIterable<Buffer>,
): AsyncGenerator<{ readonly line: number; readonly bytes: Buffer }> {
  let line = 1
  let parts: Buffer[] = []
  for await (const chunk of stream) {
    let from = 0
    for (let at = chunk.indexOf(LF); at >= 0; at = chunk.indexOf(LF, from)) {
      parts.push(chunk.subarray(from, at + 1))
      yield { line: line++, bytes: parts.length === 1 ? parts[0]! : Buffer.concat(parts) }
      parts = []
      from = at + 1
    }
    if (from < chunk.length) parts.push(chunk.subarray(from))
  }
  if (parts.length > 0) yield { line, bytes: Buffer.concat(parts) }
}

const decoder = new TextDecoder('utf-8', { fatal: true })

/** Text without a byte order mark; undefined for what isn't UTF-8 or is longer than a string can be. */
function decode(bytes: Buffer): string | undefined {
  try {
    return decoder.decode(bytes)
  } catch {
    return undefined
  }
}
