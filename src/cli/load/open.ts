// Opens what a load goes to: a server, or the store itself.
// Must not load what only the store needs when it goes to a server.
import { readConfig } from '../../config.ts'
import type { Caller } from './call.ts'
import { httpTarget, type Target, type Tokens } from './target.ts'

export type Opened = { readonly target: Target; readonly name: string; close(): Promise<void> }

/**
 * A server by the URL of its FHIR base, or the store of STORE_URL.
 * @throws Error in plain words when the settings are wrong or the store can't be opened
 */
export async function openTarget(url: string | undefined, caller?: Caller): Promise<Opened> {
  if (url !== undefined) {
    const tokens = caller && (await openTokens(url, caller))
    return { target: httpTarget(url, tokens), name: url, close: async () => undefined }
  }
  const config = readConfig()
  const [{ openContext, closeContext }, { createLog }, { storeTarget }] = await Promise.all([
    import('../../app.ts'),
    import('../../log.ts'),
    import('./store-target.ts'),
  ])
  // The bound on a Bundle guards a server against its callers; who loads here is the operator.
  const unbounded = { ...config, maxBundleEntries: Number.MAX_SAFE_INTEGER }
  const context = await openContext(unbounded, createLog('warn'))
  return {
    target: storeTarget(context),
    name: config.storeUrl,
    close: () => closeContext(context),
  }
}

/** Tokens are good for five minutes. */
const FRESH_MS = 240_000

/** @throws Error in plain words when the first token isn't given */
async function openTokens(base: string, { client, keyFile, scope }: Caller): Promise<Tokens> {
  const { askForToken } = await import('../../auth/client-key.ts')
  let until = -Infinity
  let known: Promise<string> | undefined
  const tokens: Tokens = async (refused) => {
    // Several groups may have been refused with one token: the first to say so gets another for all.
    const last = await known
    if (last !== undefined && last !== refused && performance.now() < until) return last
    until = performance.now() + FRESH_MS
    known = askForToken({ client, keyFile, scope, base })
    known.catch(() => (known = undefined))
    return known
  }
  await tokens()
  return tokens
}
