// The release of this program, as package.json says it.
// Must not be used to decide what data means: that is the schema version of a store.
import { readFileSync } from 'node:fs'

/** `0.1.0` */
export const RELEASE: string = (
  JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
).version
