// Runs the command line as a process of its own, as a user does.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

export type Ended = {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** `ieum ARGS`, with settings over the defaults and, when given, text on standard input. */
export function ieum(
  args: readonly string[],
  settings: Readonly<Record<string, string>> = {},
  input?: string | Uint8Array,
  cwd?: string,
): Promise<Ended> {
  const { PATH, CACHE } = process.env
  const env = { PATH, CACHE, STORE_URL: 'sqlite::memory:', ...settings }
  const child = spawn(process.execPath, [MAIN, ...args], { env, cwd })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  // A command that ends before it has read everything closes the pipe.
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (status) => resolve({ status, stdout, stderr }))
  })
}
