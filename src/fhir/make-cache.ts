// A process of its own that makes what cache.ts keeps, so that the memory for it ends with it.
// Arguments: URL of a module, the name of the function it exports for this, URL of the folder of the published files.
// Must not write anything but the JSON.
import { writeSync } from 'node:fs'

const [module = '', name = '', published = ''] = process.argv.slice(2)
const { [name]: make } = (await import(module)) as Record<string, (published: URL) => object>
const bytes = Buffer.from(JSON.stringify(make!(new URL(published))))
for (let at = 0; at < bytes.length;) at += writeSync(1, bytes, at)
