// Pieces of XHTML: what comes from a record is text, whatever characters it has.
// https://hl7.org/fhir/R4/narrative.html
// Must not let a value become markup.

/** Text as content or as the value of an attribute in double quotes. */
export const escaped = (text: string): string =>
  text
    .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, ' ')
    .toWellFormed()
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')

/** A row of a table; cells are texts, or markup that is made already (`{ html }`). */
export type Cell = string | { readonly html: string }

export const row = (cells: readonly Cell[], tag: 'td' | 'th' = 'td', name?: string): string =>
  `<tr${name === undefined ? '' : ` class="${escaped(name)}"`}>${cells
    .map((cell) => `<${tag}>${typeof cell === 'string' ? escaped(cell) : cell.html}</${tag}>`)
    .join('')}</tr>`
