// The arguments of `ieum load`.
// Must not touch files or the network.
import { basename, resolve } from 'node:path'
import { parseArgs } from 'node:util'

/** What `ieum load --help` prints. */
export const USAGE = `Usage: ieum load FILE|FOLDER|- [options]

Loads Bundles (transaction, batch, collection, …), single resources and NDJSON, plain or gzip; - is standard input.

  --url BASE        send to the server with this FHIR base instead of the store of STORE_URL
  --client ID       who asks such a server for tokens, where it runs with AUTH=oauth, and
  --key FILE        its private key, as a JSON Web Key
  --scope SCOPES    what for (default system/*.cruds)
  --restart         begin anew, also where an interrupted load could go on
  --in-flight N     groups on their way at once (default 4)
  --failed FILE     where to write what fails (default NAME.failed.ndjson in the current folder)

Ends with 0 when all was loaded, 1 when something was not, 2 when the call or what it names is wrong.`

export type Caller = { readonly client: string; readonly keyFile: string; readonly scope: string }

export type Call = {
  readonly argument: string
  readonly url: string | undefined
  /** Who asks the server for tokens. */
  readonly caller: Caller | undefined
  readonly restart: boolean
  readonly inFlight: number
  readonly failed: string
}

/** @throws Error that says what is wrong; undefined when help is asked for */
export function readCall(args: readonly string[]): Call | undefined {
  const { values, positionals } = parse(args)
  if (values.help) return undefined
  const [argument, ...more] = positionals
  if (argument === undefined || more.length > 0) throw new Error(USAGE)
  const inFlight = Number(values['in-flight'] ?? '4')
  if (!Number.isInteger(inFlight) || inFlight < 1 || inFlight > 64)
    throw new Error('--in-flight must be a whole number from 1 to 64')
  if (values.url !== undefined && !/^https?:\/\/[^\s?#]+$/.test(values.url))
    throw new Error('--url must be the base of a FHIR server, as in http://127.0.0.1:3000/fhir')
  const name = argument === '-' ? 'stdin' : basename(resolve(argument)).replace(/\.gz$/, '')
  return {
    argument,
    url: values.url?.replace(/\/+$/, ''),
    caller: callerOf(values),
    restart: values.restart ?? false,
    inFlight,
    failed: values.failed ?? `${name}.failed.ndjson`,
  }
}

function callerOf({ url, client, key, scope }: ReturnType<typeof parse>['values']) {
  if (client === undefined && key === undefined && scope === undefined) return undefined
  if (url === undefined || client === undefined || key === undefined)
    throw new Error('--client and --key go together, with --url: they are for a server')
  return { client, keyFile: key, scope: scope ?? 'system/*.cruds' }
}

const parse = (args: readonly string[]) =>
  parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      url: { type: 'string' },
      client: { type: 'string' },
      key: { type: 'string' },
      scope: { type: 'string' },
      restart: { type: 'boolean' },
      'in-flight': { type: 'string' },
      failed: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  })
