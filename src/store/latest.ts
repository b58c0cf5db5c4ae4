// How many matches a store groups to find the newest of each group.
// Must not be raised without measuring: all that the index says of them is in memory at a time.
import { fail } from '../errors.ts'

export const MOST_GROUPED = 200_000

export const tooManyToGroup = () =>
  fail(
    'too-costly',
    `More than ${MOST_GROUPED} resources would have to be grouped; narrow the search by more parameters`,
  )
