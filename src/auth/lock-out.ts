// Failed sign-ins: so many in a quarter of an hour, and nobody gets in by this name for the rest of it.
// https://owasp.org/www-community/controls/Blocking_Brute_Force_Attacks
// Must count before a password is looked at, in all processes together, for names that exist and names that don't.
import { randomBytes } from 'node:crypto'
import type { Notes } from '../store/indexing.ts'
import { keptText, noteName } from './note.ts'

const WINDOW_MS = 15 * 60_000

/** Attempts in a window. */
export const MOST_ATTEMPTS = 10

/**
 * Take one of the attempts that a name has left.
 * @returns undefined when there is none; else how to give all of them back, once it was the right password
 */
export async function takeAttempt(
  login: string,
  notes: Notes,
  now = Date.now(),
): Promise<(() => Promise<void>) | undefined> {
  const window = Math.floor(now / WINDOW_MS)
  const nameOf = (n: number): string =>
    noteName('attempt', `${login.toLowerCase()}\n${window}\n${n}`)
  for (let n = 0; n < MOST_ATTEMPTS; n++) {
    // Each attempt is a note that only one can be first to write.
    const text = keptText(randomBytes(9).toString('base64url'), (window + 1) * WINDOW_MS)
    if ((await notes.writeOnce(nameOf(n), text)) !== text) continue
    return async () => {
      for (let i = 0; i <= n; i++) await notes.write(nameOf(i), undefined)
    }
  }
  return undefined
}
