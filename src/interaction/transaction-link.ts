// Links between the entries of a transaction, pointed to where their targets are stored: references, elements of type
// uri and url, and links in the narrative. https://hl7.org/fhir/R4/http.html#trules, bundle.html#references
// Must not touch canonicals, identifiers' values, or what stands in a Bundle within the Bundle: those are no links here.
import type { Definitions } from '../fhir/definitions.ts'
import type { BundleEntry } from './bundle-entry.ts'

/** `local` is `Type/id`; `version` its version after the commit, undefined = as the link has it. */
export type Target = { readonly local: string; readonly version: number | undefined }

/** By full URL. */
export type Targets = ReadonlyMap<string, Target>

/** A Reference whose `reference` is a search, `Patient?identifier=…`, still to be replaced. */
export type ConditionalReference = {
  readonly entry: BundleEntry
  readonly holder: { reference: string }
}

type Step = 'reference' | 'link' | 'name' | 'narrative' | 'resource' | Steps
/** What to do with the members of a type; those that hold no links are left out. */
type Steps = { readonly type: string; members?: ReadonlyMap<string, Step> }

type Walk = {
  readonly entry: BundleEntry
  readonly targets: Targets
  /** `http://base` of the entry's own full URL, which its relative references belong to. */
  readonly root: string | undefined
  readonly definitions: Definitions
  readonly onCondition: (reference: ConditionalReference) => void
}

/** Rewrite the links in the resource of an entry, in place. */
export function rewriteLinks(
  entry: BundleEntry,
  targets: Targets,
  definitions: Definitions,
  onCondition: (reference: ConditionalReference) => void,
): void {
  const root = targets.size === 0 ? undefined : rootOf(entry.fullUrl, definitions)
  rewriteResource(entry.resource!, { entry, targets, root, definitions, onCondition })
}

function rootOf(fullUrl: string | undefined, definitions: Definitions): string | undefined {
  const [, root, type] =
    /^(https?:\/\/.+)\/([A-Za-z]+)\/[A-Za-z0-9\-.]{1,64}$/.exec(fullUrl ?? '') ?? []
  return type !== undefined && definitions.isResourceType(type) ? root : undefined
}

function rewriteResource(value: unknown, walk: Walk): void {
  const type = (value as { resourceType?: unknown } | null)?.resourceType
  if (typeof type === 'string' && walk.definitions.isResourceType(type))
    rewrite(value, stepsOf(type, walk.definitions), walk)
}

function rewrite(value: unknown, steps: Steps, walk: Walk): void {
  if (typeof value !== 'object' || value === null) return
  if (Array.isArray(value)) {
    for (const item of value) rewrite(item, steps, walk)
    return
  }
  const object = value as Record<string, unknown>
  const members = (steps.members ??= membersOf(steps.type, walk.definitions))
  for (const name in object) {
    const step = members.get(name)
    if (step === undefined) continue
    const member = object[name]
    if (typeof step === 'object') rewrite(member, step, walk)
    else if (step === 'resource') {
      if (Array.isArray(member)) for (const item of member) rewriteResource(item, walk)
      else rewriteResource(member, walk)
    } else if (typeof member === 'string') {
      const replaced = replacement(member, step, object, walk)
      if (replaced !== undefined) object[name] = replaced
    } else if (Array.isArray(member))
      for (let i = 0; i < member.length; i++)
        if (typeof member[i] === 'string') {
          const replaced = replacement(member[i] as string, step, object, walk)
          if (replaced !== undefined) member[i] = replaced
        }
  }
}

function replacement(
  text: string,
  step: 'reference' | 'link' | 'name' | 'narrative',
  holder: object,
  walk: Walk,
): string | undefined {
  if (step === 'narrative') return walk.targets.size === 0 ? undefined : narrative(text, walk)
  // A real URL as a name (of a code system, an extension, a canonical resource) is no link; a placeholder always is.
  if (step === 'name' && !text.startsWith('urn:')) return undefined
  const found = resolveLink(text, walk)
  if (found === undefined && step === 'reference' && isCondition(text, walk))
    walk.onCondition({ entry: walk.entry, holder: holder as { reference: string } })
  return found
}

const isCondition = (text: string, { definitions }: Walk): boolean => {
  const at = text.indexOf('?')
  return at > 0 && definitions.isResourceType(text.slice(0, at))
}

/** Where a link points to on this server; undefined when it isn't about an entry. Fragments stay. */
export function resolveLink(
  link: string,
  { targets, root }: { readonly targets: Targets; readonly root: string | undefined },
): string | undefined {
  if (targets.size === 0 || link.startsWith('#')) return undefined
  const hash = link.indexOf('#')
  const fragment = hash < 0 ? '' : link.slice(hash)
  const url = hash < 0 ? link : link.slice(0, hash)
  const at = url.indexOf('/_history/')
  const unversioned = at < 0 ? url : url.slice(0, at)
  const isRelative = root !== undefined && RELATIVE.test(unversioned)
  const target = targets.get(isRelative ? `${root}/${unversioned}` : unversioned)
  if (target === undefined) return undefined
  if (at < 0) return target.local + fragment
  return `${target.local}/_history/${target.version ?? url.slice(at + 10)}${fragment}`
}

const RELATIVE = /^[A-Za-z]+\/[A-Za-z0-9\-.]{1,64}$/

const TAG = /<(?:a|img)(?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))+/g
const ATTRIBUTE = /(\s+)([\w:.-]+)(\s*=\s*)("[^"<]*"|'[^'<]*')/g

/** `<a href>` and `<img src>` in an XHTML div. */
function narrative(div: string, walk: Walk): string {
  return div.replace(TAG, (tag) =>
    tag.replace(ATTRIBUTE, (whole, space: string, name: string, is: string, quoted: string) => {
      if (name !== (tag.startsWith('<a') ? 'href' : 'src')) return whole
      const found = resolveLink(quoted.slice(1, -1).replaceAll('&amp;', '&'), walk)
      return found === undefined ? whole : `${space}${name}${is}"${found}"`
    }),
  )
}

const made = new WeakMap<Definitions, Map<string, Steps>>()

function stepsOf(type: string, definitions: Definitions): Steps {
  let steps = made.get(definitions)
  if (steps === undefined) made.set(definitions, (steps = new Map<string, Steps>()))
  let found = steps.get(type)
  if (found === undefined) steps.set(type, (found = { type }))
  return found
}

/** The specification names oid and uuid too; but `Patient/1` can be the value of neither, so those stay what they are. */
const LINKS = new Set(['uri', 'url'])

function membersOf(type: string, definitions: Definitions): ReadonlyMap<string, Step> {
  const members = new Map<string, Step>()
  const isResource = definitions.types.get(type)?.kind === 'resource'
  for (const [name, property] of definitions.properties(type)) {
    const of = property.type
    if (of.kind !== 'primitive') {
      if (type === 'Bundle' && name === 'entry') continue
      members.set(
        name,
        of.abstract && of.kind === 'resource' ? 'resource' : stepsOf(of.name, definitions),
      )
      continue
    }
    members.set(`_${name}`, stepsOf('Element', definitions))
    if (type === 'Reference' && name === 'reference') members.set(name, 'reference')
    else if (of.name === 'xhtml') members.set(name, 'narrative')
    else if (LINKS.has(of.name)) {
      const isName = name === 'system' || (name === 'url' && (isResource || type === 'Extension'))
      members.set(name, isName ? 'name' : 'link')
    }
  }
  return members
}
