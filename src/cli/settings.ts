// The settings in force, for a command of the command line.
// Must not end the process: the command says how it ends.
import { readConfig, type Config } from '../config.ts'

/** Undefined when they are wrong, which has been said on standard error then: a command ends with 2. */
export function settings(): Config | undefined {
  try {
    return readConfig()
  } catch (error) {
    console.error((error as Error).message)
    return undefined
  }
}
