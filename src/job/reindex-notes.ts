// What a store notes on its index: what it is made of, how far the work on it has come, what an operator asked for.
// Must not fail on a note of another release: one that can't be read is none.
import type { Notes } from '../store/indexing.ts'
import { FIRST, type Made, type MadeOf } from '../search/completeness.ts'

/** How far the index has been made anew. Instants are ms since 1970. */
export type Work = {
  /** Resources that were looked at, those of them whose entries were not right, and how many there were at the beginning. */
  readonly looked: number
  readonly changed: number
  readonly of: number
  readonly began: number
  /** When this was noted. */
  readonly noted: number
  readonly ended?: number
  /** The type that is worked on, what is made of it, and where the next step begins. */
  readonly type?: string
  readonly made?: Made
  readonly from?: string
}

const MADE = 'index'
const WORK = 'reindex'
const WANTED = 'reindex-wanted'

export const readMade = async (notes: Notes): Promise<MadeOf> =>
  parsed<MadeOf>(await notes.read(MADE)) ?? FIRST

/** Whether a store says what its index is made of; one that was never indexed anew needn't. */
export const hasMade = async (notes: Notes): Promise<boolean> =>
  (await notes.read(MADE)) !== undefined

export const writeMade = (notes: Notes, made: MadeOf): Promise<void> =>
  notes.write(MADE, JSON.stringify(made))

export const readWork = async (notes: Notes): Promise<Work | undefined> =>
  parsed<Work>(await notes.read(WORK))

export const writeWork = (notes: Notes, work: Work): Promise<void> =>
  notes.write(WORK, JSON.stringify(work))

/** Types that were asked for, whatever the notes say; none when nothing was. */
export type Wanted = { readonly types: readonly string[]; readonly at: number }

export const readWanted = async (notes: Notes): Promise<Wanted | undefined> =>
  parsed<Wanted>(await notes.read(WANTED))

/** Ask for it: a process that serves does it, and takes the note away when it is done. */
export const writeWanted = (notes: Notes, wanted: Wanted | undefined): Promise<void> =>
  notes.write(WANTED, wanted && JSON.stringify(wanted))

function parsed<T>(text: string | undefined): T | undefined {
  try {
    return text === undefined ? undefined : (JSON.parse(text) as T)
  } catch {
    return undefined
  }
}
