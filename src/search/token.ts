// Search type token: codes with their systems, identifiers, booleans; and `system|code` of a query.
// https://hl7.org/fhir/R4/search.html#token
// Must not fold systems: they are URIs. Codes are folded, since the specification prefers too many matches to too few.
import { fail } from '../errors.ts'
import type { Asked, Emit, MakeLeaves } from './emit.ts'
import { fieldsOf, namesOf, pathBeside, shown, textOf } from './emit.ts'
import type { Entry, IndexPath } from './entry.ts'
import { splitEscaped, unescape } from './parse.ts'
import type { Concept, Leaf } from './plan.ts'
import { pushText, stringLeaves } from './string.ts'

const LOWER = /^[\x20-\x40\x5b-\x7e]*$/

/** Lower case, NFC. */
export const foldToken = (code: string): string =>
  LOWER.test(code) ? code : code.normalize('NFC').toLowerCase().normalize('NFC')

// An entry without system and code stands for an element that is there (`:missing=false`) but has nothing to find.
function push(system: unknown, code: unknown, path: IndexPath, group: number, out: Entry[]): void {
  out.push({
    kind: 'token',
    path,
    group,
    system: textOf(system) ?? '',
    code: foldToken(textOf(code) ?? ''),
  })
}

const emitCoding: Emit = (value, path, group, out) => {
  const coding = fieldsOf(value)
  if (!coding) return
  push(coding['system'], coding['code'], path, group, out)
  pushText(coding['display'], pathBeside(path, 'text'), group, out)
}

const emitConcept: Emit = (value, path, group, out, settings) => {
  const concept = fieldsOf(value)
  if (!concept) return
  const coding = concept['coding']
  pushText(concept['text'], pathBeside(path, 'text'), group, out)
  if (Array.isArray(coding) && coding.length > 0) {
    for (const item of coding) emitCoding(item, path, group, out, settings)
  } else push('', '', path, group, out)
}

const emitIdentifier: Emit = (value, path, group, out) => {
  const identifier = fieldsOf(value)
  if (!identifier) return
  pushIdentifier(identifier, path, group, out)
  const type = fieldsOf(identifier['type'])
  if (type === undefined) return
  pushText(type['text'], pathBeside(path, 'text'), group, out)
  const types = type['coding']
  const number = textOf(identifier['value'])
  if (!Array.isArray(types) || number === undefined) return
  for (const type of types) {
    const coding = fieldsOf(type)
    const code = textOf(coding?.['code'])
    if (code === undefined) continue
    push(coding?.['system'], `${code}|${number}`, pathBeside(path, 'of-type'), group, out)
  }
}

/** The system and value of an Identifier, as a token. */
export function pushIdentifier(value: unknown, path: IndexPath, group: number, out: Entry[]): void {
  const identifier = fieldsOf(value)
  if (identifier) push(identifier['system'], identifier['value'], path, group, out)
}

const emitContactPoint: Emit = (value, path, group, out) => {
  const contact = fieldsOf(value)
  if (contact) push('', contact['value'], path, group, out)
}

const emitCode: Emit = (value, path, group, out) => {
  if (textOf(value) !== undefined) push('', value, path, group, out)
}

const emitBoolean: Emit = (value, path, group, out) => {
  if (typeof value === 'boolean') push('', value ? 'true' : 'false', path, group, out)
}

/** By element type. */
export const TOKEN_EMITS: Readonly<Record<string, Emit>> = {
  Coding: emitCoding,
  CodeableConcept: emitConcept,
  Identifier: emitIdentifier,
  ContactPoint: emitContactPoint,
  code: emitCode,
  boolean: emitBoolean,
  string: emitCode,
  id: emitCode,
  uri: emitCode,
  url: emitCode,
  canonical: emitCode,
  oid: emitCode,
  uuid: emitCode,
}

/**
 * Element types whose entries have no system because the element itself says it (or it has none): a system in the
 * query can't be compared then.
 */
export const IMPLIED_SYSTEM: ReadonlySet<string> = new Set(['code', 'boolean', 'ContactPoint'])

