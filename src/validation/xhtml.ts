// Whether a narrative is what FHIR allows: well-formed, and nothing but formatting.
// https://hl7.org/fhir/R4/narrative.html (and its invariants txt-1 and txt-2)
// Must not mend or clean: it only says what is wrong. One pass, in time proportional to the length.

const NAMESPACE = 'http://www.w3.org/1999/xhtml'

/** XHTML 1.0 chapters 7 to 11 (without 9.4) and 15, with the attributes that each may have besides the common ones. */
const ELEMENTS: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries({
    a: 'href name charset type hreflang rel rev shape coords',
    area: 'shape coords href nohref alt',
    blockquote: 'cite',
    div: 'xmlns',
    img: 'src alt longdesc height width usemap ismap border',
    map: 'name',
    pre: 'space xml:space',
    q: 'cite',
    table: 'summary width border frame rules cellspacing cellpadding',
    td: 'abbr axis headers scope rowspan colspan nowrap width height',
    th: 'abbr axis headers scope rowspan colspan nowrap width height',
    ...Object.fromEntries(
      (
        'abbr acronym address b bdo big br caption cite code col colgroup dd dfn dl dt em h1 h2 h3 h4 h5 h6 hr i ' +
        'kbd li ol p samp small span strong sub sup tbody tfoot thead tr tt ul var ins del'
      )
        .split(' ')
        .map((name) => [name, '']),
    ),
  }).map(([name, attributes]) => [name, new Set(attributes.split(' '))]),
)

const COMMON = new Set(
  'title style class id lang xml:lang dir accesskey tabindex span align valign char charoff'.split(
    ' ',
  ),
)

