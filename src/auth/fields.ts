// Fields of an object that came as JSON, each wrong one said.
// Must not stop at the first problem.

export type Problems = string[]

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Readers of the fields of an object; undefined when it is none. */
export function readFields(
  value: unknown,
  at: string,
  known: readonly string[],
  problems: Problems,
) {
  if (!isObject(value)) {
    problems.push(`${at} must be an object`)
    return undefined
  }
  for (const name of Object.keys(value))
    if (!known.includes(name))
      problems.push(`${at}.${name} is not known; the fields are ${known.join(', ')}`)
  const optionalText = (name: string): string | undefined => {
    const found = value[name]
    if (found === undefined) return undefined
    if (typeof found === 'string' && found !== '' && found.length <= 1000) return found
    problems.push(`${at}.${name} must be a text`)
    return undefined
  }
  return {
    value,
    optionalText,
    /** '' when it is wrong. */
    text: (name: string, form: RegExp, what: string): string => {
      const found = value[name]
      if (typeof found === 'string' && form.test(found)) return found
      problems.push(`${at}.${name} must be ${what}`)
      return ''
    },
    /** A list of texts, or one text with spaces in between. */
    list: (name: string): readonly string[] => {
      const found = value[name] ?? []
      if (typeof found === 'string') return found.split(/\s+/).filter((one) => one !== '')
      if (Array.isArray(found) && found.every((one) => typeof one === 'string')) return found
      problems.push(`${at}.${name} must be a list of texts`)
      return []
    },
  }
}
