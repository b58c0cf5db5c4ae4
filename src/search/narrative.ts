// What a person reads in a narrative: its text without markup, block by block.
// https://hl7.org/fhir/R4/narrative.html
// Must not need a well-formed div, and takes time in proportion to its length.

/** Elements within a line; all others end what stands before them, as a cell of a table does. */
const INLINE =
  /<\/?(?:a|abbr|acronym|b|big|bdo|cite|code|dfn|em|font|i|kbd|q|s|samp|small|span|strike|strong|sub|sup|tt|u|var)(?![a-z0-9])[^<>]*>/gi
const MARKUP = /<[^<>]*>/
const REFERENCE = /&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,8}));/gi

/** Those that stand in texts beside XML's own; others are left as they are. */
const NAMED: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
}

/** The texts of the blocks of a div, in order. */
export const narrativeTexts = (div: string): readonly string[] =>
  withoutComments(div)
    .replace(INLINE, '')
    .split(MARKUP)
    .filter((text) => text.trim() !== '')
    .map(decoded)

/** A pattern would look for the end of each that has none. */
const withoutComments = (div: string): string =>
  div
    .split('<!--')
    .map((part, i) => (i === 0 ? part : (part.split('-->', 2)[1] ?? '')))
    .join('')

const decoded = (text: string): string =>
  text.includes('&')
    ? text.replace(REFERENCE, (all, decimal?: string, hex?: string, name?: string) => {
        if (name !== undefined) return NAMED[name.toLowerCase()] ?? all
        const point = decimal === undefined ? parseInt(hex ?? '', 16) : Number(decimal)
        return point <= 0x10ffff ? String.fromCodePoint(point) : all
      })
    : text
