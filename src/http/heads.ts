// `/audit/heads`: the signed heads of the log and the keys that they are signed with, for outsiders to keep.
// docs/audit.md; open to everybody. How much was logged is for auditors: under AUTH=oauth others get hashes of heads.
// Must not show more of the log than hashes, numbers and times.
import type { Request, Response } from 'express'
import type { Auth } from '../auth/auth.ts'
import { digestOf, headOf } from '../audit/head.ts'
import { publicKeys } from '../audit/key.ts'
import type { Context } from '../context.ts'
import { Failure } from '../errors.ts'
import { outcomeText } from '../fhir/outcome.ts'

/** Chains, the last that began, whose last heads are shown; heads of one chain that are shown at once. */
const MOST = 1000

/** `?chain=C&from=N`: all heads of one chain, those of entries from a number on. */
export const headsListener =
  ({ store, log, baseUrl }: Context, auth?: Auth) =>
  async (request: Request, response: Response): Promise<void> => {
    try {
      const isStranger = auth !== undefined && !(await isAuditor(request, auth))
      const query = new URLSearchParams(request.url.split('?')[1] ?? '')
      const chain = isStranger ? null : query.get('chain')
      const from = Number(query.get('from') ?? 1)
      const kept =
        chain === null
          ? await store.trail.lastHeads(MOST)
          : await store.trail.heads(chain, Number.isSafeInteger(from) ? from : 1, MOST)
      const heads = kept.map(headOf)
      const shown = isStranger ? { digests: heads.map(digestOf) } : { heads }
      response.json({ log: baseUrl, keys: await publicKeys(store.notes), ...shown })
    } catch (error) {
      if (error instanceof Failure && error.status < 500) {
        response.status(error.status).set(error.headers)
        response.type('application/fhir+json').send(outcomeText(error.issues))
        return
      }
      if (!(error instanceof Failure)) log.error({ err: error }, 'heads')
      response.status(503).set('retry-after', '2').json({ status: 'not available' })
    }
  }

/** @throws Failure 401, 403, 429 or 503 for a token that is none */
async function isAuditor(request: Request, auth: Auth): Promise<boolean> {
  if (request.headers.authorization === undefined) {
    await auth.countStranger(request)
    return false
  }
  const { roles } = await auth.principal(request)
  return roles.includes('auditor') || roles.includes('administrator')
}
