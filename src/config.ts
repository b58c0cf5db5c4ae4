// The settings in force, read once from the environment; the only place that reads process.env.
// Names are fixed by the design and listed in .env.example.
// Must not hold a default that opens the server to a network: open mode is for loopback only.
import { wrongItem } from './subscription/endpoint.ts'

export type Config = {
  readonly port: number
  readonly host: string
  /** FHIR base without a trailing slash: `http://127.0.0.1:3000/fhir`. */
  readonly baseUrl: string
  readonly storeUrl: string
  readonly auth: 'open' | 'oauth'
  /** URL of an authorisation server elsewhere whose tokens count; '' = the one that is part of this server. */
  readonly issuer: string
  /** File with the clients that may come, and the people that may sign in; '' = none. */
  readonly clients: string
  /** File with the keys that the own authorisation server signs with; '' = keys that the store keeps. */
  readonly authKeys: string
  /** Requests that a client may make in a minute, in each process. */
  readonly rateLimit: number
  /** Whose requests are in the log of accesses: those of callers who signed in, or those of open mode too. */
  readonly audit: 'callers' | 'all'
  /** PEM of the key that heads of the log are signed with; '': a key that the store keeps. */
  readonly auditKey: string
  /** Minutes that a record stays open to who broke the glass. */
  readonly breakGlassMinutes: number
  /** FHIR base of the hub that this edge forwards to, without a trailing slash; '' = none. */
  readonly relayHub: string
  /** Who this edge is at the hub, and the file with its private key (a JWK); '' = the hub is in open mode. */
  readonly relayClientId: string
  readonly relayKeyFile: string
  /** Id of the Organization whose records are forwarded; '' = all. */
  readonly relayOrganization: string
  /** Seconds between two looks at the hub. */
  readonly relaySeconds: number
  /** What pseudonyms and moved dates are made with; '': a key that the store keeps. */
  readonly deidentifyKey: string
  /** File with the policy of de-identification; '' = the one that comes with the server. */
  readonly deidentifyPolicy: string
  /** Of what is made once of published files, and of compiled code. */
  readonly cacheFolder: string
  readonly seed: 'demo' | 'none'
  /** FHIR packages to load at the start: .tgz files and folders. */
  readonly packages: readonly string[]
  readonly logLevel: string
  /** Bytes of a body at most, after decompression. */
  readonly maxBodyBytes: number
  /** Entries of a batch or transaction at most. */
  readonly maxBundleEntries: number
  /** Matches on a page when `_count` is absent, and at most. */
  readonly pageSize: number
  readonly maxPageSize: number
  /** What page links are signed with (the first) and recognised by; none: a key that the store keeps. */
  readonly pageKeys: readonly string[]
  /** Whether a reference to a resource that is not here is refused. */
  readonly references: 'accept' | 'enforce'
  /** By resource type, canonical URLs of the profiles that its resources have to meet. */
  readonly requiredProfiles: ReadonlyMap<string, readonly string[]>
  /** What a write is that declares a profile which is not here. */
  readonly unknownProfiles: 'accept' | 'refuse'
  /** What a conditional delete does when several match. */
  readonly conditionalDelete: 'single' | 'multiple'
  /** IANA zone for dates that carry none. */
  readonly timeZone: string
  /** Origins that browsers may call from: `*` or a comma list. */
  readonly corsOrigins: string
  readonly mongoPoolSize: number
  readonly mongoTimeoutMs: number
  /** Processes that serve. */
  readonly workers: number
  /** Milliseconds between two looks at what other processes changed of search parameters, profiles and the index. */
  readonly refreshMs: number
  /** Milliseconds that a heavy search may take. */
  readonly searchBudgetMs: number
  /** Resources that a search may test one by one. */
  readonly searchMaxTested: number
  /** Threads for heavy searches, in each process. */
  readonly searchThreads: number
  /** Seconds between the signal to end and the end of listening, in which /readyz says no. */
  readonly drainSeconds: number
  /** Milliseconds for the headers of a request to arrive, and for the whole of it. */
  readonly headersTimeoutMs: number
  readonly requestTimeoutMs: number
  /** Milliseconds after which a client that takes in nothing of its answer is cut off. */
  readonly answerTimeoutMs: number
  /** Milliseconds that a connection may lie idle between requests. */
  readonly idleTimeoutMs: number
  /** Connections of clients at most. */
  readonly maxConnections: number
  /** Bytes of what a device sends to the gateway at most. */
  readonly gatewayMaxBytes: number
  /** TCP port for HL7 v2 over MLLP; undefined = none. */
  readonly mllpPort: number | undefined
  readonly mllpHost: string
  /** Client in whose name messages over MLLP are written under AUTH=oauth. */
  readonly mllpClient: string
  /** Connections of devices at most, and milliseconds that one may be silent. */
  readonly mllpMaxConnections: number
  readonly mllpIdleMs: number
  /** Seconds that requests in flight have at shutdown. */
  readonly shutdownSeconds: number
  /** URL prefixes that notifications may go to, and ranges of inner addresses that their names may mean. */
  readonly subscriptionEndpoints: readonly string[]
  /** Milliseconds that an endpoint has to answer a notification. */
  readonly subscriptionTimeoutMs: number
  /** Hours for which failing notifications are tried again. */
  readonly subscriptionRetryHours: number
}

