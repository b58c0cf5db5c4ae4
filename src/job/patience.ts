// A step of a long work again while the store is away or busy with something large.
// Must only be given steps that are harmless when they are done twice.
import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from '../errors.ts'

const TRIES = 30
const TRY_AGAIN_MS = 1000

/** @throws what the step threw last, or why the signal ended the work */
export async function patiently<T>(step: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await step()
    } catch (error) {
      if (!(error instanceof Failure) || error.kind !== 'unavailable' || tries >= TRIES) throw error
      await sleep(TRY_AGAIN_MS)
      signal.throwIfAborted()
    }
  }
}
