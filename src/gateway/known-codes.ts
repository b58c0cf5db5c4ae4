// Codes of HL7's tables that this server doesn't know, since the device has a newer edition or its own: they stay, as local ones.
// https://hl7.org/fhir/R4/terminologies-v2.html
// Must not drop a code, nor touch those of LOINC and SNOMED CT.
import { conceptOf } from '../terminology/meaning.ts'
import type { Finder } from '../terminology/finder.ts'
import type { Code, Concept, Run } from './run.ts'

const HL7 = 'http://terminology.hl7.org/CodeSystem/'

export async function withKnownCodes(run: Run, finder: Finder): Promise<Run> {
  const isKnown = async ({ system, code }: Code): Promise<boolean> => {
    if (system?.startsWith(HL7) !== true) return true
    const found = await finder.codeSystem(system)
    return found !== undefined && (await conceptOf(found, code, finder)) !== undefined
  }
  const read = async <T extends Concept>(concept: T): Promise<T> => ({
    ...concept,
    codes: await Promise.all(
      concept.codes.map(async (code) =>
        (await isKnown(code)) ? code : { system: undefined, code: code.code },
      ),
    ),
  })
  return {
    ...run,
    samples: await Promise.all(
      run.samples.map(async (sample) => ({ ...sample, type: await read(sample.type) })),
    ),
    results: await Promise.all(
      run.results.map(async (result) => ({
        ...result,
        ...(result.value?.kind === 'concept'
          ? { value: { ...result.value, concept: await read(result.value.concept) } }
          : {}),
      })),
    ),
    reports: await Promise.all(
      run.reports.map(async (report) => ({ ...report, code: await read(report.code) })),
    ),
  }
}
