// A request and an answer as plain values: what http/ makes of bytes, and what it turns into bytes again.
// https://hl7.org/fhir/R4/http.html
// Must not know Express, sockets or formats: a body is always JSON text here, XML is converted at the edge.

import type { Principal } from '../auth/principal.ts'

export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** Parameters of a query or of a form, decoded, in the order sent. */
export type Query = readonly (readonly [name: string, value: string])[]

/** A body: `type` is the media type without parameters, `text` the JSON (XML resources arrive converted). */
export type Body = { readonly type: string; readonly text: string }

/** Where a request came from. `address`: IP address of the client, `trace`: see http/trace.ts. */
export type Origin = {
  readonly requestId: string
  readonly address?: string
  readonly trace?: string
}

export type FhirRequest = {
  readonly method: Method
  /** Segments after the base, decoded: `['Patient', 'p1', '_history', '2']`. */
  readonly path: readonly string[]
  readonly query: Query
  /** Lower-case names: if-match, if-none-match, if-modified-since, if-none-exist, prefer, accept, … */
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: Body | undefined
  /** By what the log of accesses names it; absent for what this machine itself does. */
  readonly from?: Origin
  /** Who asks; absent in open mode and for what this machine itself does. */
  readonly principal?: Principal
  /** Whether the caller has gone, so that long work can stop. */
  cancelled?(): boolean
}

export type FhirResponse = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** JSON text of one resource; absent when there is nothing to say. */
  readonly body?: string
  /** Content that is not a resource: a Binary served as what it is, or a page. */
  readonly raw?: {
    readonly type: string
    readonly bytes: Uint8Array
    /** Content-Security-Policy of a page that is our own; nothing is allowed without. */
    readonly policy?: string
  }
}

/** A parsed resource. Its elements are checked by validation/, so readers look before they trust. */
export type Resource = {
  resourceType: string
  id?: string
  meta?: Meta
  [element: string]: unknown
}

export type Meta = {
  versionId?: string
  lastUpdated?: string
  profile?: string[]
  tag?: unknown[]
  security?: unknown[]
  [element: string]: unknown
}
