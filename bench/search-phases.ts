// What is asked of a store with a population in it, what each answer must show, and what it may cost.
// https://hl7.org/fhir/R4/search.html
// Must not ask the same thing at each request: a goal that a cache of answers would meet says nothing.
import assert from 'node:assert/strict'
import type { Answer, Asked, Client } from './drive.ts'
import { LOINC, MEASURED, MRN, mrnOf, observationsOf, random } from './population.ts'

export type Phase = {
  readonly name: string
  /** In F. */
  readonly goal?: number
  /** As a part of another phase. */
  readonly against?: { readonly phase: string; readonly most: number }
  /** Looks for what it needs; undefined when the server doesn't have it yet. */
  prepare(client: Client, patients: number): Promise<((k: number) => Asked) | undefined>
}

const COMMON = '8310-5'
const RARE = '33762-6'
const RAREST = '48346-3'

const coded = (code: string): string => `${encodeURIComponent(LOINC)}%7C${code}`
const matchesOf = (answer: Answer) =>
  (answer.entry ?? []).filter((e) => e.search?.mode === 'match').map((e) => e.resource)
const nextOf = (answer: Answer): string | undefined =>
  answer.link?.find((l) => l.relation === 'next')?.url

/** Number of matches, or at least so many. */
const found =
  (least: number, most = Infinity) =>
  (answer: Answer): void => {
    const { length } = matchesOf(answer)
    assert.ok(length >= least && length <= most, `${length} matches, not ${least} to ${most}`)
  }

type Draw = { readonly patient: number; readonly code: string; readonly u: number }

const asking =
  (make: (draw: Draw) => Asked): Phase['prepare'] =>
  async (_client, patients) =>
  (k) => {
    const r = random('ask', k)
    const patient = Math.floor(r() * patients)
    return make({ patient, code: MEASURED[Math.floor(r() * 8)]!.code, u: r() })
  }

/** Only when the server finds something by the first of the requests. */
const once =
  (probe: string, make: (draw: Draw) => Asked): Phase['prepare'] =>
  async (client, patients) =>
    matchesOf(await client.ask(probe)).length === 0 ? undefined : asking(make)(client, patients)

/** The page behind so many others. */
async function pageBehind(client: Client, path: string, pages: number): Promise<string> {
  let at = path
  for (let i = 0; i < pages; i++) {
    const next = nextOf(await client.ask(at))
    if (next === undefined) break
    at = next
  }
  return at
}

const FIRST = `/Observation?code=${coded(COMMON)}&_count=20`
const NEWEST = `/Observation?code=${coded(COMMON)}&_sort=-date&_count=20`

const paged =
  (path: string, pages: number): Phase['prepare'] =>
  async (client) => {
    const at = await pageBehind(client, path, pages)
    return () => ({ path: at, check: found(20, 20) })
  }

export const PHASES: readonly Phase[] = [
  {
    name: 'identifier',
    goal: 4,
    prepare: asking(({ patient }) => ({
      path: `/Patient?identifier=${encodeURIComponent(MRN)}%7C${mrnOf(patient)}`,
      check: (answer) => assert.equal(matchesOf(answer)[0]?.id, `p${patient}`),
    })),
  },
  {
    name: 'patient and code by date',
    goal: 7,
    prepare: asking(({ patient, code }) => ({
      path: `/Observation?patient=p${patient}&code=${coded(code)}&_sort=-date&_count=10`,
      check: found(0, observationsOf(patient)),
    })),
  },
  {
    name: 'chain to an identifier',
    goal: 10,
    prepare: asking(({ patient, code }) => ({
      path: `/Observation?subject:Patient.identifier=${encodeURIComponent(MRN)}%7C${mrnOf(patient)}&code=${coded(code)}`,
      check: found(0, observationsOf(patient)),
    })),
  },
  {
    name: 'chain to a name, rare code',
    prepare: asking(({ u }) => ({
      path: `/Observation?patient.family=${encodeURIComponent('김이박최'[Math.floor(u * 4)]!)}&code=${coded(RARE)}`,
      check: found(0, 20),
    })),
  },
  {
    name: 'chain along two references',
    prepare: asking(({ u }) => ({
      path: `/Observation?patient.organization.name=${encodeURIComponent('서울특별시')}&code=${coded(RARE)}&date=ge${2017 + Math.floor(u * 8)}`,
      check: found(0, 20),
    })),
  },
  {
    name: '_has, selective',
    goal: 12,
    prepare: asking(({ u }) => ({
      path: `/Patient?_has:Observation:patient:code=${coded(RAREST)}&birthdate=ge${1940 + Math.floor(u * 60)}&_count=10`,
      check: found(0, 10),
    })),
  },
  {
    name: '_has, 300 hits',
    prepare: asking(({ u }) => ({
      path: `/Patient?_has:Observation:patient:code=${coded(RARE)}&gender=${u < 0.5 ? 'male' : 'female'}`,
      check: found(0, 20),
    })),
  },
  {
    name: 'composite of components, 20',
    prepare: asking(({ u }) => ({
      path: `/Observation?component-code-value-quantity=${coded('8480-6')}$gt${165 + Math.floor(u * 10)}&_count=20`,
      check: found(1, 20),
    })),
  },
  {
    name: 'code and value range, 50',
    prepare: asking(({ u }) => ({
      path: `/Observation?code=${coded('8867-4')}&value-quantity=gt${(110 + u * 10).toFixed(1)}&_count=50`,
      check: found(1, 50),
    })),
  },
  {
    name: 'quantity across units, 20',
    prepare: once(
      `/Observation?code=${coded('2339-0')}&value-quantity=gt1%7C%7Cg/L&_count=1`,
      ({ u }) => ({
        path: `/Observation?code=${coded('2339-0')}&value-quantity=gt${(1.8 + u * 0.6).toFixed(2)}%7C%7Cg/L&_count=20`,
        check: found(1, 20),
      }),
    ),
  },
  {
    name: 'name prefix, 20',
    prepare: asking(({ u }) => ({
      path: `/Patient?name=${encodeURIComponent(['김', '이', 'смир', 'нұр', '서'][Math.floor(u * 5)]!)}&_count=20`,
      check: found(1, 20),
    })),
  },
  {
    name: 'name across scripts, 20',
    prepare: once('/Patient?name=Nurlanov&_count=1', ({ u }) => ({
      path: `/Patient?name=${['Kim', 'Smirnov', 'Nurlan', 'Park'][Math.floor(u * 4)]!}&_count=20`,
      check: found(1, 20),
    })),
  },
  { name: 'page 1', prepare: paged(FIRST, 0) },
  { name: 'page 1,000', against: { phase: 'page 1', most: 1.2 }, prepare: paged(FIRST, 999) },
  { name: 'newest of a code, page 1', prepare: paged(NEWEST, 0) },
  {
    name: 'newest of a code, page 1,000',
    against: { phase: 'newest of a code, page 1', most: 1.2 },
    prepare: paged(NEWEST, 999),
  },
  {
    name: '_total=accurate of the commonest code',
    goal: 600,
    prepare: async (client) => {
      const path = `${FIRST}&_total=accurate`
      const { total = 0 } = await client.ask(path)
      return () => ({ path, check: (answer) => assert.equal(answer.total, total) })
    },
  },
]
