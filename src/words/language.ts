// The languages that a reader wants, best first, and the one of ours among them.
// https://www.rfc-editor.org/rfc/rfc9110#name-accept-language
// Must not fail: what can't be read is passed over.

/** Those that this server can say things in. */
export const LANGUAGES = ['en', 'ko', 'ru', 'kk'] as const

export type Language = (typeof LANGUAGES)[number]

/** Languages in the order in which they are wanted, in lower case; an Accept-Language header or a single tag. */
export function languagesOf(text: string | undefined): readonly string[] {
  const wanted: { readonly tag: string; readonly q: number }[] = []
  for (const part of (text ?? '').split(',').slice(0, MOST)) {
    const [tag = '', ...parameters] = part.split(';').map((p) => p.trim().toLowerCase())
    const q = Number(parameters.find((p) => p.startsWith('q='))?.slice(2) ?? 1)
    if (/^[a-z]{1,8}(-[a-z0-9]{1,8})*$/.test(tag) && q > 0) wanted.push({ tag, q })
  }
  return wanted.sort((a, b) => b.q - a.q).map(({ tag }) => tag)
}

/** Languages of a header that are looked at. */
const MOST = 20

/** The first of ours in an Accept-Language header, whatever its region or script; English without one. */
export function languageOf(header: string | undefined): Language {
  if (header === undefined) return 'en'
  for (const tag of languagesOf(header)) {
    const [primary] = tag.split('-', 1)
    const found = LANGUAGES.find((one) => one === primary)
    if (found !== undefined) return found
  }
  return 'en'
}
