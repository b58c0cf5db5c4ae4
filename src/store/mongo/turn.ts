// Takes turns within one process: work that shares a key runs one after the other, so that it doesn't collide in the
// database and start again. Between processes the database decides; correctness never rests on this file.

export type Turns = <T>(keys: readonly string[], work: () => Promise<T>) => Promise<T>

/** All keys of one piece of work are queued for at once, so two pieces can't wait for each other. */
export function openTurns(): Turns {
  const last = new Map<string, Promise<unknown>>()
  return async (keys, work) => {
    const before = keys.flatMap((key) => last.get(key) ?? [])
    const mine = Promise.allSettled(before).then(work)
    const ended = mine.catch(() => undefined)
    for (const key of keys) last.set(key, ended)
    try {
      return await mine
    } finally {
      for (const key of keys) if (last.get(key) === ended) last.delete(key)
    }
  }
}
