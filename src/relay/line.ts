// The line to the hub: requests with compressed bodies, a token where the hub asks for one, and what the hub's clock says.
// https://hl7.org/fhir/R4/http.html, https://hl7.org/fhir/smart-app-launch/backend-services.html
// Must not take half an answer for one, nor decide what an answer means for a record.
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { askForToken } from '../auth/client-key.ts'
import type { Issue } from '../errors.ts'
import type { Resource } from '../fhir/message.ts'
import { parseLossless } from '../fhir/json.ts'
import { issuesIn } from '../fhir/issues.ts'
import type { Clock } from './edge.ts'

const gzipped = promisify(gzip)

export type Answer = {
  readonly status: number
  readonly body: Resource | undefined
  readonly issues: readonly Issue[]
  /** The hub's clock (ms), to the second; undefined when it doesn't say. */
  readonly date: number | undefined
}

/** Nothing that is about a record: no answer, or one that says to come again. */
export class LineDown extends Error {
  /** Whether the request may have been carried out. */
  readonly inDoubt: boolean
  /** Seconds that the hub asks to wait. */
  readonly wait: number | undefined
  /** Of the hub's answer; undefined when none came. */
  readonly status: number | undefined

  constructor(message: string, inDoubt: boolean, wait?: number, status?: number) {
    super(message)
    this.name = 'LineDown'
    this.inDoubt = inDoubt
    this.wait = wait
    this.status = status
  }
}

export type Line = {
  /**
   * @param path behind the base, or a whole URL of the hub
   * @param patience how many times longer than usual the answer is waited for
   * @throws LineDown
   */
  ask(method: 'GET' | 'POST', path: string, body?: string, patience?: number): Promise<Answer>
  /** Milliseconds that the hub's clock is ahead of ours, by the last answer. */
  skew(): number | undefined
  /** Bytes of bodies that were sent since it was last asked. */
  bytes(): number
}

export type LineOptions = {
  readonly hub: string
  readonly clientId: string
  readonly keyFile: string
  readonly clock: Clock
  /** Ends what is under way. */
  readonly signal: AbortSignal
  /** Milliseconds (by the machine's clock) for a request and its answer. */
  readonly timeoutMs?: number
}

const TIMEOUT_MS = 60_000
/** Tokens of an Ieum are good for five minutes. */
const TOKEN_MS = 240_000
const SCOPE = 'system/*.cruds'
/** A body below this is not worth compressing. */
const SMALL = 200

/** What a later attempt may fare better with, whatever was sent. */
const PASSING = new Set([401, 408, 425, 429, 500, 502, 503, 504, 507])
/** Of those, the ones by which it is known that nothing was done. */
const UNDONE = new Set([401, 429, 507])

export function openLine(options: LineOptions): Line {
  const { hub, clientId, keyFile, clock, signal, timeoutMs = TIMEOUT_MS } = options
  let token: { readonly text: string; readonly until: number } | undefined
  let skew: number | undefined
  let bytes = 0

  const limited = (patience = 1): AbortSignal =>
    AbortSignal.any([signal, AbortSignal.timeout(timeoutMs * patience)])

  const authorization = async (): Promise<Record<string, string>> => {
    if (clientId === '') return {}
    if (token === undefined || performance.now() > token.until) {
      // A clock that is days off would have its assertions refused; the hub's own is asked first.
      if (skew === undefined) await send('HEAD', `${hub}/metadata`, {})
      try {
        const now = clock.now() + (skew ?? 0)
        const call = { client: clientId, keyFile, scope: SCOPE, base: hub, now, signal: limited() }
        token = { text: await askForToken(call), until: performance.now() + TOKEN_MS }
      } catch (error) {
        throw new LineDown(`No token: ${(error as Error).message}`, false)
      }
    }
    return { authorization: `Bearer ${token.text}` }
  }

  const send = async (
    method: string,
    url: string,
    headers: Record<string, string>,
    body?: Uint8Array<ArrayBuffer>,
    patience?: number,
  ): Promise<Answer & { readonly wait: number | undefined }> => {
    const began = clock.now()
    let response: Response
    let text: string
    try {
      response = await fetch(url, {
        method,
        redirect: 'error',
        headers: { accept: 'application/fhir+json', ...headers },
        ...(body === undefined ? {} : { body }),
        signal: limited(patience),
      })
      text = await response.text()
    } catch (error) {
      throw new LineDown(reasonOf(error), true)
    }
    const date = Date.parse(response.headers.get('date') ?? '')
    // The header has whole seconds: on average half of one has passed.
    if (!Number.isNaN(date)) skew = Math.round(date + 500 - (began + clock.now()) / 2)
    const wait = Number(response.headers.get('retry-after') ?? NaN)
    const isFine = response.status < 400
    const isPassing = PASSING.has(response.status)
    return {
      status: response.status,
      body: isPassing ? undefined : resourceIn(text),
      issues: isFine ? [] : issuesIn(text, response.status),
      date: Number.isNaN(date) ? undefined : date,
      wait: Number.isFinite(wait) ? wait : undefined,
    }
  }

  return {
    ask: async (method, path, body, patience) => {
      const url = /^https?:/.test(path)
        ? path
        : `${hub}${path === '' || path.startsWith('?') ? '' : '/'}${path}`
      const plain = body === undefined ? undefined : Buffer.from(body)
      const sent = plain === undefined || plain.length < SMALL ? plain : await gzipped(plain)
      for (let isFirst = true; ; isFirst = false) {
        bytes += sent?.length ?? 0
        const answer = await send(
          method,
          url,
          {
            ...(await authorization()),
            ...(sent === undefined
              ? {}
              : { 'content-type': 'application/fhir+json', prefer: 'return=minimal' }),
            ...(sent === plain ? {} : { 'content-encoding': 'gzip' }),
          },
          sent,
          patience,
        )
        if (answer.status === 401 && token !== undefined && isFirst) {
          token = undefined
          continue
        }
        if (PASSING.has(answer.status))
          throw new LineDown(
            `The hub answers ${String(answer.status)}: ${answer.issues[0]?.code ?? ''}`,
            !UNDONE.has(answer.status),
            answer.wait,
            answer.status,
          )
        return answer
      }
    },
    skew: () => skew,
    bytes: () => {
      const sent = bytes
      bytes = 0
      return sent
    },
  }
}

/** @throws LineDown when something else than the hub seems to have answered */
function resourceIn(text: string): Resource | undefined {
  if (text === '') return undefined
  try {
    const value = parseLossless(text) as Resource
    if (typeof (value.resourceType as unknown) === 'string') return value
  } catch {
    // A portal of the satellite's provider, a proxy that gave up, another path than that of the hub.
  }
  throw new LineDown('What answers is no FHIR server', true)
}

/** fetch hides the reason in `cause`: "ECONNREFUSED" is there. */
function reasonOf(error: unknown): string {
  if ((error as Error).name === 'TimeoutError') return 'The hub did not answer in time'
  const cause = (error as Error).cause as { code?: string; message?: string } | undefined
  return `The line failed: ${cause?.code ?? cause?.message ?? (error as Error).message}`
}
