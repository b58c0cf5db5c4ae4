// What issues say, in English: the table that says which keys there are.
// https://hl7.org/fhir/R4/operationoutcome-definitions.html#OperationOutcome.issue.diagnostics
// Must say what was found and what is allowed; the other languages say the same of the same parameters.
import type { Shown } from './message.ts'

export const EN = {
  'of-profile': (p) => `${p.text} (profile ${p.profile})`,
  fine: () => 'No issues',
  meant: (p) => `; did you mean "${p.name}"?`,
  near: (p) => `; did you mean ${p.names}?`,
  pair: (p) => `${p.one}, ${p.other}`,
  'no-code': () => 'no code',
  nothing: () => 'nothing',
  array: () => 'an array',
  object: () => 'an object',
  'no-system': (p) => `${p.code} without a system`,

  // The structure of a resource, https://hl7.org/fhir/R4/json.html
  structure: () => 'The resource does not have the structure that R4 gives it',
  nested: () => 'The resource is nested too deeply',
  'resource-object': (p) => `A resource is an object; here is ${p.found}`,
  'resource-untyped': () => 'A resource has a string resourceType',
  'resource-type-form': (p) => `A resource has a string resourceType; here is ${p.found}`,
  'resource-abstract': (p) =>
    `${p.type} is abstract: a resource has one of the types that are based on it`,
  'resource-unknown': (p) => `R4 has no resource type ${p.found}${p.hint ?? ''}`,
  'resource-other': (p) => `The resourceType is ${p.found}, where ${p.expected} is expected`,
  'choice-several': (p) => `${p.element} is one value, of one type; here are ${p.found}`,
  required: (p) => `${p.type} must have ${p.element}`,
  'element-unknown': (p) => `${p.type} has no element ${p.found}${p.hint ?? ''}`,
  'choice-untyped': (p) =>
    `${p.type} has no element ${p.found}: ${p.element} is written with its type, which is ${p.allowed}`,
  'sibling-not-allowed': (p) =>
    `${p.found} is not allowed: only a primitive element has such a sibling`,
  'sibling-object': (p) => `${p.name} is an object with id and extension; here is ${p.found}`,
  'sibling-count': (p) =>
    `${p.name} has a place for each value, which are ${p.most}; here are ${p.count} places`,
  'element-empty': () => 'An element must not be empty',
  'element-only-id': () => 'An element must have more than an id',
  'extension-both': () => 'An extension has either a value or extensions, not both (ext-1)',
  'extension-neither': () => 'An extension must have a value or extensions (ext-1)',
  'single-array': (p) => `${p.element} is a single value, not an array`,
  'array-single': (p) => `${p.element} is an array, also for one value; here is ${p.found}`,
  'array-empty': (p) => `${p.element} is empty: leave out what has no values`,
  'array-maximum': (p) => `At most ${p.most} are allowed; here are ${p.count}`,
  'array-minimum': (p) => `At least ${p.least} are required; here are ${p.count}`,
  valueless: (p) => `${p.element} has neither a value nor an extension`,
  'null-sibling': (p) =>
    `null stands for a value only where _${p.element} has an extension in its place`,
  'null-item': () => 'null is not allowed',
  null: (p) => `${p.element} is null: leave out what has no value`,
  'object-expected': (p) => `${p.element} is an object; here is ${p.found}`,
  'object-of-type': (p) => `${p.element} is an object of type ${p.type}; here is ${p.found}`,
  'json-type': (p) => `${p.element} is a JSON ${p.json} (${p.type}); here is ${p.found}`,
  narrative: (p) => `The narrative ${p.problem}`,
  code: (p) => `${p.found} is not among ${p.allowed}${p.hint ?? ''} (${p.valueSet})`,
  coding: (p) => `${p.element} needs a coding with ${p.allowed} (${p.valueSet})`,
  form: (p) => `${p.found} is not of type ${p.type}: ${p.expected}`,
  'form-base64Binary': () => 'base64',
  'form-boolean': () => 'true or false',
  'form-code': () => 'a code without spaces at its ends or two together',
  'form-date': () => 'a day that exists, a month or a year: YYYY, YYYY-MM or YYYY-MM-DD',
  'form-dateTime': () =>
    'YYYY, YYYY-MM, YYYY-MM-DD or YYYY-MM-DDThh:mm:ss with a time zone (Z or +hh:mm)',
  'form-decimal': () => 'a decimal number',
  'form-id': () => '1 to 64 characters out of A-Z, a-z, 0-9, "-" and "."',
  'form-instant': () => 'YYYY-MM-DDThh:mm:ss with a time zone (Z or +hh:mm)',
  'form-integer': () => 'a whole number of 32 bits',
  'form-oid': () => 'an OID as a URI: urn:oid:1.2.3',
  'form-positiveInt': () => 'a whole number from 1 to 2147483647',
  'form-string': () => 'text of at most 1 MiB that is not empty and has no control characters',
  'form-time': () => 'hh:mm:ss without a time zone',
  'form-unsignedInt': () => 'a whole number from 0 to 2147483647',
  'form-uri': () => 'a URI without spaces',
  'form-uuid': () => 'a UUID as a URI in lower case: urn:uuid:c757873d-ec9a-4326-a141-556f43239520',
  'form-xhtml': () =>
    'a well-formed <div xmlns="http://www.w3.org/1999/xhtml"> of formatting elements only',

  // Cardinality, values and codes, of R4 and of profiles
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
  'code-form': (p) => `${p.found} can't be a code of ${p.system}: ${p.like}`,
  'code-loinc': () => 'one has digits, a hyphen and the check digit, as in 2339-0',
  'code-snomed': () => 'a concept id has 6 to 18 digits, the last of them a check digit',
  'code-icd10': () => 'one has a letter and two digits, as in E11.9',
  'code-country': () => 'a country has two or three capital letters or three digits',
  'code-currency': () => 'a currency has three capital letters',
  'code-language': () => 'a language tag is like ko, ru-RU or kk-Cyrl-KZ',
  'code-media-type': () => 'a media type is like text/plain',
  'code-display': (p) => `The display of ${p.code} in ${p.system} is ${p.expected}, not ${p.found}`,
  'system-relative': (p) =>
    `The system of a ${p.type} is an absolute URI (as http://loinc.org or urn:oid:1.2.3); here is ${p.found}`,
  unit: (p) => `${p.found} is not a unit of UCUM: ${p.why}${p.hint ?? ''}`,
  'sampled-data': (p) =>
    `The data is numbers, E, U or L, with one space between them; here is ${p.found}`,

  // National identifiers
  'check-digit': () => 'The check digit does not fit: the number is mistyped, or of another kind',
  'check-digit-2020': () =>
    'The check digit does not fit: right only for a number given since October 2020',
  'identifier-date': (p) => `It begins with ${p.digits}, which is no date`,
  'identifier-rrn': () =>
    'This is no Korean resident registration number: one has 13 digits, the first six a date, as in 971013-9019902',
  'identifier-iin': () => 'This is no Kazakh IIN: one has 12 digits',
  'identifier-snils': () => 'This is no SNILS: one has 11 digits, as in 112-233-445 95',
  'identifier-enp': () => 'This is no compulsory insurance policy (ENP): one has 16 digits',
  'identifier-inn': () => 'This is no taxpayer number: one has 12 digits',
  'identifier-by': () =>
    'This is no Belarusian identification number: one has 14 signs, as in 1010100A000PB3',
  'identifier-kg': () => 'This is no Kyrgyz personal number: one has 14 digits, the first 1 or 2',
  'identifier-am': () =>
    'This is no Armenian public services number: one has 10 digits, the first not 0',
  'identifier-krnpi': () =>
    'This is no number of a Korean institution of care: one has 8 digits, or an OID that ends in them',

  // Slices
  'slice-minimum': (p) =>
    `${p.element} needs at least ${times(p.least)} the slice "${p.slice}"${p.what === undefined ? '' : ` (${p.what})`}; here it is ${times(p.count)}`,
  'slice-maximum': (p) =>
    `${p.element} may have the slice "${p.slice}" at most ${times(p.most)}; here it is ${times(p.count)}`,
  'slice-closed': (p) => `This ${p.element} is none of the slices that are allowed: ${p.slices}`,
  'slice-order': (p) =>
    `The slice "${p.slice}" of ${p.element} stands after one that it should precede`,
  'slice-end': (p) => `A ${p.element} that is in no slice stands before one that is in a slice`,

  // References and what is contained
  conforms: (p) => `${p.element} does not conform to ${p.profiles}`,
  target: (p) => `${p.element} refers to ${p.targets}; here is ${p.found}`,
  'target-profile': (p) =>
    `What ${p.element} refers to (${p.found}) does not conform to ${p.targets}`,
  aggregation: (p) =>
    `${p.element} must refer to a resource that is ${p.allowed}; here is ${p.found}`,
  'reference-dangling': (p) =>
    `${p.found} refers to a contained resource that is not there (ref-1)`,
  'reference-form': (p) => `${p.found} is not a reference: it has spaces`,
  'reference-absent': (p) =>
    `There is no ${p.found} on this server, and references must resolve here`,
  'contained-nested': () => 'A contained resource must not contain others (dom-2)',
  'contained-id': () => 'A contained resource must have an id, by which it is referred to',
  'contained-unused': (p) =>
    `The contained resource "${p.id}" is referred to from nowhere, nor does it refer to its container (dom-3)`,
  'contained-version': () =>
    'A contained resource must not have meta.versionId or meta.lastUpdated (dom-4)',
  'contained-security': () => 'A contained resource must not have a security label (dom-5)',
  'contained-twice': (p) => `Two contained resources have the id "${p.id}"`,

  // Invariants, extensions, profiles, Bundles
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
  'extension-invariant': (p) =>
    `The place of the extension ${p.found} does not meet its condition: ${p.expression}`,
  'extension-type': (p) => `${p.found} is the URL of a profile of ${p.type}, not of an extension`,
  'profile-unknown': (p) => `The profile ${p.found} is not known here, so it was not checked`,
  'profile-type': (p) => `${p.found} is a profile of ${p.type}, and this is a ${p.resource}`,
  'profile-broken': (p) => `The profile ${p.found} can not be used: ${p.why}`,
  'definition-circular': (p) => `${p.found} is based on itself`,
  'expression-broken': (p) => `The expression is not FHIRPath: ${p.found}`,
  'full-url': (p) => `fullUrl is an absolute URI; here is ${p.found}`,
  'full-url-id': (p) => `fullUrl ends with ${p.found}, but the resource is ${p.resource}`,
  'full-url-twice': (p) => `Two entries have the fullUrl ${p.found} and the same version (bdl-7)`,
  'document-reference': (p) =>
    `A document holds what its Composition refers to; ${p.found} is not in it`,

  // What else a request is told
  absent: (p) => `There is no ${p.what} here`,
  deleted: (p) => `${p.what} was deleted (version ${p.version})`,
  'type-unknown': (p) => `There is no resource type ${p.type} in FHIR R4`,
  'operation-unknown': (p) =>
    `There is no operation ${p.operation} on ${p.place}; the CapabilityStatement lists those that exist`,
  method: (p) => `${p.method} is not known at ${p.place}; allowed: ${p.allowed}`,
  'id-form': (p) => `"${p.found}" can't be an id: an id has 1 to 64 letters, digits, "-" and "."`,
  'parameter-unknown': (p) => `There is no parameter ${p.found} for ${p.types}${p.hint ?? ''}`,
  'all-types': () => 'all types',
  'parameter-empty': (p) => `${p.name} has no value`,
  'parameter-date': (p) =>
    `${p.found} is not a date: expected yyyy, yyyy-mm, yyyy-mm-dd or yyyy-mm-ddThh:mm:ss±hh:mm, after one of eq ne gt lt ge le sa eb ap or nothing`,
  'media-type': (p) =>
    `A resource comes as application/fhir+json or application/fhir+xml, not as ${p.found}`,
  'not-acceptable': () =>
    'This server answers in application/fhir+json or application/fhir+xml; Accept allows neither',
  'fhir-version': (p) => `This server speaks FHIR 4.0.1, not ${p.found}`,
  'body-missing': () => 'The request needs a resource in its body, and there is none',
  'update-id': (p) => `An update of ${p.type}/${p.id} needs a resource with the id "${p.id}"`,
  'create-id': () => 'A create has no id in its URL; validate it at the type',
  'body-untyped': () => 'The body has no "resourceType"; a FHIR resource names its type there',
  'body-type': (p) => `The body is a ${p.found}, but the URL asks for a ${p.type}`,
  changed: () => 'Others changed the same resources at the same time; send the request again',
  'if-match-absent': (p) => `If-Match: ${p.what} does not exist`,
  'if-match': (p) =>
    `If-Match: the current version of ${p.what} is ${p.version}, not the one that was sent; read it again and repeat the change`,
  'if-none-match': (p) => `If-None-Match: ${p.what} exists already`,
  'several-match': (p) =>
    `${p.what}: more than one ${p.type} matches the condition; it must select one`,

  // What the network asks of a write, docs/network.md
  'task-step': (p) =>
    `A Task that is ${p.from} can't become ${p.to}; what may follow is ${p.allowed}`,
  'task-ended': (p) => `A Task that is ${p.from} can't become ${p.to}: nothing follows it`,
  'task-begin': (p) =>
    `A Task for another organization begins as ${p.allowed}, not as ${p.status}: the steps after that are its owner's`,
  'task-delete': (p) =>
    `A Task that is ${p.status} can't be deleted: somebody works on it; cancel it first`,
  'task-agreed': (p) =>
    `${p.element} of a Task can't be changed any more once it is ${p.status}; cancel it and ask anew`,
  'task-stranger': (p) =>
    `${p.task} is neither of your organization nor for it: it is for ${p.owner}, and only that one and who asked may change it`,
  'task-of-owner': (p) =>
    `Only the organization that ${p.task} is for (${p.owner}) can make it ${p.to}`,
  'task-of-requester': (p) => `Only the organization that asked can make ${p.task} ${p.to}`,
  'task-element-of-requester': (p) =>
    `${p.element} of ${p.task} is for the organization that asked to change; who is asked changes the status with its reason, the business status, times, notes and the output`,
  'answer-hidden': (p) =>
    `${p.request} can't be seen by your organization (any more): no consent that is in force covers it. Nothing was stored; ${p.task} stays as it is and can be made failed with a reason`,
  'report-step': (p) =>
    `A report that is ${p.from} can't become ${p.to}; what may follow is ${p.allowed}`,
  'report-ended': (p) => `A report that is ${p.from} can't become ${p.to}: nothing follows it`,
  'report-changed': (p) =>
    `${p.element} of a report that is final changes only with a status that says so: ${p.allowed}`,
  'ai-final': (p) =>
    `${p.what} is the finding of an algorithm and can't be ${p.status} by itself: it stays preliminary until a Provenance names it as an entity and a Practitioner or PractitionerRole as the agent who confirmed or corrected the version that stands there`,
  'ai-provenance': (p) =>
    `A program (${p.device}) can't say what a practitioner did: an agent of its Provenance is itself`,

  // What a summary of a newborn leaves out, docs/network.md
  'newborn-no-birth-time': () =>
    'The time of birth is not known (extension patient-birthTime of birthDate), so there are no hours of age',
  'newborn-rapid': () =>
    'Bilirubin rose as fast as suggests haemolysis: 0.3 mg/dL an hour or more in the first 24 hours, or 0.2 thereafter (AAP 2022)',
  'newborn-early': () =>
    'Whether bilirubin rises too fast is not judged: the guideline (AAP 2022) is for children born at 35 weeks or later, whose gestational age is known',
  'newborn-no-thresholds': () =>
    'Thresholds of phototherapy and exchange transfusion are not part of this summary',
  'newborn-no-percentiles': () =>
    'Growth percentiles are left out: no reference tables were to be had under a licence that allows it',

  // What nobody but others may do or see, docs/access.md
  'for-administrators': (p) =>
    `A ${p.type} changes how this server works for all: that is for administrators`,
  'of-another': (p) =>
    `${p.what} belongs to another organisation: only its custodian may change it`,
  'id-not-yours': (p) =>
    `You have no ${p.type} with this id. To choose the id of a new one, begin it with "${p.prefix}"; or post it to ${p.type}, and the server gives it an id`,
  'not-of-patient': (p) => `This ${p.type} is not of the patient that the token is for`,
  'scope-short': (p) => `The scopes of the token do not reach what this ${p.type} says`,
  'scope-missing': (p) => `The scopes of the token do not allow this: it needs ${p.scope}`,
  'role-missing': (p) => `${p.what} is for the role ${p.roles}; the token has no such role`,
  'glass-by-clinician': () => 'Only a clinician who is signed in may break the glass',
  'glass-by-role': () => 'Only a clinician may break the glass; the token has no such role',
  'purpose-other': (p) => `The token is for ${p.purposes}; X-Purpose-Of-Use may not say otherwise`,
  residency: (p) =>
    `The patient's consent permits this, but the record may leave its country only when ${p.asks}. Rule ${p.rule}: ${p.source}`,
  'residency-destination': () =>
    'the consent names the recipient, or the country that the record may go to',
  'residency-kr': () => 'the consent names the recipient and the purpose',
  'residency-ru': () =>
    'the consent carries the number of the notification of the supervisory authority',
  'residency-more': () => 'one of the consents says all that the law asks for',
  'organization-country': (p) =>
    `The country of ${p.what} decides what may be shown to it and leave it, so that administrators state it: this would make it ${p.to}, and it is ${p.from}`,
  'country-none': () => 'without a country',
  'consent-unjudged': () =>
    `This can't be judged, so that no permit holds by it, and a deny holds whatever it says (docs/access.md, "What a consent says")`,
  'consent-void': () =>
    'This consent is active, and counts for nothing here: its scope is not patient-privacy, or it has no provision (docs/access.md, "Records and consents")',

  fault: (p) =>
    `The server failed at this request. Its operator finds the cause under request id ${p.id}.`,
} as const satisfies Record<string, (params: Shown) => string>

const times = (count: string | number | undefined): string =>
  count === 0 ? 'absent' : count === 1 ? 'once' : count === 2 ? 'twice' : `${count} times`
