// The rules of the network on what is written, by type. docs/network.md
// Must not hold a type for which nothing is asked: the others cost nothing.
import type { Rule, Rules, Verdict } from '../interaction/rule.ts'
import { algorithmRule, provenanceRule } from './algorithm-rule.ts'
import { answerRule } from './answer-rule.ts'
import { reportRule } from './report-rule.ts'
import { taskRule } from './task-rule.ts'

export const networkRules: Rules = new Map([
  ['Communication', answerRule],
  ['DiagnosticReport', all(reportRule, algorithmRule, answerRule)],
  ['Observation', all(algorithmRule, answerRule)],
  ['Provenance', provenanceRule],
  ['RiskAssessment', algorithmRule],
  ['Task', taskRule],
])

/** What the first says that has something against it, else what all of them say. */
function all(...rules: readonly Rule[]): Rule {
  return async (step, context) => {
    let verdict: Verdict = { issues: [] }
    for (const rule of rules) {
      const said = await rule(step, context)
      if (said.issues.length > 0) return said
      const assertions = [...(verdict.assertions ?? []), ...(said.assertions ?? [])]
      verdict = { ...verdict, ...said, assertions }
    }
    return verdict
  }
}
