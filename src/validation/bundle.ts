// What holds for a Bundle as a whole, beyond its invariants: full URLs, and what a document has to hold.
// https://hl7.org/fhir/R4/bundle.html
// Must not look for anything outside of the Bundle.
import type { Resource } from '../fhir/message.ts'
import { isAbsolute } from './binding.ts'
import { message } from '../words/message.ts'
import { resolveIn } from './resolve.ts'
import { report, type Scope } from './scope.ts'
import { show } from './wording.ts'

type Entry = { readonly fullUrl?: unknown; readonly resource?: Resource }

/** Sets the Bundle as the place where references lead to, for what is inside. */
export function bundleCheck(value: unknown, scope: Scope): void {
  const bundle = value as Resource
  scope.bundle = bundle
  const entries = Array.isArray(bundle.entry) ? (bundle.entry as Entry[]) : []
  const seen = new Map<string, number>()
  for (const [i, { fullUrl, resource }] of entries.entries()) {
    if (typeof fullUrl !== 'string') continue
    const at = `entry[${i}].fullUrl`
    if (!isAbsolute(fullUrl)) {
      report(scope, 'error', 'value', message('full-url', { found: show(fullUrl) }), at)
      continue
    }
    const key = `${fullUrl} ${resource?.meta?.versionId ?? ''}`
    const before = seen.get(key)
    if (before !== undefined && bundle.type !== 'history') {
      const twice = message('full-url-twice', { found: show(fullUrl) })
      report(scope, 'error', 'duplicate', twice, `entry[${before}]`, `entry[${i}]`)
    }
    seen.set(key, i)
    if (resource !== undefined && bundle.type !== 'transaction' && bundle.type !== 'batch')
      identityCheck(fullUrl, resource, scope, at)
  }
  if (bundle.type === 'document') documentCheck(entries[0]?.resource, scope)
}

/** Where a Composition refers to what its document has to hold, https://hl7.org/fhir/R4/documents.html#content */
type Direct = { readonly [name: string]: true | Direct }
const SECTION: Record<string, true | Direct> = { author: true, focus: true, entry: true }
SECTION.section = SECTION
const DIRECT: Direct = {
  ...{ subject: true, encounter: true, author: true, custodian: true },
  attester: { party: true },
  event: { detail: true },
  section: SECTION,
}

function documentCheck(composition: Resource | undefined, scope: Scope): void {
  if (composition?.resourceType !== 'Composition') return
  const visit = (holder: object, names: Direct, path: string): void => {
    for (const [name, of] of Object.entries(names)) {
      const value = (holder as Record<string, unknown>)[name]
      const isList = Array.isArray(value)
      for (const [i, one] of (isList ? (value as unknown[]) : [value]).entries()) {
        if (typeof one !== 'object' || one === null) continue
        const at = `${path}.${name}${isList ? `[${i}]` : ''}`
        if (of === true) referenceCheck(one, at)
        else visit(one, of, at)
      }
    }
  }
  const referenceCheck = ({ reference }: { reference?: unknown }, at: string): void => {
    if (typeof reference !== 'string' || reference.startsWith('#')) return
    if (resolveIn(scope, reference) !== undefined) return
    const said = message('document-reference', { found: show(reference) })
    report(scope, 'error', 'not-found', said, `${at}.reference`)
  }
  visit(composition, DIRECT, 'entry[0].resource')
}

/** The end of a RESTful URL names the resource. */
const RESTFUL = /^https?:\/\/.*\/([A-Z][A-Za-z]+)\/([A-Za-z0-9\-.]{1,64})$/

function identityCheck(fullUrl: string, resource: Resource, scope: Scope, at: string): void {
  const [, type, id] = RESTFUL.exec(fullUrl) ?? []
  if (type === undefined || id === undefined || resource.id === undefined) return
  if (type === resource.resourceType && id === resource.id) return
  const params = { found: `${type}/${id}`, resource: `${resource.resourceType}/${resource.id}` }
  // R4's own examples of messages do so.
  report(scope, 'warning', 'invalid', message('full-url-id', params), at)
}
