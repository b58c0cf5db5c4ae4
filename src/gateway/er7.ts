// HL7 v2 messages in their encoding with bars (ER7): segments, fields, repetitions, components, escape sequences.
// https://hl7.org/implement/standards (HL7 v2, chapter 2); versions 2.3 to 2.8 alike
// Must not know what a segment means, nor mend a message: what is no ER7 is refused.

/** The characters that MSH-1 and MSH-2 declare. */
export type Separators = {
  readonly field: string
  readonly component: string
  readonly repetition: string
  readonly escape: string
  readonly subcomponent: string
}

/** `fields[n]` is field n as it was sent, MSH-1 the separator itself; `sequence`: 1 for the first of its name. */
export type Segment = {
  readonly name: string
  readonly sequence: number
  readonly fields: readonly string[]
}

export type Er7 = { readonly separators: Separators; readonly segments: readonly Segment[] }

/** Why a text is no message, and the segment at fault (by its number in the message, from 1). */
export class NoEr7 extends Error {
  readonly segment: number
  constructor(message: string, segment: number) {
    super(message)
    this.segment = segment
  }
}

/** More in one message is no result of a kit. */
const MOST_SEGMENTS = 10_000

/**
 * Segments end with a carriage return; a line feed, or both, is taken too.
 * @throws NoEr7
 */
export function parseEr7(text: string): Er7 {
  const lines = text.split(/\r\n|\r|\n/)
  while (lines.at(-1)?.trim() === '') lines.pop()
  if (lines.length > MOST_SEGMENTS)
    throw new NoEr7(`A message may have ${String(MOST_SEGMENTS)} segments here`, MOST_SEGMENTS + 1)
  const separators = separatorsOf(lines[0] ?? '')
  const counts = new Map<string, number>()
  const segments = lines.map((line, i): Segment => {
    const [name = '', ...rest] = line.split(separators.field)
    if (!/^[A-Z][A-Z0-9]{2}$/.test(name))
      throw new NoEr7('A segment begins with a name of three capitals or digits', i + 1)
    const sequence = (counts.get(name) ?? 0) + 1
    counts.set(name, sequence)
    return {
      name,
      sequence,
      fields: name === 'MSH' ? [name, separators.field, ...rest] : [name, ...rest],
    }
  })
  if ((counts.get('MSH') ?? 0) > 1) throw new NoEr7('There is a second MSH segment', 2)
  return { separators, segments }
}

/** @throws NoEr7 */
export function separatorsOf(line: string): Separators {
  if (!line.startsWith('MSH')) throw new NoEr7('A message begins with an MSH segment', 1)
  const field = line.charAt(3)
  const encoding = line.slice(4).split(field, 1)[0]!
  const all = [field, ...encoding]
  // A fifth one (2.7) is for texts that were cut off.
  if (encoding.length < 4 || encoding.length > 5)
    throw new NoEr7('MSH-2 declares four or five characters, usually ^~\\&', 1)
  if (new Set(all).size < all.length || all.some((c) => !/[\x21-\x7e]/.test(c) || /\w/.test(c)))
    throw new NoEr7('MSH-1 and MSH-2 declare different characters, none a letter or a digit', 1)
  const [component, repetition, escape, subcomponent] = encoding as unknown as string[]
  return {
    field,
    component: component!,
    repetition: repetition!,
    escape: escape!,
    subcomponent: subcomponent!,
  }
}

/** Decodes what stands in a message; made once for each, since it knows the message's characters and charset. */
export type Reader = {
  /** A component, or the subcomponent of one, with its escapes decoded and trimmed; '' for none. All count from 1. */
  text(segment: Segment, field: number, component?: number, subcomponent?: number): string
  /** The repetitions of a field, each with a view of its components; none for an empty field. */
  repetitions(segment: Segment, field: number): readonly Components[]
  /** A whole field with its separators as they are, escapes decoded: of texts that may hold them. */
  whole(segment: Segment, field: number): string
}

/** @see Reader.text */
export type Components = (component: number, subcomponent?: number) => string

/** @param decode bytes of a `\X…\` in the charset of the message; undefined where they are none */
export function readerOf(
  { separators }: Pick<Er7, 'separators'>,
  decode: (bytes: Uint8Array) => string | undefined,
): Reader {
  const componentsOf = (repetition: string): Components => {
    const components = repetition.split(separators.component)
    return (component, subcomponent = 1) =>
      unescapeEr7(
        (components[component - 1] ?? '').split(separators.subcomponent)[subcomponent - 1] ?? '',
        separators,
        decode,
      ).trim()
  }
  const repetitions: Reader['repetitions'] = ({ fields }, field) =>
    (fields[field] ?? '')
      .split(separators.repetition)
      .filter((one) => one !== '')
      .map(componentsOf)
  return {
    repetitions,
    text: (segment, field, component = 1, subcomponent = 1) =>
      repetitions(segment, field)[0]?.(component, subcomponent) ?? '',
    whole: ({ fields }, field) => unescapeEr7(fields[field] ?? '', separators, decode).trim(),
  }
}

/** The text that a text with escape sequences stands for; what is no sequence stays as it is. */
export function unescapeEr7(
  text: string,
  separators: Separators,
  decode: (bytes: Uint8Array) => string | undefined,
): string {
  const { escape } = separators
  if (!text.includes(escape)) return text
  let out = ''
  for (let at = 0; at < text.length;) {
    const begin = text.indexOf(escape, at)
    const end = begin < 0 ? -1 : text.indexOf(escape, begin + 1)
    if (end < 0) return out + text.slice(at)
    const meant = meaningOf(text.slice(begin + 1, end), separators, decode)
    out += text.slice(at, begin)
    if (meant === undefined) {
      // The second one may begin a sequence itself.
      out += text.slice(begin, end)
      at = end
    } else {
      out += meant
      at = end + 1
    }
  }
  return out
}

function meaningOf(
  sequence: string,
  separators: Separators,
  decode: (bytes: Uint8Array) => string | undefined,
): string | undefined {
  switch (sequence) {
    case 'F':
      return separators.field
    case 'S':
      return separators.component
    case 'R':
      return separators.repetition
    case 'E':
      return separators.escape
    case 'T':
      return separators.subcomponent
    // Highlighting, on and off.
    case 'H':
    case 'N':
      return ''
  }
  if (/^X([0-9A-Fa-f]{2})+$/.test(sequence)) return decode(Buffer.from(sequence.slice(1), 'hex'))
  if (/^\.(br|sp[+]?\d*)$/.test(sequence)) return '\n'
  // Other commands of formatted text: indents, fill, centring.
  if (/^\.(fi|nf|ce|in[+-]?\d+|ti[+-]?\d+|sk[+]?\d+)$/.test(sequence)) return ''
  return undefined
}

/** A text as it stands in a message. */
export const escapeEr7 = (text: string, separators: Separators): string => {
  const { field, component, repetition, escape, subcomponent } = separators
  const letters = new Map([
    [field, 'F'],
    [component, 'S'],
    [repetition, 'R'],
    [escape, 'E'],
    [subcomponent, 'T'],
  ])
  let out = ''
  for (const c of text) {
    const letter = letters.get(c)
    if (letter !== undefined) out += `${escape}${letter}${escape}`
    else if (c < ' ' || c === '\x7f')
      out += `${escape}X${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}${escape}`
    else out += c
  }
  return out
}
