// `/audit/heads`: the signed heads of the log and the keys that they are signed with, for outsiders to keep.
// docs/audit.md; open to everybody, since it holds nothing of anybody.
// Must not show more of the log than hashes, numbers and times.
import type { Request, Response } from 'express'
import { headOf } from '../audit/head.ts'
import { publicKeys } from '../audit/key.ts'
import type { Context } from '../context.ts'
import { Failure } from '../errors.ts'

/** Chains, the last that began, whose last heads are shown; heads of one chain that are shown at once. */
const MOST = 1000

/** `?chain=C&from=N`: all heads of one chain, those of entries from a number on. */
export const headsListener =
  ({ store, log, baseUrl }: Context) =>
  async (request: Request, response: Response): Promise<void> => {
    try {
      const query = new URLSearchParams(request.url.split('?')[1] ?? '')
      const chain = query.get('chain')
      const from = Number(query.get('from') ?? 1)
      const kept =
        chain === null
          ? await store.trail.lastHeads(MOST)
          : await store.trail.heads(chain, Number.isSafeInteger(from) ? from : 1, MOST)
      response.json({ log: baseUrl, keys: await publicKeys(store.notes), heads: kept.map(headOf) })
    } catch (error) {
      if (!(error instanceof Failure)) log.error({ err: error }, 'heads')
      response.status(503).set('retry-after', '2').json({ status: 'not available' })
    }
  }
