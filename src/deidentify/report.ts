// What was done to records, as Parameters: how many, by which rule, how well people are hidden.
// profiles/ieum/OperationDefinition-de-identify.json
// Must not hold anything of anybody: numbers, names of rules, nothing else.
import type { Resource } from '../fhir/message.ts'
import type { Collected } from './collect.ts'
import type { Deidentified } from './deidentify.ts'
import type { Policy } from './policy.ts'

type Part = Readonly<Record<string, unknown>>

const whole = (name: string, number: number): Part => ({ name, valueInteger: number })
const code = (name: string, value: string): Part => ({ name, valueCode: value })

/** @param asked patients that were asked for */
export function reportOf(
  asked: number,
  { patients, refused, withheld }: Collected,
  { resources, sources, hidden, counts, invalid }: Deidentified,
  policy: Policy,
  purpose: string,
): Resource {
  const told = sources.filter(({ version }) => version.type === 'Patient').length
  return {
    resourceType: 'Parameters',
    parameter: [
      {
        name: 'policy',
        part: [
          { name: 'name', valueString: policy.name },
          { name: 'version', valueString: policy.version },
        ],
      },
      code('purpose', purpose),
      {
        name: 'patients',
        part: [
          whole('asked', asked),
          whole('included', told),
          whole('without-consent', refused),
          whole('left-out', patients.length - told),
        ],
      },
      {
        name: 'resources',
        part: [
          whole('included', resources.length),
          whole('withheld-by-consent', withheld),
          whole('invalid', invalid),
        ],
      },
      {
        name: 'anonymity',
        part: [
          whole('k', policy.k),
          ...(hidden.reached === undefined ? [] : [whole('reached', hidden.reached)]),
          code('over', hidden.over),
          whole('suppressed', hidden.suppressed),
          ...policy.levels.map((level, i) => ({
            name: 'level',
            part: [
              whole('birth-years', level.birthYears),
              whole('postal-digits', level.postalDigits),
              { name: 'region', valueBoolean: level.region },
              { name: 'country', valueBoolean: level.country },
              { name: 'sex', valueBoolean: level.sex },
              whole('patients', hidden.levels[i] ?? 0),
            ],
          })),
        ],
      },
      {
        name: 'dates',
        part: [
          whole('most-days', policy.shiftDays),
          code('time-of-day', policy.timeOfDay),
          code('zones', policy.zones),
        ],
      },
      ...[...counts.values()]
        .sort((a, b) => (a.rule < b.rule ? -1 : a.rule > b.rule ? 1 : a.method < b.method ? -1 : 1))
        .map(({ rule, method, number }) => ({
          name: 'rule',
          part: [
            { name: 'rule', valueString: rule },
            code('method', method),
            whole('count', number),
          ],
        })),
    ],
  }
}
