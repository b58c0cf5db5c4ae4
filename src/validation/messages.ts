// The words of what rules and profiles find, by key: one place, so that another language is another table.
// https://hl7.org/fhir/R4/operationoutcome-definitions.html#OperationOutcome.issue.diagnostics
// Must not repeat long values: wording.ts shortens what is shown.

/** What a message is about; `profile` is the one that demands it, undefined for R4 itself. */
export type Params = Readonly<Record<string, string | number | undefined>>

export type Message = { readonly key: MessageKey; readonly params: Params }

const MESSAGES = {
  minimum: (p) =>
    `${p.element} is required at least ${times(p.least)}; here it is ${times(p.count)}`,
  maximum: (p) =>
    p.most === 0
      ? `${p.element} is not allowed here`
      : `${p.element} is allowed at most ${times(p.most)}; here it is ${times(p.count)}`,
  type: (p) => `${p.element} has the type ${p.found}; allowed is ${p.allowed}`,
  fixed: (p) => `${p.element} must be ${p.expected}; here is ${p.found}`,
  pattern: (p) => `${p.element} must have ${p.expected}`,
  below: (p) => `${p.found} is less than ${p.limit}, the least that is allowed`,
  above: (p) => `${p.found} is more than ${p.limit}, the most that is allowed`,
  length: (p) => `${p.element} may have ${p.most} characters; here are ${p.count}`,
  binding: (p) => `${p.found} is not in the value set ${p.valueSet}`,
  'binding-missing': (p) => `${p.element} needs a code of the value set ${p.valueSet}`,
  'binding-extensible': (p) =>
    `${p.found} is not in the value set ${p.valueSet}, whose codes are used where one of them fits`,
  'code-unknown': (p) => `${p.system} has no code ${p.found}`,
  'code-form': (p) => `${p.problem}`,
  'code-display': (p) => `The display of ${p.code} in ${p.system} is ${p.expected}, not ${p.found}`,
  'system-relative': (p) =>
    `The system of a ${p.type} is an absolute URI (as http://loinc.org or urn:oid:1.2.3); here is ${p.found}`,
  unit: (p) =>
    `${p.found} is not a unit of UCUM: ${p.why}${p.meant === undefined ? '' : `; did you mean "${p.meant}"?`}`,
  'slice-minimum': (p) =>
    `${p.element} needs at least ${times(p.least)} the slice "${p.slice}"${p.what === undefined ? '' : ` (${p.what})`}; here it is ${times(p.count)}`,
  'slice-maximum': (p) =>
    `${p.element} may have the slice "${p.slice}" at most ${times(p.most)}; here it is ${times(p.count)}`,
  'slice-closed': (p) => `This ${p.element} is none of the slices that are allowed: ${p.slices}`,
  'slice-order': (p) =>
    `The slice "${p.slice}" of ${p.element} stands after one that it should precede`,
  'slice-end': (p) => `A ${p.element} that is in no slice stands before one that is in a slice`,
  'slice-unknown': (p) =>
    `The slices of ${p.element} can not be told apart: ${p.why}; they were not checked`,
  conforms: (p) =>
    `${p.element} does not conform to ${p.profiles}${p.why === undefined ? '' : `: ${p.why}`}`,
  target: (p) => `${p.element} refers to ${p.targets}; here is ${p.found}`,
  'target-profile': (p) =>
    `What ${p.element} refers to (${p.found}) does not conform to ${p.targets}`,
  aggregation: (p) =>
    `${p.element} must refer to a resource that is ${p.allowed}; here is ${p.found}`,
  'reference-dangling': (p) =>
    `${p.found} refers to a contained resource that is not there (ref-1)`,
  'reference-form': (p) => `${p.found} is not a reference: it has spaces`,
  'contained-unused': (p) =>
    `The contained resource "${p.id}" is referred to from nowhere, nor does it refer to its container (dom-3)`,
  'contained-version': () =>
    'A contained resource must not have meta.versionId or meta.lastUpdated (dom-4)',
  'contained-security': () => 'A contained resource must not have a security label (dom-5)',
  'contained-twice': (p) => `Two contained resources have the id "${p.id}"`,
  invariant: (p) => `${p.human} (${p.constraint})`,
  'invariant-unknown': (p) =>
    `The constraint ${p.constraint} can not be evaluated, so it was not checked`,
  'extension-unknown': (p) => `The extension ${p.found} is not known here, so it was not checked`,
  'extension-modifier': (p) =>
    `The modifier extension ${p.found} is not known here: what it changes about the meaning can not be told`,
  'extension-relative': (p) => `The url of an extension is an absolute URI; here is ${p.found}`,
  'extension-nested': (p) => `The extension ${p.extension} has no extension "${p.found}" inside`,
  'extension-is-modifier': (p) => `${p.found} changes the meaning: it belongs in modifierExtension`,
  'extension-no-modifier': (p) => `${p.found} does not change the meaning: it belongs in extension`,
  'extension-context': (p) => `The extension ${p.found} is for ${p.allowed}, not for ${p.place}`,
  'extension-type': (p) => `${p.found} is the URL of a profile of ${p.type}, not of an extension`,
  'profile-unknown': (p) => `The profile ${p.found} is not known here, so it was not checked`,
  'profile-type': (p) => `${p.found} is a profile of ${p.type}, and this is a ${p.resource}`,
  'profile-broken': (p) => `The profile ${p.found} can not be used: ${p.why}`,
  'profile-missing': (p) => `This server asks for the profile ${p.found} of every ${p.resource}`,
  'sampled-data': (p) =>
    `The data is numbers, E, U or L, with one space between them; here is ${p.found}`,
  'full-url': (p) => `fullUrl is an absolute URI; here is ${p.found}`,
  'full-url-id': (p) => `fullUrl ends with ${p.found}, but the resource is ${p.resource}`,
  'full-url-twice': (p) => `Two entries have the fullUrl ${p.found} and the same version (bdl-7)`,
  'document-reference': (p) =>
    `A document holds what its Composition refers to; ${p.found} is not in it`,
} as const satisfies Record<string, (params: Params) => string>

export type MessageKey = keyof typeof MESSAGES

export const message = (key: MessageKey, params: Params = {}): Message => ({ key, params })

/** The words, with the profile that demands it at the end. */
export function textOf({ key, params }: Message): string {
  const text = MESSAGES[key](params)
  return params.profile === undefined ? text : `${text} (profile ${params.profile})`
}

const times = (count: string | number | undefined): string =>
  count === 0 ? 'absent' : count === 1 ? 'once' : count === 2 ? 'twice' : `${count} times`
