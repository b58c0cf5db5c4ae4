// Comparisons of dates, numbers and quantities as filters of MongoDB on the `l` and `h` of an entry.
// https://hl7.org/fhir/R4/search.html#prefix; what each comparator means stands in search/plan.ts.
// Must not know precision, units or time zones: the plan has bounds only.
import type { Document } from 'mongodb'
import type { Comparator } from '../../search/plan.ts'
import { firstOf } from './clock.ts'

/**
 * An entry `[l, h)` against a target `[low, high)`. As l ≤ h, bounds on `l` follow from some on `h`; they are given
 * too, for the index.
 */
export function instants(op: Comparator, low: number, high: number): Document {
  const eq = { l: { $gte: low, $lte: high }, h: { $lte: high } }
  switch (op) {
    case 'eq':
      return eq
    case 'ne':
      return { $or: [{ l: { $lt: low } }, { h: { $gt: high } }] }
    case 'gt':
      return { h: { $gt: high } }
    case 'lt':
      return { l: { $lt: low } }
    case 'ge':
      return { $or: [{ h: { $gt: high } }, eq] }
    case 'le':
      return { $or: [{ l: { $lt: low } }, eq] }
    case 'sa':
      return { l: { $gte: high } }
    case 'eb':
      return { l: { $lte: low }, h: { $lte: low } }
    case 'ap':
      return { l: { $lt: high }, h: { $gt: low } }
  }
}

/** An entry `[l, h]` against a target `[low, high)`, which is one number but for eq, ne and ap. */
export function numbers(op: Comparator, low: number, high: number): Document {
  switch (op) {
    case 'eq':
      return { l: { $gte: low, $lt: high }, h: { $lt: high } }
    case 'ne':
      return { $or: [{ l: { $lt: low } }, { h: { $gte: high } }] }
    case 'gt':
      return { h: { $gt: high } }
    case 'ge':
      return { h: { $gte: high } }
    case 'lt':
      return { l: { $lt: low } }
    case 'le':
      return { l: { $lte: low } }
    case 'sa':
      return { l: { $gt: high } }
    case 'eb':
      return { l: { $lt: low }, h: { $lt: low } }
    case 'ap':
      return { l: { $lte: high }, h: { $gte: low } }
  }
}

/** An instant counts as `[t, t + 1)`; it is compared by `seq`. */
// Bounds are strict, because an inclusive one at the end of an index gets lost in the server of the tests.
export function updated(op: Comparator, low: number, high: number): Document {
  const eq = { seq: { $gt: firstOf(low) - 1, $lt: firstOf(Math.floor(high)) } }
  const gt = { seq: { $gt: firstOf(Math.floor(high - 1) + 1) - 1 } }
  const lt = { seq: { $lt: firstOf(low) } }
  switch (op) {
    case 'eq':
      return eq
    case 'ne':
      return { $nor: [eq] }
    case 'gt':
      return gt
    case 'lt':
      return lt
    case 'ge':
      return { $or: [gt, eq] }
    case 'le':
      return { $or: [lt, eq] }
    case 'sa':
      return { seq: { $gt: firstOf(high) - 1 } }
    case 'eb':
      return { seq: { $lt: firstOf(Math.floor(low)) } }
    case 'ap':
      return { seq: { $gt: firstOf(Math.floor(low - 1) + 1) - 1, $lt: firstOf(high) } }
  }
}
