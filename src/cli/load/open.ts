// Opens what a load goes to: a server, or the store itself.
// Must not load what only the store needs when it goes to a server.
import { readConfig } from '../../config.ts'
import { httpTarget, type Target } from './target.ts'

export type Opened = { readonly target: Target; readonly name: string; close(): Promise<void> }

/**
 * A server by the URL of its FHIR base, or the store of STORE_URL.
 * @throws Error in plain words when the settings are wrong or the store can't be opened
 */
export async function openTarget(url: string | undefined): Promise<Opened> {
  if (url !== undefined) return { target: httpTarget(url), name: url, close: async () => undefined }
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
