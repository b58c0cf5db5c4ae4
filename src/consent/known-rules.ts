// The rules that Consents of a store have, as notes that every process reads: each written before the first Consent with it.
// docs/adr/0006-who-may-see-what.md
// Must not lose one when several processes write at once: notes are numbered, and each number is written once.
import type { Resource } from '../fhir/message.ts'
import type { Settings } from '../search/emit.ts'
import type { ReindexStep } from '../store/indexing.ts'
import type { Change, Store } from '../store/store.ts'
import { isIndividual, ruleKey, ruleOf, ruleText, type Rule } from './rule.ts'

export type KnownRules = {
  /** Those that the store knows now, by key: one map, which only grows. */
  read(): Promise<ReadonlyMap<string, Rule>>
  /** Whether the store has, or had, consents with rules of their own. */
  hasIndividual(): Promise<boolean>
  /** Note the rules of these Consents unless they are known. */
  note(consents: readonly Resource[]): Promise<void>
}

const NAME = 'consent-rule/'
const INDIVIDUAL_NOTE = 'consent-rules-of-their-own'

export function createKnownRules(store: Pick<Store, 'notes'>, settings: Settings): KnownRules {
  const { notes } = store
  const known = new Map<string, Rule>()
  let next = 0
  let individual = false
  const take = (text: string): void => {
    known.set(ruleKey(text), JSON.parse(text) as Rule)
    next += 1
  }
  const read = async (): Promise<ReadonlyMap<string, Rule>> => {
    for (;;) {
      const at = next
      const text = await notes.read(NAME + String(at))
      if (text === undefined) return known
      // Another request of this process may have taken it meanwhile.
      if (at === next) take(text)
    }
  }
  const hasIndividual = async (): Promise<boolean> =>
    (individual ||= (await notes.read(INDIVIDUAL_NOTE)) !== undefined)
  return {
    read,
    hasIndividual,
    note: async (consents) => {
      for (const consent of consents) {
        const rule = ruleOf(consent, settings)
        if (rule === undefined) continue
        const text = ruleText(rule)
        if (isIndividual(rule, text)) {
          if (!(await hasIndividual())) await notes.writeOnce(INDIVIDUAL_NOTE, 'true')
          continue
        }
        const key = ruleKey(text)
        while (!known.has(key) && !(await read()).has(key)) {
          const at = next
          const there = await notes.writeOnce(NAME + String(at), text)
          if (at === next) take(there)
        }
      }
    },
  }
}

/** The same store, which notes the rules of Consents before it keeps them. */
export function notingRules(store: Store, rules: KnownRules): Store {
  const { indexing } = store
  return {
    ...store,
    commit: async (changes, assertions) => {
      const consents = changes.flatMap(consentOf)
      if (consents.length > 0) await rules.note(consents)
      return store.commit(changes, assertions)
    },
    ...(indexing === undefined
      ? {}
      : {
          indexing: {
            ...indexing,
            reindex: async (step: ReindexStep) => {
              if (step.type !== 'Consent') return indexing.reindex(step)
              const met: Resource[] = []
              const extract = (resource: Resource) => {
                met.push(resource)
                return step.extract(resource)
              }
              const slice = await indexing.reindex({ ...step, extract })
              await rules.note(met)
              return slice
            },
          },
        }),
  }
}

function consentOf(change: Change): readonly Resource[] {
  if (change.kind !== 'put' || change.type !== 'Consent') return []
  return [JSON.parse(`{"resourceType":"Consent"${change.content.rest}`) as Resource]
}
