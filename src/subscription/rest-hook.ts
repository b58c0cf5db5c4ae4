// One call of a rest-hook: sent, and judged by the status of its answer.
// https://hl7.org/fhir/R4/subscription.html#2.46.7.1
// Must not follow where an answer points to, nor read more of it than a little, nor wait for long.
import { request as overHttp } from 'node:http'
import { request as overHttps } from 'node:https'
import type { LookupFunction } from 'node:net'
import { RELEASE } from '../release.ts'
import type { Header } from './header.ts'

export type Call = {
  readonly method: 'POST' | 'PUT'
  readonly url: string
  readonly headers: readonly Header[]
  /** With its media type; absent for a notification without content. */
  readonly body?: { readonly type: string; readonly text: string }
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

/** `error`: why it was not taken, for its owner; it has no address and nothing of the answer in it. */
export type Called = { readonly ok: true } | { readonly ok: false; readonly error: string }

/** Bytes of an answer that are read before the connection is cut. */
const MOST_ANSWER = 65_536

/** Resolves, always. @param lookup says which addresses a name may mean */
export function call(
  { method, url, headers, body, timeoutMs, signal }: Call,
  lookup: LookupFunction,
): Promise<Called> {
  return new Promise((resolve) => {
    const send = url.startsWith('https:') ? overHttps : overHttp
    const bytes = Buffer.from(body?.text ?? '')
    const request = send(url, {
      method,
      lookup,
      // A connection of its own: a receiver that takes one at a time is not kept busy by an idle one.
      agent: false,
      signal,
      headers: {
        ...grouped([['User-Agent', `Ieum/${RELEASE}`], ...headers]),
        ...(body === undefined ? {} : { 'content-type': body.type }),
        'content-length': bytes.length,
      },
    })
    const timer = setTimeout(() => {
      request.destroy(new Error(`no answer within ${String(timeoutMs / 1000)} s`))
    }, timeoutMs)
    request.once('response', (response) => {
      const { statusCode = 0 } = response
      let read = 0
      response.on('data', (chunk: Buffer) => {
        if ((read += chunk.length) > MOST_ANSWER) response.destroy()
      })
      response.once('error', () => response.destroy())
      response.once('close', () => clearTimeout(timer))
      resolve(
        statusCode >= 200 && statusCode < 300
          ? { ok: true }
          : { ok: false, error: `answered ${String(statusCode)}` },
      )
    })
    request.once('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer)
      resolve({ ok: false, error: SAID[error.code ?? ''] ?? error.code ?? error.message })
    })
    request.end(bytes)
  })
}

const SAID: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was cut',
  ENOTFOUND: 'its name is not known',
  ETIMEDOUT: 'the connection could not be made in time',
  EHOSTUNREACH: 'it can not be reached',
  ENETUNREACH: 'it can not be reached',
  ABORT_ERR: 'the server ended',
}

/** A name that comes several times has several values. */
function grouped(headers: readonly Header[]): Record<string, string[]> {
  const all = new Map<string, [name: string, values: string[]]>()
  for (const [name, value] of headers) {
    const found = all.get(name.toLowerCase())
    if (found === undefined) all.set(name.toLowerCase(), [name, [value]])
    else found[1].push(value)
  }
  return Object.fromEntries(all.values())
}