type Setting = {
  readonly name: string
  readonly fallback: string
  readonly about: string
  readonly secret?: true
}

/** Every variable with its default and one line on what it does; `.env.example` is checked against it. */
export const SETTINGS: readonly Setting[] = [
  { name: 'PORT', fallback: '3000', about: 'TCP port; 0 takes a free one' },
  { name: 'HOST', fallback: '127.0.0.1', about: 'address to listen on' },
  {
    name: 'BASE_URL',
    fallback: '',
    about: 'public FHIR base for links; derived from HOST and PORT when empty',
  },
  {
    name: 'STORE_URL',
    fallback: 'sqlite:./data/ieum.db',
    about: 'sqlite:FILE, sqlite::memory: or mongodb://…/ieum (a replica set)',
    secret: true,
  },
  {
    name: 'AUTH',
    fallback: 'open',
    about: 'open (everybody, on loopback only) or oauth (who has a token)',
  },
  {
    name: 'ISSUER',
    fallback: '',
    about: 'URL of an authorisation server elsewhere; empty: the one that is part of this server',
  },
  {
    name: 'CLIENTS',
    fallback: '',
    about: 'JSON file with the clients that may ask for tokens and the people that may sign in',
  },
  {
    name: 'AUTH_KEYS',
    fallback: '',
    about:
      'JSON file with keys of the own authorisation server; empty: made once, kept in the store',
  },
  {
    name: 'RATE_LIMIT',
    fallback: '60000',
    about: 'requests that a client may make in a minute under AUTH=oauth, in each process',
  },
  {
    name: 'AUDIT',
    fallback: 'callers',
    about: 'callers or all: whose requests are in the log of accesses; all is for open mode',
  },
  {
    name: 'BREAK_GLASS_MINUTES',
    fallback: '30',
    about: 'minutes that a record stays open to a clinician who broke the glass',
  },
  {
    name: 'AUDIT_KEY',
    fallback: '',
    about: 'Ed25519 key (PEM) that heads of that log are signed with; empty: a key in the store',
    secret: true,
  },
  {
    name: 'RELAY_HUB',
    fallback: '',
    about: 'FHIR base of a hub that this server forwards to and fetches from; empty: none',
  },
  {
    name: 'RELAY_CLIENT_ID',
    fallback: '',
    about: 'client_id of this server at the hub; empty: the hub asks for no tokens',
  },
  {
    name: 'RELAY_KEY_FILE',
    fallback: '',
    about: 'file with the private key of that client, as `ieum client key` makes it',
  },
  {
    name: 'RELAY_ORGANIZATION',
    fallback: '',
    about: 'id of the Organization whose records are forwarded; empty: all records',
  },
  {
    name: 'RELAY_SECONDS',
    fallback: '5',
    about: 'seconds between two looks at what the hub has for this server',
  },
  {
    name: 'DEIDENTIFY_KEY',
    fallback: '',
    about:
      'what pseudonyms and moved dates of teaching cases are made with; empty: a key in the store',
    secret: true,
  },
  {
    name: 'DEIDENTIFY_POLICY',
    fallback: '',
    about: 'JSON file (Parameters) that says what becomes of each element; empty: the shipped one',
  },
  {
    name: 'CACHE',
    fallback: '',
    about:
      'folder of what is made once and may be lost (definitions, compiled code); empty: beside the store',
  },
  {
    name: 'SEED',
    fallback: 'demo',
    about: 'demo fills an empty store with the demonstration network; none does not',
  },
  {
    name: 'PACKAGES',
    fallback: '',
    about: 'comma list of FHIR packages (.tgz, or a folder of JSON) to load at start',
  },
  {
    name: 'LOG_LEVEL',
    fallback: 'info',
    about: 'trace, debug, info, warn, error, fatal or silent',
  },
  {
    name: 'MAX_BODY_BYTES',
    fallback: '33554432',
    about: 'bytes of a request body at most, expanded',
  },
  {
    name: 'MAX_BUNDLE_ENTRIES',
    fallback: '5000',
    about: 'entries of a batch or transaction at most',
  },
  { name: 'PAGE_SIZE', fallback: '20', about: 'matches on a page when _count is absent' },
  { name: 'MAX_PAGE_SIZE', fallback: '1000', about: 'matches on a page at most' },
  {
    name: 'PAGE_KEY',
    fallback: '',
    about: 'what page links are signed with, older keys behind commas; empty: a key in the store',
    secret: true,
  },
  {
    name: 'REFERENCES',
    fallback: 'accept',
    about: 'accept or enforce: whether references must resolve when written',
  },
  {
    name: 'REQUIRED_PROFILES',
    fallback: '',
    about: 'profiles that resources must meet when written: Type=URL, a comma list',
  },
  {
    name: 'UNKNOWN_PROFILES',
    fallback: 'accept',
    about: 'accept or refuse: what declares a profile that is not here',
  },
  {
    name: 'CONDITIONAL_DELETE',
    fallback: 'single',
    about: 'single or multiple: what a conditional delete may remove',
  },
  { name: 'TIME_ZONE', fallback: 'UTC', about: 'IANA zone of dates that carry none' },
  {
    name: 'CORS_ORIGINS',
    fallback: '*',
    about: 'origins that browsers may call from: * or a comma list',
  },
  { name: 'MONGO_POOL_SIZE', fallback: '50', about: 'connections to MongoDB at most' },
  {
    name: 'MONGO_TIMEOUT_MS',
    fallback: '5000',
    about: 'milliseconds to wait for MongoDB before answering 503',
  },
  { name: 'WORKERS', fallback: '1', about: 'processes that serve; on SQLite one more writes' },
  {
    name: 'REFRESH_MS',
    fallback: '2000',
    about: 'milliseconds after which other processes notice a new search parameter or profile',
  },
  {
    name: 'SEARCH_BUDGET_MS',
    fallback: '10000',
    about: 'milliseconds that a heavy search may take before it is refused as too costly',
  },
  {
    name: 'SEARCH_MAX_TESTED',
    fallback: '1000000',
    about: 'resources that a search may test one by one before it is refused as too costly',
  },
  {
    name: 'SEARCH_THREADS',
    fallback: '1',
    about: 'threads for heavy searches in each process (SQLite)',
  },
  {
    name: 'DRAIN_SECONDS',
    fallback: '0',
    about: 'seconds after a signal in which /readyz says no while all is still served',
  },
  {
    name: 'HEADERS_TIMEOUT_MS',
    fallback: '20000',
    about: 'milliseconds for the headers of a request to arrive',
  },
  {
    name: 'REQUEST_TIMEOUT_MS',
    fallback: '120000',
    about: 'milliseconds for a whole request to arrive',
  },
  {
    name: 'ANSWER_TIMEOUT_MS',
    fallback: '60000',
    about: 'milliseconds after which a client that takes in nothing of its answer is cut off',
  },
  {
    name: 'IDLE_TIMEOUT_MS',
    fallback: '30000',
    about: 'milliseconds that a connection may lie idle between requests',
  },
  {
    name: 'MAX_CONNECTIONS',
    fallback: '10000',
    about: 'connections of clients at most, in each process',
  },
  {
    name: 'GATEWAY_MAX_BYTES',
    fallback: '1048576',
    about: 'bytes of a message or of a JSON form that a device sends at most',
  },
  {
    name: 'MLLP_PORT',
    fallback: '',
    about: 'TCP port for HL7 v2 messages of devices (MLLP); empty: none, 0: a free one',
  },
  { name: 'MLLP_HOST', fallback: '127.0.0.1', about: 'address to listen on for MLLP' },
  {
    name: 'MLLP_CLIENT',
    fallback: '',
    about: 'client_id in whose name messages over MLLP are written; needed under AUTH=oauth',
  },
  {
    name: 'MLLP_MAX_CONNECTIONS',
    fallback: '100',
    about: 'connections of devices at most, in each process',
  },
  {
    name: 'MLLP_IDLE_MS',
    fallback: '3600000',
    about: 'milliseconds that a connection of a device may be silent between messages',
  },
  {
    name: 'SHUTDOWN_SECONDS',
    fallback: '10',
    about: 'seconds that requests in flight have at shutdown',
  },
  {
    name: 'SUBSCRIPTION_ENDPOINTS',
    fallback: '',
    about:
      'comma list of URL prefixes that notifications may go to, and of address ranges (10.2.0.0/16) that their names may mean; empty: this machine in open mode, none under oauth',
  },
  {
    name: 'SUBSCRIPTION_TIMEOUT_MS',
    fallback: '10000',
    about: 'milliseconds that an endpoint has to answer a notification',
  },
  {
    name: 'SUBSCRIPTION_RETRY_HOURS',
    fallback: '72',
    about: 'hours for which failing notifications are tried again, before the Subscription is off',
  },
]

