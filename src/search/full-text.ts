// The full text of a resource: the words of its narrative (`_text`) and those of everything else that is text (`_content`).
// https://hl7.org/fhir/R4/search.html#text
// Must not index what has a parameter or an address of its own: ids, literal references, URIs, dates, numbers, data.
import type { Resource } from '../fhir/message.ts'
import type { Stepwise } from '../turn.ts'
import type { Entry, IndexPath } from './entry.ts'
import { narrativeTexts } from './narrative.ts'
import { pairOf, wordsOf } from './words.ts'

/** Where the words of a type's narratives are. */
export const narrativePath = (type: string): IndexPath => `${type}._text`

/** Where the words of the rest are: `_content` reads both. */
export const contentPath = (type: string): IndexPath => `${type}._content`

/** Words and pairs of neighbours that are kept of a resource at one path; the others of a longer text aren't found. */
const MOST = 20_000

/** Properties whose text is no text, whatever the type: ids, addresses, what base64 and samples hold, what a store sets. */
const NO_TEXT: ReadonlySet<string> = new Set([
  'resourceType',
  'id',
  'versionId',
  'lastUpdated',
  'reference',
  'url',
  'system',
  'data',
  'hash',
  'div',
])

/** Items after which work stops for others. */
const STEP = 200

const ADDRESS = /^(?:urn:|[a-z][a-z0-9+.-]*:\/\/)\S+$/i
const DATE = /^\d{4}-\d\d(?:-\d\d(?:T\S+)?)?$/

/**
 * Its entries: one at each path that has words. The words are in order, since a text that is stored has its meta in front,
 * wherever that came.
 */
export function* fullText(resource: Resource): Stepwise<Entry[]> {
  const { resourceType: type } = resource
  const narrative = new Set<string>()
  const content = new Set<string>()
  for (const [name, item] of Object.entries(resource)) {
    if (!Array.isArray(item) || item.length <= STEP) collect({ [name]: item }, content, narrative)
    else
      for (let from = 0; from < item.length; from += STEP) {
        collect({ [name]: item.slice(from, from + STEP) }, content, narrative)
        yield
      }
  }
  const entries: Entry[] = []
  if (narrative.size > 0)
    entries.push({
      kind: 'words',
      path: narrativePath(type),
      group: 0,
      words: [...narrative].sort(),
    })
  if (content.size > 0)
    entries.push({ kind: 'words', path: contentPath(type), group: 0, words: [...content].sort() })
  return entries
}

function collect(value: object, content: Set<string>, narrative: Set<string>): void {
  for (const [name, item] of Object.entries(value as Readonly<Record<string, unknown>>)) {
    if (typeof item === 'string') {
      if (name === 'div') for (const text of narrativeTexts(item)) add(text, narrative)
      else if (!NO_TEXT.has(name)) addText(item, content)
    } else if (Array.isArray(item)) {
      for (const one of item as readonly unknown[]) {
        if (typeof one === 'string') addText(one, content)
        else if (typeof one === 'object' && one !== null) collect(one, content, narrative)
      }
    } else if (typeof item === 'object' && item !== null) collect(item, content, narrative)
  }
}

function addText(text: string, words: Set<string>): void {
  if (!ADDRESS.test(text) && !DATE.test(text)) add(text, words)
}

function add(text: string, words: Set<string>): void {
  let before: string | undefined
  for (const word of wordsOf(text)) {
    if (words.size >= MOST) return
    words.add(word)
    if (before !== undefined) words.add(pairOf(before, word))
    before = word
  }
}
