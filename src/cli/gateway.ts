// `ieum gateway refused`: what devices sent and was refused, for the operator; also while a server has the store open.
// docs/network.md, "A device gateway and the diagnosis kit"
// Must not change anything, nor print what a message says unless that is asked for.
import { parseArgs } from 'node:util'
import { closeContext, openContext } from '../app.ts'
import { readConfig, type Config } from '../config.ts'
import type { Context } from '../context.ts'
import { Failure } from '../errors.ts'
import { CATEGORY } from '../gateway/kept.ts'
import { CUSTODIAN_SYSTEM } from '../search/record.ts'
import { createLog } from '../log.ts'
import { storeBeside } from './audit.ts'

const USAGE = `Usage: ieum gateway refused [--organization ID] [--all]
       ieum gateway refused --message ID

Lists what devices sent to the gateway and was refused, the newest first: its id, when it came, who sent it, under which
number, how large it was, and why.

  --organization ID  what was sent to one organization only
  --all              what the operator has dealt with, too (its Communication is completed)
  --message ID       write the message itself, byte for byte, to standard output: it holds data of a patient

Exit status: 0 done, 1 not done, 2 the call or the settings are wrong.`

/** Run the command. */
export async function gateway(args: readonly string[]): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    console.log(USAGE)
    return 0
  }
  const asked = readArguments(args)
  let config: Config
  try {
    if (asked === undefined) throw new Error(USAGE)
    config = readConfig()
  } catch (error) {
    console.error((error as Error).message)
    return 2
  }
  let context: Context | undefined
  try {
    context = await openContext(config, createLog('silent'), await storeBeside(config))
    return asked.message === undefined
      ? await list(asked, context)
      : await show(asked.message, context)
  } catch (error) {
    if (!(error instanceof Failure) && (error as Error).name !== 'Error') throw error
    console.error((error as Error).message)
    return 1
  } finally {
    if (context !== undefined) await closeContext(context)
  }
}

type Asked = {
  readonly organization?: string | undefined
  readonly all?: boolean | undefined
  readonly message?: string | undefined
}

function readArguments(args: readonly string[]): Asked | undefined {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        organization: { type: 'string' },
        all: { type: 'boolean' },
        message: { type: 'string' },
      },
    })
    return positionals.join(' ') === 'refused' ? values : undefined
  } catch {
    return undefined
  }
}

type Kept = {
  readonly id: string
  readonly received: string
  readonly sender?: { readonly display?: string }
  readonly statusReason?: { readonly text?: string }
  readonly payload: readonly {
    readonly contentAttachment?: {
      readonly data: string
      readonly size: number
      readonly title?: string
    }
  }[]
}

/** Some at a time. */
const AT_ONCE = 200

async function list({ organization, all }: Asked, context: Context): Promise<number> {
  const { plan } = context.plan(
    'Communication',
    [
      ['category', `${CATEGORY.system}|${CATEGORY.code}`],
      ...(all === true ? [] : [['status', 'not-done'] as const]),
      ...(organization === undefined
        ? []
        : [['_tag', `${CUSTODIAN_SYSTEM}|${organization}`] as const]),
      ['_sort', '-received'],
      ['_count', String(AT_ONCE)],
    ],
    { strict: true },
  )
  let count = 0
  for (let cursor: string | undefined; ;) {
    const found = await context.store.search({
      ...plan,
      ...(cursor === undefined ? {} : { cursor }),
    })
    for (const { text } of found.matches) {
      console.log(lineOf(JSON.parse(text ?? '{}') as Kept))
      count++
    }
    cursor = found.next
    if (cursor === undefined) break
  }
  if (count === 0) console.log('Nothing that was refused waits.')
  return 0
}

function lineOf({ id, received, sender, statusReason, payload }: Kept): string {
  const attachment = payload.at(-1)?.contentAttachment
  return [
    ...[id, received, sender?.display ?? '-', attachment?.title ?? '-'],
    ...[`${String(attachment?.size ?? 0)} bytes`, statusReason?.text ?? ''],
  ].join('\t')
}

async function show(id: string, context: Context): Promise<number> {
  const version = await context.store.read('Communication', id)
  const kept = JSON.parse(version?.text ?? '{}') as Partial<Kept>
  const data = kept.payload?.at(-1)?.contentAttachment?.data
  if (data === undefined) {
    console.error(`There is no message ${id.slice(0, 64)}`)
    return 1
  }
  process.stdout.write(Buffer.from(data, 'base64'))
  return 0
}