export type Environment = Readonly<Record<string, string | undefined>>

/**
 * Settings from the environment.
 * @throws Error that lists everything wrong at once, a line each
 */
export function readConfig(environment: Environment = process.env): Config {
  const problems: string[] = []
  const text = (name: string): string => {
    const value = environment[name]
    return value === undefined || value === ''
      ? (SETTINGS.find((s) => s.name === name)?.fallback ?? '')
      : value
  }
  const number = (name: string, least: number, most: number): number => {
    const value = Number(text(name))
    if (!Number.isInteger(value) || value < least || value > most)
      problems.push(`${name} must be a whole number from ${least} to ${most}, not "${text(name)}"`)
    return value
  }
  const choice = <T extends string>(name: string, allowed: readonly T[]): T => {
    const value = text(name)
    const found = allowed.find((a) => a === value)
    if (found === undefined)
      problems.push(`${name} must be one of ${allowed.join(', ')}, not "${value}"`)
    return found ?? (allowed[0] as T)
  }

  const port = number('PORT', 0, 65535)
  const host = text('HOST')
  const auth = choice('AUTH', ['open', 'oauth'])
  if (auth === 'open' && !isLoopback(host))
    problems.push(
      `AUTH=open serves everybody and is refused on HOST=${host}; use a loopback address`,
    )
  const storeUrl = text('STORE_URL')
  if (!/^(sqlite:.+|mongodb(\+srv)?:\/\/.+)$/.test(storeUrl))
    problems.push('STORE_URL must be sqlite:FILE, sqlite::memory: or mongodb://…')
  const baseUrl = text('BASE_URL')
  if (baseUrl !== '' && !/^https?:\/\/[^\s?#]+$/.test(baseUrl))
    problems.push('BASE_URL must be an absolute http or https URL without query')
  const issuer = text('ISSUER')
  if (issuer !== '' && !isSafeUrl(issuer))
    problems.push('ISSUER must be an https URL (or an http URL on loopback) without query')
  const relayHub = text('RELAY_HUB')
  if (relayHub !== '' && !isSafeUrl(relayHub))
    problems.push('RELAY_HUB must be an https URL (or an http URL on loopback) without query')
  const own = baseUrl === '' ? deriveBaseUrl(host, port) : baseUrl
  if (relayHub.replace(/\/+$/, '') === own.replace(/\/+$/, ''))
    problems.push('RELAY_HUB must be another server than this one')
  if ((text('RELAY_CLIENT_ID') === '') !== (text('RELAY_KEY_FILE') === ''))
    problems.push('RELAY_CLIENT_ID and RELAY_KEY_FILE belong together')
  if (text('RELAY_CLIENT_ID') !== '' && text('RELAY_ORGANIZATION') === '')
    problems.push('RELAY_ORGANIZATION must name the Organization that RELAY_CLIENT_ID belongs to')
  if (!/^[A-Za-z0-9\-.]{0,40}$/.test(text('RELAY_ORGANIZATION')))
    problems.push('RELAY_ORGANIZATION must be the id of an Organization, of 40 characters at most')
  if (relayHub !== '' && auth === 'oauth' && text('RELAY_ORGANIZATION') === '')
    problems.push('RELAY_ORGANIZATION must say whose records RELAY_HUB is given under AUTH=oauth')
  const timeZone = text('TIME_ZONE')
  if (!isTimeZone(timeZone))
    problems.push(`TIME_ZONE must be an IANA zone such as Asia/Seoul, not "${timeZone}"`)

  const pageKeys = text('PAGE_KEY')
    .split(',')
    .filter((key) => key !== '')
  if (pageKeys.some((key) => key.length < 16))
    problems.push('PAGE_KEY must be random texts of 16 characters or more, with commas in between')

  const deidentifyKey = text('DEIDENTIFY_KEY')
  if (deidentifyKey !== '' && deidentifyKey.length < 16)
    problems.push('DEIDENTIFY_KEY must be a random text of 16 characters or more')

  const config: Config = {
    port,
    host,
    baseUrl: baseUrl === '' ? deriveBaseUrl(host, port) : baseUrl.replace(/\/+$/, ''),
    storeUrl,
    auth,
    issuer: issuer.replace(/\/+$/, ''),
    clients: text('CLIENTS'),
    authKeys: text('AUTH_KEYS'),
    rateLimit: number('RATE_LIMIT', 1, 1_000_000_000),
    audit: choice('AUDIT', ['callers', 'all']),
    breakGlassMinutes: number('BREAK_GLASS_MINUTES', 1, 1440),
    auditKey: text('AUDIT_KEY'),
    relayHub: relayHub.replace(/\/+$/, ''),
    relayClientId: text('RELAY_CLIENT_ID'),
    relayKeyFile: text('RELAY_KEY_FILE'),
    relayOrganization: text('RELAY_ORGANIZATION'),
    relaySeconds: number('RELAY_SECONDS', 1, 86_400),
    deidentifyKey,
    deidentifyPolicy: text('DEIDENTIFY_POLICY'),
    cacheFolder: text('CACHE') || dataFolder(storeUrl),
    seed: choice('SEED', ['demo', 'none']),
    packages: text('PACKAGES')
      .split(',')
      .map((path) => path.trim())
      .filter((path) => path !== ''),
    logLevel: choice('LOG_LEVEL', ['info', 'trace', 'debug', 'warn', 'error', 'fatal', 'silent']),
    maxBodyBytes: number('MAX_BODY_BYTES', 1024, 1 << 30),
    maxBundleEntries: number('MAX_BUNDLE_ENTRIES', 1, 100_000),
    pageSize: number('PAGE_SIZE', 1, 10_000),
    maxPageSize: number('MAX_PAGE_SIZE', 1, 10_000),
    pageKeys,
    references: choice('REFERENCES', ['accept', 'enforce']),
    requiredProfiles: readProfiles(text('REQUIRED_PROFILES'), problems),
    unknownProfiles: choice('UNKNOWN_PROFILES', ['accept', 'refuse']),
    conditionalDelete: choice('CONDITIONAL_DELETE', ['single', 'multiple']),
    timeZone,
    corsOrigins: text('CORS_ORIGINS'),
    mongoPoolSize: number('MONGO_POOL_SIZE', 1, 1000),
    mongoTimeoutMs: number('MONGO_TIMEOUT_MS', 100, 120_000),
    workers: number('WORKERS', 1, 64),
    refreshMs: number('REFRESH_MS', 50, 60_000),
    searchBudgetMs: number('SEARCH_BUDGET_MS', 1, 3_600_000),
    searchMaxTested: number('SEARCH_MAX_TESTED', 1, 1_000_000_000),
    searchThreads: number('SEARCH_THREADS', 1, 16),
    drainSeconds: number('DRAIN_SECONDS', 0, 600),
    headersTimeoutMs: number('HEADERS_TIMEOUT_MS', 100, 3_600_000),
    requestTimeoutMs: number('REQUEST_TIMEOUT_MS', 100, 3_600_000),
    answerTimeoutMs: number('ANSWER_TIMEOUT_MS', 100, 3_600_000),
    idleTimeoutMs: number('IDLE_TIMEOUT_MS', 100, 3_600_000),
    maxConnections: number('MAX_CONNECTIONS', 1, 1_000_000),
    gatewayMaxBytes: number('GATEWAY_MAX_BYTES', 1024, 1 << 26),
    mllpPort: text('MLLP_PORT') === '' ? undefined : number('MLLP_PORT', 0, 65535),
    mllpHost: text('MLLP_HOST'),
    mllpClient: text('MLLP_CLIENT'),
    mllpMaxConnections: number('MLLP_MAX_CONNECTIONS', 1, 100_000),
    mllpIdleMs: number('MLLP_IDLE_MS', 100, 86_400_000),
    shutdownSeconds: number('SHUTDOWN_SECONDS', 0, 600),
    subscriptionEndpoints: readEndpoints(text('SUBSCRIPTION_ENDPOINTS'), problems),
    subscriptionTimeoutMs: number('SUBSCRIPTION_TIMEOUT_MS', 100, 60_000),
    subscriptionRetryHours: number('SUBSCRIPTION_RETRY_HOURS', 1, 8760),
  }
  if (config.mllpPort !== undefined) {
    if (auth === 'open' && !isLoopback(config.mllpHost))
      problems.push(
        `AUTH=open takes messages of everybody and is refused on MLLP_HOST=${config.mllpHost}; use a loopback address`,
      )
    if (auth === 'oauth' && config.mllpClient === '')
      problems.push('MLLP_PORT needs MLLP_CLIENT under AUTH=oauth: devices have no tokens')
  }
  if (config.workers > 1 && sqliteFile(storeUrl) === ':memory:')
    problems.push('WORKERS above 1 need a store that they can share, not sqlite::memory:')
  if (problems.length > 0) throw new Error(problems.join('\n'))
  return config
}

function readProfiles(list: string, problems: string[]): Config['requiredProfiles'] {
  const profiles = new Map<string, string[]>()
  for (const part of list.split(',').map((one) => one.trim())) {
    if (part === '') continue
    const [, type, url] = /^([A-Z][A-Za-z]+)=([a-z][a-z0-9+.-]*:\S+)$/.exec(part) ?? []
    if (type === undefined || url === undefined)
      problems.push(`REQUIRED_PROFILES must be a comma list of Type=URL, not "${part}"`)
    else profiles.set(type, [...(profiles.get(type) ?? []), url])
  }
  return profiles
}

function readEndpoints(list: string, problems: string[]): readonly string[] {
  const items = list
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
  for (const item of items) {
    const wrong = wrongItem(item)
    if (wrong !== undefined) problems.push(`SUBSCRIPTION_ENDPOINTS: ${wrong}`)
  }
  return items
}

/** `NAME=value` lines of what is in force, secrets masked. */
export function describeConfig(environment: Environment = process.env): string {
  return SETTINGS.map(({ name, fallback, secret }) => {
    const value =
      environment[name] === undefined || environment[name] === '' ? fallback : environment[name]
    return `${name}=${secret ? masked(value) : value}`
  }).join('\n')
}

/** FHIR base of a server at this address. */
export const deriveBaseUrl = (host: string, port: number): string =>
  `http://${host.includes(':') ? `[${host}]` : host}:${port}/fhir`

/** The file of `sqlite:FILE` (or ':memory:'); undefined for another store. */
export const sqliteFile = (storeUrl: string): string | undefined =>
  /^sqlite:(.+)$/.exec(storeUrl)?.[1]

/** The folder for what is kept beside the store: that of the SQLite file, else ./data. */
export function dataFolder(storeUrl: string): string {
  const file = /^sqlite:(?!:memory:)(.+)$/.exec(storeUrl)?.[1]
  return file === undefined ? './data' : file.replace(/[^/\\]*$/, '') || '.'
}

/** Of a URL the credentials, of anything else all of it. */
const masked = (secret: string): string =>
  /^(sqlite:|\w+(\+\w+)?:\/\/)/.test(secret)
    ? secret.replace(/\/\/[^@/]*@/, '//***@')
    : secret && '***'

/** Whether what comes from there comes from there: over https, or from this machine. */
export function isSafeUrl(text: string): boolean {
  const url = URL.parse(text)
  if (url === null || url.search !== '' || url.hash !== '' || url.username !== '') return false
  const host = url.hostname.replace(/^\[|\]$/g, '')
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(host))
}

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)

function isTimeZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone })
    return true
  } catch {
    return false
  }
}