const TAG =
  /<(\/?)([A-Za-z][A-Za-z0-9]*)((?:\s+[A-Za-z_][\w:.-]*\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>/y
const ATTRIBUTE = /([A-Za-z_][\w:.-]*)\s*=\s*(?:"([^"]*)"|'([^']*)')/g
// XML's own five; HTML's names are unknown to XML, in which the narrative has to fit as well.
const REFERENCE = /&(?!(?:lt|gt|amp|quot|apos|#\d{1,7}|#x[\dA-Fa-f]{1,6});)/
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/
const NUMBERED = /&#(?:x([\dA-Fa-f]+)|(\d+));/g

/**
 * @param text of `Narrative.div`
 * @returns what is wrong, as the end of a sentence about the narrative; undefined if nothing is
 */
export function checkXhtml(text: string): string | undefined {
  if (CONTROL.test(text) || !text.isWellFormed()) return 'has control characters or broken ones'
  const badReference = REFERENCE.exec(text)
  if (badReference) {
    const found = /^&\w{0,20};?/.exec(text.slice(badReference.index))?.[0] ?? '&'
    return `has "${found}"; XML knows only &lt; &gt; &amp; &quot; &apos; and numbers such as &#160;`
  }
  for (const [reference, hex, decimal] of text.matchAll(NUMBERED))
    if (!isCharacter(hex === undefined ? Number(decimal) : parseInt(hex, 16)))
      return `has "${reference}", which is no character of XML`
  const open: string[] = []
  let rootSeen = false
  let content = false
  let position = 0
  while (position < text.length) {
    const next = text.indexOf('<', position)
    const end = next < 0 ? text.length : next
    if (end > position && /\S/.test(text.slice(position, end))) {
      if (open.length === 0) return 'has text outside of <div>'
      content = true
    }
    if (next < 0) break
    if (text.startsWith('<!--', next) && open.length > 0) {
      const close = text.indexOf('--', next + 4)
      if (close < 0 || text[close + 2] !== '>')
        return 'has a comment that does not end as it should'
      // Some viewers take what follows for markup.
      if (/^<!--\s*\[\s*if/i.test(text.slice(next, next + 80))) return 'has a conditional comment'
      position = close + 3
      continue
    }
    TAG.lastIndex = next
    const tag = TAG.exec(text)
    if (!tag) return `is not well-formed at character ${next}`
    const [whole, slash, name = '', attributes = '', selfClosing] = tag
    position = next + whole.length
    if (slash) {
      if (attributes !== '' || selfClosing) return `is not well-formed at character ${next}`
      const opened = open.pop()
      if (opened !== name)
        return `has </${name}> where ${opened ? `</${opened}>` : 'nothing'} has to be closed`
      continue
    }
    if (open.length === 0) {
      if (rootSeen) return 'has more than one root element'
      if (name !== 'div') return `begins with <${name}> and not with <div>`
      rootSeen = true
    }
    if (name === 'img') content = true
    const allowed = ELEMENTS.get(name)
    if (!allowed) return `has the element <${name}>, which is not allowed`
    const problem = checkAttributes(name, attributes, allowed, open.length === 0)
    if (problem) return problem
    if (!selfClosing) open.push(name)
  }
  if (open.length > 0) return `does not close <${open.at(-1)}>`
  if (!rootSeen) return 'has no <div>'
  return content ? undefined : 'has nothing in it'
}

/** https://www.w3.org/TR/xml/#charsets */
const isCharacter = (point: number): boolean =>
  point === 9 ||
  point === 10 ||
  point === 13 ||
  (point >= 0x20 && point <= 0xd7ff) ||
  (point >= 0xe000 && point <= 0xfffd) ||
  (point >= 0x10000 && point <= 0x10ffff)

function checkAttributes(
  element: string,
  text: string,
  allowed: ReadonlySet<string>,
  root: boolean,
): string | undefined {
  const seen = new Set<string>()
  let namespace: string | undefined
  if (text !== '') {
    for (const [, name = '', double, single] of text.matchAll(ATTRIBUTE)) {
      const value = double ?? single ?? ''
      if (seen.has(name)) return `has the attribute ${name} twice in <${element}>`
      seen.add(name)
      if (!allowed.has(name) && !COMMON.has(name)) {
        return `has the attribute ${name} in <${element}>, which is not allowed`
      }
      if (name === 'xmlns') {
        namespace = value
        if (value !== NAMESPACE)
          return `has the namespace "${value.slice(0, 80)}" and not "${NAMESPACE}"`
      }
      if (URLS.has(name) && isActive(name, value)) {
        return `has active content in ${name} of <${element}>`
      }
      if (name === 'style' && isActiveStyle(value)) {
        return `has a style in <${element}> that is more than formatting`
      }
    }
  }
  return root && namespace === undefined ? `lacks xmlns="${NAMESPACE}"` : undefined
}

/** Attributes that name something to go to or to load. */
const URLS = new Set(['href', 'src', 'cite', 'longdesc', 'usemap'])

/** Browsers skip blanks and control characters in a scheme, and so must this. */
function isActive(attribute: string, value: string): boolean {
  const plain = decoded(value)
    .replace(/[\u0000-\u0020\u007f-\u00a0]/g, '')
    .toLowerCase()
  if (/^(?:javascript|vbscript):/.test(plain)) return true
  // An SVG may hold a script, the others may not.
  return plain.startsWith('data:') && !(attribute === 'src' && IMAGE.test(plain))
}

const IMAGE = /^data:image\/(?:png|jpe?g|gif|webp|bmp)[;,]/

/** What loads from elsewhere or runs something; and comments and escapes, by which that could be hidden. */
function isActiveStyle(value: string): boolean {
  const style = decoded(value)
  if (UNSAFE.test(style)) return true
  // Pictures beside the narrative are what the specification's own publisher draws its tables with.
  for (const [, written = ''] of style.matchAll(/url\s*\(\s*["']?([^)"']*)/gi)) {
    const url = written.replace(/\s/g, '').toLowerCase()
    if (/^(?:[a-z][a-z0-9+.-]*:|\/\/)/.test(url) && !IMAGE.test(url)) return true
  }
  return false
}

const UNSAFE =
  /\\|\/\*|@|(?:expression|image|image-set|cross-fade|element|src|attr)\s*\(|behaviou?r|binding|script\s*:/i

const NAMED: Readonly<Record<string, string>> = {
  lt: '<',
  gt: '>',
  amp: '&',
  quot: '"',
  apos: "'",
}

const decoded = (value: string): string =>
  value.replace(
    /&(?:#x([\dA-Fa-f]+)|#(\d+)|(\w+));/g,
    (whole, hex?: string, decimal?: string, name?: string) => {
      if (name !== undefined) return NAMED[name] ?? whole
      const point = hex === undefined ? Number(decimal) : parseInt(hex, 16)
      return point <= 0x10ffff ? String.fromCodePoint(point) : ''
    },
  )
