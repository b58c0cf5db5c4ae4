// What an issue says, by key, and its words in a language: English, Korean, Russian or Kazakh.
// https://hl7.org/fhir/R4/operationoutcome-definitions.html#OperationOutcome.issue.diagnostics
// Must not repeat long values: who makes a message shortens what it shows.
import { EN } from './en.ts'
import { KK } from './kk.ts'
import { KO } from './ko.ts'
import type { Language } from './language.ts'
import { RU } from './ru.ts'

/** What a message is about, a part of it in words of its own among it; `profile` is the one that demands it. */
export type Params = Readonly<Record<string, string | number | Message | undefined>>

/** Plain data, so that it goes between threads and is put into words at the end. */
export type Message = { readonly key: MessageKey; readonly params: Params }

/** The parameters with their own words in place. */
export type Shown = Readonly<Record<string, string | number | undefined>>

export type MessageKey = keyof typeof EN

/** A table of a language: each key with what it says. */
export type Words = Readonly<Record<MessageKey, (params: Shown) => string>>

export const WORDS: Readonly<Record<Language, Words>> = { en: EN, ko: KO, ru: RU, kk: KK }

export const message = (key: MessageKey, params: Params = {}): Message => ({ key, params })

/** The words, with the profile that demands it at the end. */
export function textOf({ key, params }: Message, language: Language = 'en'): string {
  const words = WORDS[language]
  const shown: Record<string, string | number | undefined> = {}
  for (const [name, value] of Object.entries(params))
    shown[name] = typeof value === 'object' ? textOf(value, language) : value
  const text = words[key](shown)
  return shown.profile === undefined ? text : words['of-profile']({ text, profile: shown.profile })
}
