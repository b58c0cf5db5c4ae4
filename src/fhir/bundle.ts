// Bundles written as text around resource texts that are not parsed, https://hl7.org/fhir/R4/bundle.html
// Must not parse or change a resource.

export type Link = { readonly relation: string; readonly url: string }

/** Text of one entry; every part that is given is JSON text already, but for `fullUrl`. */
export type EntryText = {
  readonly fullUrl?: string
  readonly resource?: string
  /** The mode alone, or all that is said of a match. */
  readonly search?: 'match' | 'include' | 'outcome' | object
  readonly request?: { readonly method: string; readonly url: string }
  readonly response?: ResponseText
}

export type ResponseText = {
  readonly status: string
  readonly location?: string
  readonly etag?: string
  readonly lastModified?: string
  /** Text of an OperationOutcome. */
  readonly outcome?: string
}

/** Text of a Bundle. */
export function bundleText(
  type: 'searchset' | 'history' | 'batch-response' | 'transaction-response' | 'collection',
  links: readonly Link[],
  entries: readonly EntryText[],
  total?: number,
): string {
  let text = `{"resourceType":"Bundle","type":"${type}"`
  if (total !== undefined) text += `,"total":${total}`
  if (links.length > 0) text += `,"link":${JSON.stringify(links)}`
  if (entries.length > 0) {
    text += ',"entry":['
    for (let i = 0; i < entries.length; i++) text += (i > 0 ? ',' : '') + entryText(entries[i]!)
    text += ']'
  }
  return text + '}'
}

function entryText(entry: EntryText): string {
  const parts: string[] = []
  if (entry.fullUrl !== undefined) parts.push(`"fullUrl":${JSON.stringify(entry.fullUrl)}`)
  if (entry.resource !== undefined) parts.push(`"resource":${entry.resource}`)
  if (typeof entry.search === 'string') parts.push(`"search":{"mode":"${entry.search}"}`)
  else if (entry.search !== undefined) parts.push(`"search":${JSON.stringify(entry.search)}`)
  if (entry.request !== undefined) parts.push(`"request":${JSON.stringify(entry.request)}`)
  if (entry.response !== undefined) parts.push(`"response":${responseText(entry.response)}`)
  return `{${parts.join(',')}}`
}

function responseText({ outcome, ...rest }: ResponseText): string {
  const text = JSON.stringify(rest)
  return outcome === undefined ? text : `${text.slice(0, -1)},"outcome":${outcome}}`
}
