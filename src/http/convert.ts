// Between JSON, in which all inside is done, and the other forms: at once for what is small, in a thread for what would
// keep others waiting. https://hl7.org/fhir/R4/http.html#mime-type
// Must not keep a thread that nobody needs, nor let a queue before it grow without end.
import { Worker } from 'node:worker_threads'
import { fail, fromPlain } from '../errors.ts'
import type { Definitions } from '../fhir/definitions.ts'
import { parseLossless, stringify, stringifyPretty } from '../fhir/json.ts'
import type { Resource } from '../fhir/message.ts'
import { resourceToXml, xmlToResource } from '../fhir/xml.ts'
import type { FromConverter, ToConverter } from './convert-thread.ts'
import type { Format } from './format.ts'

export type Converter = {
  /** JSON text of a resource in XML. @throws Failure 400 as xmlToResource */
  read(xml: string): Promise<string>
  /** JSON text in a format that is asked for. @throws Failure 406 for what XML can't hold */
  write(json: string, format: Format): Promise<string>
  /** End the thread, if there is one. */
  close(): Promise<void>
}

/** Characters that take about 25 ms; a thread takes longer to be asked than less of them. */
const MOST_READ = 128 * 1024
const MOST_WRITTEN = { xml: 384 * 1024, json: 1024 * 1024 }

/** What may wait for the thread; more are told to come back. */
const MOST_WAITING = 100

/** The thread ends when it had nothing to do for so long. */
const IDLE_MS = 60_000

/** @see Converter */
export const jsonOf = (xml: string, definitions: Definitions): string =>
  stringify(xmlToResource(xml, definitions))

/** @see Converter */
export function inFormat(json: string, format: Format, definitions: Definitions): string {
  if (format.syntax === 'xml')
    return resourceToXml(parseLossless(json) as Resource, definitions, format.pretty)
  return format.pretty ? stringifyPretty(parseLossless(json)) : json
}

type Pending = {
  readonly resolve: (text: string) => void
  readonly reject: (error: unknown) => void
}

/** @param folder where the thread finds the compact definitions */
export function openConverter(definitions: Definitions, folder: string): Converter {
  let worker: Worker | undefined
  /** In the order in which they were sent, which is that of the answers. */
  let waiting: Pending[] = []
  let idle: NodeJS.Timeout | undefined

  const start = (): Worker => {
    const started = new Worker(new URL('./convert-thread.ts', import.meta.url), {
      workerData: { folder },
    })
    started.unref()
    started.on('message', (answer: FromConverter) => {
      const asked = waiting.shift()
      if ('error' in answer) asked?.reject(fromPlain(answer.error))
      else asked?.resolve(answer.text)
      if (waiting.length > 0) return
      idle = setTimeout(() => void started.terminate(), IDLE_MS)
      idle.unref()
    })
    const lost = (error: Error): void => {
      if (worker !== started) return
      worker = undefined
      const left = waiting
      waiting = []
      for (const { reject } of left) reject(error)
    }
    started.once('error', lost)
    started.once('exit', () => lost(new Error('the converting thread ended')))
    return started
  }

  const ask = (message: ToConverter): Promise<string> =>
    new Promise((resolve, reject) => {
      if (waiting.length >= MOST_WAITING) {
        reject(fail('unavailable', 'Too many large documents are being converted; try again'))
        return
      }
      clearTimeout(idle)
      worker ??= start()
      waiting.push({ resolve, reject })
      worker.postMessage(message)
    })

  return {
    read: async (text) =>
      text.length > MOST_READ ? ask({ kind: 'read', text }) : jsonOf(text, definitions),
    write: async (text, format) =>
      (format.syntax === 'xml' || format.pretty) && text.length > MOST_WRITTEN[format.syntax]
        ? ask({ kind: 'write', text, format })
        : inFormat(text, format, definitions),
    close: async () => {
      clearTimeout(idle)
      await worker?.terminate()
    },
  }
}
