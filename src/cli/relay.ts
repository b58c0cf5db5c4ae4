// `ieum relay`: how forwarding to the hub stands, another try for what was set aside, and the forwarding itself where no
// server does it. docs/operations.md
// Must not forward beside a server on the same store: that one does it.
import { parseArgs } from 'node:util'
import { closeContext, openContext } from '../app.ts'
import type { Config } from '../config.ts'
import { Failure } from '../errors.ts'
import { openUpkeep } from '../job/upkeep.ts'
import { createLog } from '../log.ts'
import { restartName, retryName } from '../relay/aside.ts'
import { prefixOf } from '../relay/edge.ts'
import { LineDown } from '../relay/line.ts'
import { openRelay } from '../relay/relay.ts'
import { statusOf, textOf } from '../relay/status.ts'
import { settings } from './settings.ts'

const USAGE = `Usage: ieum relay status [--json]
       ieum relay retry TYPE/ID…|--all
       ieum relay restart
       ieum relay once
       ieum relay run

Forwards the records of this store to the hub that RELAY_HUB names, and fetches what the hub has for it. A server that
RELAY_HUB is set for does it by itself.

  status  how far it has come, what waits, and what the hub refused
  retry   asks for another try for what was set aside; whoever forwards does it at its next turn
  restart offers all to the hub again, which was set back to a backup or emptied; what it has, it keeps
  once    sends and fetches what there is, where no server runs on the store
  run     the same, until a signal ends it

Exit status: 0 done, 1 not done (status: the last attempt failed, or something is set aside), 2 the call or the settings are wrong.`

const VERBS: Readonly<
  Record<string, (config: Config, args: readonly string[]) => Promise<number>>
> = { status, retry, restart, once, run }

/** Run the command. */
export async function relay(args: readonly string[]): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    console.log(USAGE)
    return 0
  }
  const [name = '', ...rest] = args
  const verb = Object.hasOwn(VERBS, name) ? VERBS[name] : undefined
  if (verb === undefined) return wrong(USAGE)
  const config = settings()
  if (config === undefined) return 2
  if (config.relayHub === '') return wrong('RELAY_HUB names the hub to forward to; it is not set')
  try {
    return await verb(config, rest)
  } catch (error) {
    const isKnown = error instanceof Failure || error instanceof LineDown
    if (!isKnown && (error as Error).name !== 'Error') throw error
    console.error((error as Error).message)
    return 1
  }
}

function wrong(text: string): number {
  console.error(text)
  return 2
}

async function status(config: Config, args: readonly string[]): Promise<number> {
  const [option, ...more] = args
  if ((option !== undefined && option !== '--json') || more.length > 0) return wrong(USAGE)
  const upkeep = await openUpkeep(config)
  try {
    const found = await statusOf(upkeep.notes, config.relayHub)
    console.log(option === '--json' ? JSON.stringify(found, undefined, 2) : textOf(found))
    return found.failures > 0 || found.aside.length > 0 ? 1 : 0
  } finally {
    await upkeep.close()
  }
}

async function retry(config: Config, args: readonly string[]): Promise<number> {
  let call
  try {
    const options = { all: { type: 'boolean' } } as const
    call = parseArgs({ args: [...args], allowPositionals: true, options })
  } catch (error) {
    return wrong((error as Error).message)
  }
  const names = call.values.all === true ? ['*'] : call.positionals
  if (names.length === 0 || (names[0] === '*' && call.positionals.length > 0)) return wrong(USAGE)
  const upkeep = await openUpkeep(config)
  try {
    const { aside } = await statusOf(upkeep.notes, config.relayHub)
    const known = new Set(aside.map(({ type, id }) => `${type}/${id}`))
    const unknown = names.filter((name) => name !== '*' && !known.has(name))
    if (unknown.length > 0) throw new Error(`Not set aside: ${unknown.join(', ')}`)
    await upkeep.notes.write(retryName(prefixOf(config.relayHub)), names.join(','))
    console.log(`${String(names[0] === '*' ? aside.length : names.length)} will be tried again.`)
    return 0
  } finally {
    await upkeep.close()
  }
}

async function restart(config: Config, args: readonly string[]): Promise<number> {
  if (args.length > 0) return wrong(USAGE)
  const upkeep = await openUpkeep(config)
  try {
    await upkeep.notes.write(restartName(prefixOf(config.relayHub)), new Date().toISOString())
    console.log('All will be offered to the hub again.')
    return 0
  } finally {
    await upkeep.close()
  }
}

async function once(config: Config, args: readonly string[]): Promise<number> {
  if (args.length > 0) return wrong(USAGE)
  const log = createLog(config.logLevel)
  const context = await openContext(config, log)
  const forwarding = openRelay(context)
  try {
    await forwarding.once()
    const found = await statusOf(context.store.notes, config.relayHub)
    console.log(textOf(found))
    return found.aside.length > 0 ? 1 : 0
  } finally {
    await forwarding.stop()
    await closeContext(context)
  }
}

async function run(config: Config, args: readonly string[]): Promise<number> {
  if (args.length > 0) return wrong(USAGE)
  const context = await openContext(config, createLog(config.logLevel))
  const forwarding = openRelay(context)
  forwarding.start()
  await new Promise((resolve) => {
    process.once('SIGINT', resolve)
    process.once('SIGTERM', resolve)
  })
  await forwarding.stop()
  await closeContext(context)
  return 0
}
