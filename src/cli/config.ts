// `ieum config`: the settings in force, secrets masked, and everything that is wrong with them.
// Must not print a secret.
import { describeConfig, readConfig } from '../config.ts'

/** Print `NAME=value` lines; 1 when the settings are not valid, with every problem on standard error. */
export async function config(args: readonly string[]): Promise<number> {
  if (args.length > 0) {
    console.error('Usage: ieum config')
    return 2
  }
  console.log(describeConfig())
  try {
    readConfig()
    return 0
  } catch (error) {
    console.error((error as Error).message)
    return 1
  }
}
