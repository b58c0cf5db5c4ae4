// Where the process begins: the code cache first, then the command line.
// Must not import anything heavy itself: what is imported before the cache is on is compiled at every start.
import { enableCompileCache } from 'node:module'
import { join } from 'node:path'
import { readConfig } from './config.ts'

try {
  enableCompileCache(join(readConfig().cacheFolder, 'cache', 'code'))
} catch {
  // Settings that are not valid: the command says what is wrong with them.
}
const { main } = await import('./cli/main.ts')
process.exitCode = await main(process.argv.slice(2))
