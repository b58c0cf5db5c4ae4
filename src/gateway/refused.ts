// Why what a device sent is refused: each reason with its place, and the code that HL7 table 0357 has for it.
// Must not quote what a message says of a patient: reasons go into acknowledgements and logs.

/** Codes of table 0357 that are used, and what each means. */
export const CONDITIONS = {
  100: 'Segment sequence error',
  101: 'Required field missing',
  102: 'Data type error',
  103: 'Table value not found',
  104: 'Value too long',
  200: 'Unsupported message type',
  201: 'Unsupported event code',
  202: 'Unsupported processing id',
  203: 'Unsupported version id',
  204: 'Unknown key identifier',
  205: 'Duplicate key identifier',
  207: 'Application internal error',
} as const

export type Condition = keyof typeof CONDITIONS

export type Problem = {
  readonly condition: Condition
  /** `OBX[2]-6.1` (the second OBX, field 6, component 1) or an element of the JSON form, `results[1].unit`. */
  readonly place: string
  readonly text: string
}

/**
 * `content`: it can't be taken as it is, and is kept for the operator. `unsupported`: this gateway doesn't take its like.
 * `later`: it may be sent again as it is. `forbidden`: not by this caller.
 */
export type Refusal = 'content' | 'unsupported' | 'later' | 'forbidden'

/** Whether the message is at fault, so that it is worth keeping. */
export const isOfContent = (kind: Refusal): boolean => kind === 'content' || kind === 'unsupported'

export class Refused extends Error {
  readonly kind: Refusal
  readonly problems: readonly Problem[]
  constructor(kind: Refusal, problems: readonly Problem[]) {
    super(problems.map(({ place, text }) => `${place}: ${text}`).join('; '))
    this.kind = kind
    this.problems = problems
  }
}

/** Collects all that is wrong, so that it is said at once. */
export type Problems = {
  add(condition: Condition, place: string, text: string): void
  /** @throws Refused */
  throwIfAny(): void
}

const MOST = 50

export function collectProblems(): Problems {
  const problems: Problem[] = []
  return {
    add: (condition, place, text) => {
      if (problems.length < MOST) problems.push({ condition, place, text })
    },
    throwIfAny: () => {
      if (problems.length > 0) throw new Refused('content', problems)
    },
  }
}
