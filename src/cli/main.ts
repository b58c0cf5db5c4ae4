// The command line: `ieum COMMAND …`, one file a command, imported only when it is called.
// Must not do the work of a command, and not list commands that don't exist.
import { readFileSync } from 'node:fs'

/** A command: its arguments without its name → exit status (0 done, 1 failed in part or whole, 2 wrong usage). */
export type Command = (args: readonly string[]) => Promise<number>

type Listed = { readonly usage: string; readonly about: string; load(): Promise<Command> }

const COMMANDS: Readonly<Record<string, Listed>> = {
  serve: {
    usage: 'serve',
    about: 'start the server',
    load: async () => (await import('./serve.ts')).serve,
  },
  load: {
    usage: 'load FILE|FOLDER|-',
    about: 'load Bundles, resources and NDJSON, plain or gzip',
    load: async () => (await import('./load.ts')).load,
  },
  validate: {
    usage: 'validate FILE|FOLDER|-…',
    about: 'validate resources, Bundles and NDJSON; text, JSON, SARIF or JUnit',
    load: async () => (await import('./validate.ts')).validate,
  },
  terminology: {
    usage: 'terminology load FILE --system URL',
    about: 'load a code system of any size from CSV or NDJSON',
    load: async () => (await import('./terminology.ts')).terminology,
  },
  packages: {
    usage: 'packages [add FILE|FOLDER…]',
    about: 'list the FHIR packages of the store, or load some',
    load: async () => (await import('./packages.ts')).packages,
  },
  check: {
    usage: 'check [--repair]',
    about: 'say whether the store is sound; mend its index',
    load: async () => (await import('./check.ts')).check,
  },
  reindex: {
    usage: 'reindex [--all | --type TYPE,…]',
    about: 'make the index what it should be, and wait for it',
    load: async () => (await import('./reindex.ts')).reindex,
  },
  backup: {
    usage: 'backup FILE|FOLDER',
    about: 'copy the embedded store, while it serves, and verify the copy',
    load: async () => (await import('./backup.ts')).backup,
  },
  restore: {
    usage: 'restore FILE',
    about: 'put a backup in the place of the embedded store',
    load: async () => (await import('./restore.ts')).restore,
  },
  purge: {
    usage: 'purge --history-older-than AGE',
    about: 'remove old versions from the history, while it serves',
    load: async () => (await import('./purge.ts')).purge,
  },
  client: {
    usage: 'client list|add|remove|…',
    about: 'say who may ask for tokens; make keys, hashes and a token',
    load: async () => (await import('./client.ts')).client,
  },
  audit: {
    usage: 'audit verify|report',
    about: 'check that nothing in the log of accesses was changed; list accesses',
    load: async () => (await import('./audit.ts')).audit,
  },
  gateway: {
    usage: 'gateway refused',
    about: 'list what devices sent and was refused',
    load: async () => (await import('./gateway.ts')).gateway,
  },
  relay: {
    usage: 'relay status|retry|restart|once|run',
    about: 'forward records to a hub and fetch what it has; say how that stands',
    load: async () => (await import('./relay.ts')).relay,
  },
  config: {
    usage: 'config',
    about: 'print the settings in force',
    load: async () => (await import('./config.ts')).config,
  },
}

/** Run the command that the arguments name. */
export async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args
  if (name === '--version' || name === '-v') {
    console.log(version())
    return 0
  }
  if (name === 'help' || name === '--help' || name === '-h') {
    console.log(usage())
    return 0
  }
  const command = name === undefined || !Object.hasOwn(COMMANDS, name) ? undefined : COMMANDS[name]
  if (command === undefined) {
    console.error(name === undefined ? usage() : `There is no command "${name}"\n\n${usage()}`)
    return 2
  }
  return (await command.load())(rest)
}

/** What `ieum help` prints. */
export function usage(): string {
  const listed = [
    ...Object.values(COMMANDS),
    { usage: 'help', about: 'print this' },
    { usage: '--version', about: 'print the version' },
  ]
  const width = Math.max(...listed.map((c) => c.usage.length)) + 2
  return [
    'Usage: ieum COMMAND',
    '',
    ...listed.map((c) => `  ${c.usage.padEnd(width)}${c.about}`),
    '',
    'Settings come from the environment; .env.example lists them, `ieum config` shows those in force.',
  ].join('\n')
}

function version(): string {
  const file = new URL('../../package.json', import.meta.url)
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}
