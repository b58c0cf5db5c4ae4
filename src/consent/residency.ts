// What the law of a record's country asks of a consent before anything goes to another country.
// docs/access.md says where each rule comes from.
// Must not hold a rule whose source isn't known; a country that isn't here is under the first one only.
import { fail } from '../errors.ts'
import type { Decision } from './access.ts'
import type { Criteria } from './rule.ts'
import { message, type Message } from '../words/message.ts'

/** What a permit has to show: its criteria with those taken over, and whether its consent has a notification. */
type Shown = Criteria & { readonly notified: boolean }

export type Law = {
  readonly key: string
  /** Countries of record that it is the law of; undefined = every country, and records that say none. */
  readonly country?: string
  readonly source: string
  /** How an outcome says what is missing. */
  readonly asks: Message
  /** @param destination country of the caller */
  isMet(permit: Shown, destination: string | undefined): boolean
}

export const LAWS: readonly Law[] = [
  {
    key: 'destination',
    source: 'A rule of this network',
    asks: message('residency-destination'),
    // Who is named has a country; where countries are named, it must be one of them.
    isMet: ({ countries, actors }, destination) =>
      destination !== undefined &&
      (countries === undefined ? (actors?.of.length ?? 0) > 0 : countries.of.includes(destination)),
  },
  {
    key: 'kr-pipa-28-8',
    country: 'KR',
    source: 'Personal Information Protection Act of Korea, article 28-8, in force since 2023-09-15',
    asks: message('residency-kr'),
    isMet: ({ actors, purposes }) => (actors?.of.length ?? 0) > 0 && (purposes?.of.length ?? 0) > 0,
  },
  {
    key: 'ru-152-fz-12',
    country: 'RU',
    source: 'Federal Law 152-FZ of Russia, article 12, in force since 2023-03-01',
    asks: message('residency-ru'),
    isMet: ({ notified }) => notified,
  },
]

/**
 * Tells the one whom a consent permits to read something why it stays where it is.
 * @throws Failure 403 for what only the law of its country holds back
 */
export function requireLawful({ reason, rule }: Decision): void {
  if (reason !== 'residency') return
  const law = LAWS.find(({ key }) => key === rule)
  // Each of several consents lacks something else.
  const { key, asks, source } = law ?? { key: '–', asks: message('residency-more'), source: '–' }
  throw fail('forbidden', message('residency', { asks, rule: key, source }))
}
