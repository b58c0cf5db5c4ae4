// The contract of a store as a suite: every implementation and every wrapper passes all of it.
// What it says stands in src/store/store.ts. Must not know which store it runs on.
import type { Store } from '../../src/store/store.ts'
import { agreement } from './contract/agreement.ts'
import { chains } from './contract/chain.ts'
import { changeFeeds } from './contract/change.ts'
import { commits } from './contract/commit.ts'
import { conditions } from './contract/condition.ts'
import { histories } from './contract/history.ts'
import { includes } from './contract/include.ts'
import { reindexing } from './contract/reindex.ts'
import { latest } from './contract/latest.ts'
import { paging } from './contract/paging.ts'
import { sorting } from './contract/sort.ts'
import { trails } from './contract/trail.ts'
import { values } from './contract/value.ts'
import { versions } from './contract/version.ts'
import { wholes } from './contract/whole.ts'

const PARTS = {
  versions,
  commits,
  histories,
  conditions,
  values,
  sorting,
  includes,
  chains,
  reindexing,
  'newest of each group': latest,
  pages: paging,
  'whole transactions': wholes,
  'change feeds': changeFeeds,
  'journal of the log': trails,
  'agreement with match.ts': agreement,
}

/** Runs the suite; `open` gives an empty store each time it is called. */
export function contract(name: string, open: () => Promise<Store>): void {
  describe(`store contract on ${name}`, () => {
    for (const [part, run] of Object.entries(PARTS))
      describe(part, function () {
        this.timeout(120_000)
        let store: Store | undefined
        before(async () => {
          store = await open()
        })
        after(() => store?.close())
        run(() => store as Store)
      })
  })
}
