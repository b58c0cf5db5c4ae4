// A thread that turns XML into JSON and JSON into what people or XML want: pure work on text, as long as the text is.
// https://hl7.org/fhir/R4/xml.html
// Must not know a store, nor anything of a request but the text.
import { parentPort, workerData } from 'node:worker_threads'
import { toPlain, type PlainError } from '../errors.ts'
import { loadDefinitions } from '../fhir/definitions-cache.ts'
import { inFormat, jsonOf } from './convert.ts'
import type { Format } from './format.ts'

export type ToConverter =
  | { readonly kind: 'read'; readonly text: string }
  | { readonly kind: 'write'; readonly text: string; readonly format: Format }

export type FromConverter = { readonly text: string } | { readonly error: PlainError }

if (parentPort !== null) {
  const port = parentPort
  const definitions = loadDefinitions((workerData as { folder: string }).folder)
  port.on('message', (asked: ToConverter) => {
    let answer: FromConverter
    try {
      const text =
        asked.kind === 'read'
          ? jsonOf(asked.text, definitions)
          : inFormat(asked.text, asked.format, definitions)
      answer = { text }
    } catch (error) {
      answer = { error: toPlain(error) }
    }
    port.postMessage(answer)
  })
}
