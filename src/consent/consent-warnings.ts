// What of a Consent can't be judged, or why it counts for nothing: told to who writes or validates it, since it is kept all the same.
// docs/access.md, "What can't be judged never widens access"
// Must not refuse anything (consent-issues.ts does), nor decide: the rule does, and this only says where it is in doubt.
import { issueOf, type Issue } from '../errors.ts'
import type { Resource } from '../fhir/message.ts'
import type { Settings } from '../search/emit.ts'
import { message } from '../words/message.ts'
import { ruleOf, type Criteria, type Provision } from './rule.ts'

/** Elements of a provision by what they are criteria of. */
const ELEMENTS: Readonly<Record<keyof Omit<Criteria, 'unknown'>, string>> = {
  period: 'period',
  actors: 'actor',
  purposes: 'purpose',
  actions: 'action',
  countries: "extension('http://ieum.example/fhir/StructureDefinition/destination-country')",
  classes: 'class',
  codes: 'code',
  labels: 'securityLabel',
  dataPeriod: 'dataPeriod',
  data: 'data',
}

/** Provisions that are named at most. */
const MOST = 20

/** Warnings, each with the element in doubt; none for a Consent that isn't active. */
export function consentWarnings(resource: Resource, settings: Settings): readonly Issue[] {
  if (resource.resourceType !== 'Consent' || resource['status'] !== 'active') return []
  const rule = ruleOf(resource, settings)
  if (rule === undefined)
    return [issueOf('warning', 'business-rule', message('consent-void'), 'Consent')]
  const issues: Issue[] = []
  const doubt = (expression: string): void => {
    if (issues.length < MOST)
      issues.push(issueOf('warning', 'business-rule', message('consent-unjudged'), expression))
  }
  const look = (provision: Provision, at: string, around: boolean): void => {
    const isWhole = provision.unknown === true
    // What stands around it says so already.
    if (isWhole && !around) doubt(at)
    for (const [name, element] of Object.entries(ELEMENTS) as [keyof typeof ELEMENTS, string][]) {
      const criterion = provision[name]
      if (criterion === 'unknown') doubt(`${at}.${element}`)
      else if (typeof criterion === 'object' && 'unknown' in criterion && criterion.unknown)
        doubt(`${at}.${element}`)
    }
    for (const [i, inside] of (provision.provisions ?? []).entries())
      look(inside, `${at}.provision[${String(i)}]`, isWhole)
  }
  look(rule.root, 'Consent.provision', false)
  return issues
}
