// The failing disk of script/fault-shim as tests use it: compiled once, put under a server, told when to fail.
// Must not pretend: where it can't be had, `why` says so and the tests are skipped with that line.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const SOURCE = fileURLToPath(new URL('../../script/fault-shim/shim.c', import.meta.url))

export type Fault = {
  readonly call: 'write' | 'sync' | 'truncate'
  readonly error: 'EIO' | 'ENOSPC'
  /** Calls that still succeed. */
  readonly after?: number
  /** Calls that fail; for good unless given. */
  readonly times?: number
  /** How the name of the file ends; the database and its log unless given. */
  readonly file?: '.db' | '.db-wal'
}

export type Shim = {
  /** Why there is none. */
  readonly why: string | undefined
  /** Variables for a process; `record`: a file for its notes, see disk.ts. */
  environment(record?: string): Record<string, string>
  /** Let calls fail from now on; undefined: no more. */
  fail(fault: Fault | undefined): void
  close(): void
}

export function openShim(): Shim {
  const folder = mkdtempSync(join(tmpdir(), 'ieum-shim-'))
  const library = join(folder, 'shim.so')
  const control = join(folder, 'control')
  let generation = 0
  let why: string | undefined
  if (process.platform !== 'linux') why = 'a failing disk can be simulated on Linux only'
  else
    try {
      execFileSync('cc', ['-O2', '-shared', '-fPIC', '-o', library, SOURCE, '-ldl', '-lpthread'], {
        stdio: 'pipe',
      })
    } catch (error) {
      why = `a failing disk needs a C compiler named cc: ${String(error).split('\n')[0] ?? ''}`
    }
  const shim: Shim = {
    why,
    environment: (record) => ({
      LD_PRELOAD: library,
      IEUM_FAULT_CONTROL: control,
      ...(record === undefined ? {} : { IEUM_FAULT_RECORD: record }),
    }),
    fail: (fault) => {
      // Another line than before, be it the same fault: the counting begins anew.
      generation++
      const {
        call,
        error,
        after = 0,
        times = 1e9,
        file = '*',
      } = fault ?? { call: 'none', error: '-' }
      writeFileSync(
        control,
        `${call} ${error} ${String(after)} ${String(times)} ${file} ${String(generation)}\n`,
      )
    },
    close: () => {
      rmSync(folder, { recursive: true })
    },
  }
  shim.fail(undefined)
  return shim
}