export type TokenQuery = { readonly system?: string; readonly code?: string }

/** `code`, `system|code`, `|code` or `system|`, still escaped; undefined when it is none of these. */
export function parseToken(text: string): TokenQuery | undefined {
  const parts = splitEscaped(text, '|').map(unescape)
  const [first = '', second = ''] = parts
  if (parts.length === 1) return first === '' ? undefined : { code: foldToken(first) }
  if (parts.length !== 2 || (first === '' && second === '')) return undefined
  return second === '' ? { system: first } : { system: first, code: foldToken(second) }
}

/** Elements that imply their system match whatever system is asked for. */
export const tokenLeaves: MakeLeaves = (asked) => {
  const { paths, text, modifier, at } = asked
  if (modifier === 'of-type') return [ofType({ paths, text, at })]
  if (modifier === 'text') return textLeaves(asked)
  const query = parseToken(text)
  if (query === undefined) {
    const right = 'code, system|code, |code or system|'
    throw fail('parameter', `${shown(text)} is not a token: expected ${right}`, at)
  }
  if (query.system === undefined) return [{ kind: 'token', paths: namesOf(paths), ...query }]
  const implied = namesOf(paths.filter((path) => path.implied))
  const others = namesOf(paths.filter((path) => !path.implied))
  return [
    ...(others.length > 0 ? [{ kind: 'token' as const, paths: others, ...query }] : []),
    ...(implied.length > 0
      ? [
          {
            kind: 'token' as const,
            paths: implied,
            ...(query.code === undefined ? {} : { code: query.code }),
          },
        ]
      : []),
  ]
}

/** Element types that have a text beside their code. */
const WITH_TEXT: ReadonlySet<string> = new Set(['CodeableConcept', 'Coding', 'Identifier'])

/** `:text`: the text or a display begins with it, as a string parameter would. */
function textLeaves(asked: Asked): readonly Leaf[] {
  const { paths, at, text, targets, settings } = asked
  const beside = paths
    .filter(({ types }) => types.some((type) => WITH_TEXT.has(type)))
    .map((path) => ({ ...path, path: pathBeside(path.path, 'text') }))
  if (beside.length === 0) {
    throw fail('parameter', ':text is for codes with a text, and this parameter has none', at)
  }
  return stringLeaves({ paths: beside, text, targets, at, settings })
}

/** `:below` and `:above` (`system|code`), `:in` (the URL or id of a value set): what terminology/ has to decide. */
export function conceptOf(asked: Asked, op: 'in' | 'below' | 'above'): Concept {
  const { paths, text, at } = asked
  const common = {
    kind: 'concept' as const,
    paths: namesOf(paths.filter((path) => !path.implied)),
    implied: namesOf(paths.filter((path) => path.implied)),
    at,
  }
  if (op === 'in') return { ...common, by: { op, valueSet: unescape(text) } }
  const query = parseToken(text)
  if (query?.system === undefined || query.system === '' || query.code === undefined) {
    throw fail('parameter', `${shown(text)}: :${op} expects system|code`, at)
  }
  // Codes are looked up as they are written, not folded.
  const code = unescape(splitEscaped(text, '|')[1] ?? '')
  return { ...common, by: { op, system: query.system, code } }
}

/** `:of-type`: `system|code|value`, the type of an identifier and its value. */
function ofType({ paths, text, at }: Pick<Asked, 'paths' | 'text' | 'at'>): Leaf {
  const identifiers = paths.filter(({ types }) => types.includes('Identifier'))
  if (identifiers.length === 0) {
    throw fail('parameter', ':of-type is for identifiers, and this parameter has none', at)
  }
  const parts = splitEscaped(text, '|').map(unescape)
  const [system = '', code = '', value = ''] = parts
  if (parts.length !== 3 || system === '' || code === '' || value === '') {
    throw fail('parameter', `${shown(text)}: :of-type expects system|code|value`, at)
  }
  return {
    kind: 'token',
    paths: identifiers.map(({ path }) => pathBeside(path, 'of-type')),
    system,
    code: foldToken(`${code}|${value}`),
  }
}
