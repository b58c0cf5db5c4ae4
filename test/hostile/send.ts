// Requests as they are written, without what a browser's client would put right: dots, slashes and percent signs stay.
import { Agent, request, type IncomingHttpHeaders } from 'node:http'

export type Hostile = {
  readonly method: string
  /** Behind the FHIR base, escaped as it is to be sent. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  /** Text; or bytes in base64. */
  readonly body?: string | { readonly base64: string }
}

export type HostileAnswer = {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

export type Sender = {
  send(sent: Hostile): Promise<HostileAnswer>
  close(): void
}

/** Sends to the FHIR base of a server; an answer that takes too long is an error. */
export function senderTo(origin: string, milliseconds = 20_000): Sender {
  const agent = new Agent({ keepAlive: true, maxSockets: 20 })
  const { hostname, port } = new URL(origin)
  const attempt = ({ method, path, headers = {}, body }: Hostile): Promise<HostileAnswer> =>
    new Promise((resolve, reject) => {
      const bytes =
        body === undefined || typeof body === 'string'
          ? Buffer.from(body ?? '')
          : Buffer.from(body.base64, 'base64')
      const sent = request(
        {
          agent,
          hostname,
          port,
          method,
          path: `/fhir${path}`,
          headers: {
            ...(body === undefined ? {} : { 'content-length': bytes.length }),
            ...headers,
          },
          timeout: milliseconds,
        },
        (response) => {
          const chunks: Buffer[] = []
          response.on('data', (chunk: Buffer) => chunks.push(chunk))
          response.on('error', reject)
          response.on('end', () =>
            resolve({
              status: response.statusCode!,
              headers: response.headers,
              text: Buffer.concat(chunks).toString(),
            }),
          )
        },
      )
      sent.on('timeout', () => sent.destroy(new Error(`no answer in ${milliseconds} ms`)))
      sent.on('error', reject)
      sent.end(body === undefined ? undefined : bytes)
    })
  return {
    send: (sent) =>
      attempt(sent).catch((error: NodeJS.ErrnoException) => {
        // A connection that was kept may have been closed behind a refused body: that is no answer yet.
        if (error.code === 'ECONNRESET' || error.code === 'EPIPE') return attempt(sent)
        throw error
      }),
    close: () => agent.destroy(),
  }
}
