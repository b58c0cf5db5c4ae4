// `ieum audit verify`: how far it is, what is wrong, and the exit status that says whether anything is.
// Must not print what an entry says.
import { readFileSync } from 'node:fs'
import type { Head } from '../../audit/head.ts'
import type { PublicKey } from '../../audit/key.ts'
import { verify, type VerifyOptions } from '../../audit/verify.ts'
import type { Context } from '../../context.ts'
import { timeOf, type Options } from '../audit.ts'
import { count, showProgress } from '../progress.ts'

/** The command. */
export async function verifyLog(options: Options, context: Context): Promise<number> {
  let done = 0
  let part = 0
  let at = ''
  const display = showProgress('entries', () => ({ done, failed: 0, part, at }))
  try {
    const { chains, entries, heads, findings } = await verify(context.store, {
      ...asked(options),
      onProgress: (now, of, chain) => {
        done = now
        part = of === 0 ? 1 : now / of
        at = chain
      },
    })
    display.stop()
    for (const { kind, chain, message } of findings)
      console.log(`${kind}${chain === '' ? '' : ` in chain ${chain}`}: ${message}`)
    console.log(
      `Checked ${count(entries)} entries in ${count(chains)} chains against ${count(heads)} signed heads`,
    )
    console.log(findings.length === 0 ? 'Nothing is wrong.' : `${count(findings.length)} wrong.`)
    return findings.length === 0 ? 0 : 1
  } finally {
    display.stop()
  }
}

function asked(options: Options): VerifyOptions {
  const chain = options.get('chain')
  const [since, until] = [options.get('since'), options.get('until')]
  const [heads, keys] = [options.get('heads'), options.get('keys')]
  return {
    ...(chain === undefined ? {} : { chain }),
    ...(since === undefined ? {} : { since: timeOf(since, 'since') }),
    ...(until === undefined ? {} : { until: timeOf(until, 'until') }),
    ...(heads === undefined ? {} : keptIn(answersIn(heads))),
    ...(keys === undefined ? {} : { keys: answersIn(keys).flatMap((one) => one.keys) }),
  }
}

type Answer = {
  readonly heads?: readonly Head[]
  /** In the place of heads, for who may not see those. */
  readonly digests?: readonly string[]
  readonly keys: readonly PublicKey[]
}

const keptIn = (answers: readonly Answer[]): VerifyOptions => ({
  kept: answers.flatMap(({ heads = [] }) => heads),
  digests: answers.flatMap(({ digests = [] }) => digests),
})

/** @throws Error in plain words */
function answersIn(file: string): readonly Answer[] {
  let text: string
  try {
    text = readFileSync(file, 'utf8').trim()
  } catch {
    throw new Error(`The file ${file} can't be read`)
  }
  try {
    try {
      return [JSON.parse(text) as Answer]
    } catch {
      return text.split('\n').map((line) => JSON.parse(line) as Answer)
    }
  } catch {
    throw new Error(`The file ${file} has no answers of /audit/heads in it`)
  }
}
