// OperationOutcome from issues, https://hl7.org/fhir/R4/operationoutcome.html
// Must not add text of its own beyond what the issues say.
import { issueOf, type Issue } from '../errors.ts'
import { languageOf, type Language } from '../words/language.ts'
import { message, textOf, type Message } from '../words/message.ts'
import type { FhirResponse } from './message.ts'

/**
 * JSON text of an OperationOutcome; with no issue it says that all is well.
 * @param accepted an Accept-Language header: the languages that its reader wants
 */
export const outcomeText = (issues: readonly Issue[], accepted?: string): string =>
  textIn(issues, spoken(issues, accepted))

/** The same as an answer, whose headers tell its language. */
export function outcomeAnswer(
  status: number,
  issues: readonly Issue[],
  accepted: string | undefined,
  headers: FhirResponse['headers'] = {},
): FhirResponse {
  const language = spoken(issues, accepted)
  const body = textIn(issues, language)
  if (language === 'en') return { status, headers, body }
  return { status, headers: { ...headers, 'content-language': language }, body }
}

/** English, too, where nothing of it can be said otherwise. */
const spoken = (issues: readonly Issue[], accepted: string | undefined): Language =>
  issues.length === 0 || issues.some(({ message }) => message !== undefined)
    ? languageOf(accepted)
    : 'en'

const textIn = (issues: readonly Issue[], language: Language): string =>
  JSON.stringify({
    resourceType: 'OperationOutcome',
    ...(language === 'en' ? {} : { language }),
    issue: (issues.length > 0 ? issues : [ALL_OK]).map((issue) => readable(issue, language)),
  })

/** Issues quote what was sent; an outcome with a character that FHIR forbids, or a megabyte of it, would be none. */
function readable({ message, ...english }: Issue, language: Language): Issue {
  const issue =
    message === undefined || language === 'en'
      ? english
      : { ...english, diagnostics: textOf(message, language) }
  const { expression, diagnostics } = issue
  if (!UNREADABLE.test(diagnostics) && !expression?.some((e) => e === '' || UNREADABLE.test(e)))
    return issue
  const { expression: _, ...others } = issue
  const shown = expression?.map(shorten).filter((e) => e !== '') ?? []
  return {
    ...others,
    diagnostics: shorten(diagnostics),
    ...(shown.length === 0 ? {} : { expression: shown }),
  }
}

const UNREADABLE = /[\0-\x08\x0b\x0c\x0e-\x1f]|\p{Surrogate}|^[^]{2001}/u

const shorten = (text: string): string =>
  (text.length > 2000 ? `${text.slice(0, 2000)}…` : text)
    .replace(/[\0-\x08\x0b\x0c\x0e-\x1f]/g, '\ufffd')
    .toWellFormed()

const ALL_OK = issueOf('information', 'informational', message('fine'))

/** An issue that informs only. */
export const information = (said: string | Message): Issue =>
  typeof said === 'string'
    ? { severity: 'information', code: 'informational', diagnostics: said }
    : issueOf('information', 'informational', said)
