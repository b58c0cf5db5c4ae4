// The newest matches of each group, from the index entries that documents carry; their texts stay where they are.
// https://hl7.org/fhir/R4/operation-observation-lastn.html; what a group is stands in search/latest.ts.
import type { Document } from 'mongodb'
import type { IndexPath } from '../../search/entry.ts'
import { latestOf, type Latest, type LatestBy, type LatestRow } from '../../search/latest.ts'
import type { Plan } from '../../search/plan.ts'
import { MOST_GROUPED, tooManyToGroup } from '../latest.ts'
import { withoutChains } from './chain.ts'
import { millisecondsOf } from './clock.ts'
import { compile } from './compile.ts'
import { FIELD } from './document.ts'
import type { Collections } from './schema.ts'
import type { SearchLimits } from './search.ts'

type Projected = {
  readonly id: string
  readonly seq: number
  readonly codes: readonly { readonly s: string; readonly c: string }[]
  readonly texts: readonly string[]
  readonly subjects: readonly string[]
  readonly time: number | null
}

/** @throws Failure `too-costly` for more matches than can be grouped */
export async function latest(
  { resource }: Collections,
  { types, where }: Plan,
  { subject, code, text, date, max }: LatestBy,
  limits: SearchLimits,
): Promise<Latest[]> {
  const found = resource.aggregate<Projected>(
    [
      { $match: compile(types, await withoutChains(resource, where, limits)) },
      { $limit: MOST_GROUPED + 1 },
      {
        $project: {
          _id: 0,
          id: 1,
          seq: 1,
          codes: entriesAt(FIELD.token, code, { s: '$$e.s', c: '$$e.c' }),
          texts: entriesAt(FIELD.string, text, '$$e.e'),
          subjects: entriesAt(FIELD.reference, subject, { $concat: ['$$e.t', '/', '$$e.i'] }),
          time: { $max: entriesAt(FIELD.date, date, '$$e.l') },
        },
      },
    ],
    limits,
  )
  const rows: (LatestRow & { readonly id: string })[] = []
  for await (const { codes, time, seq, ...row } of found) {
    const named = codes.filter(({ c }) => c !== '').map(({ s, c }) => `${s}|${c}`)
    rows.push({ ...row, codes: named, time: time ?? undefined, written: millisecondsOf(seq) })
  }
  if (rows.length > MOST_GROUPED) throw tooManyToGroup()
  return latestOf(rows, max).map(({ id, time, written }) => ({ id, time, written }))
}

/** What `value` says of the entries at the paths. */
const entriesAt = (field: string, paths: readonly IndexPath[], value: unknown): Document => ({
  $map: {
    input: {
      $filter: {
        input: { $ifNull: [`$${field}`, []] },
        as: 'e',
        cond: { $in: ['$$e.p', { $literal: paths }] },
      },
    },
    as: 'e',
    in: value,
  },
})
