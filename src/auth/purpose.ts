// Why a request is made: codes of v3-PurposeOfUse, from the token or the header X-Purpose-Of-Use.
// http://terminology.hl7.org/ValueSet/v3-PurposeOfUse, https://profiles.ihe.net/ITI/IUA
// Must not believe a header against the token: what the token names is all that may be chosen.
import { fail } from '../errors.ts'
import type { Role } from './principal.ts'
import { message } from '../words/message.ts'

/** The value set as R4 publishes it (a test compares). */
const PURPOSES = new Set(
  [
    'PurposeOfUse HMARKT HOPERAT CAREMGT DONAT FRAUD GOV HACCRED HCOMPL HDECD HDIRECT HDM HLEGAL HOUTCOMS HPRGRP',
    'HQUALIMP HSYSADMIN LABELING METAMGT MEMADMIN MILCDM PATADMIN PATSFTY PERFMSR RECORDMGT SYSDEV HTEST TRAIN HPAYMT',
    'CLMATTCH COVAUTH COVERAGE ELIGDTRM ELIGVER ENROLLM MILDCRG REMITADV HRESCH BIORCH CLINTRCH CLINTRCHNPC CLINTRCHPC',
    'PRECLINTRCH DSRCH POARCH TRANSRCH PATRQT FAMRQT PWATRNY SUPNWK PUBHLTH DISASTER THREAT TREAT CLINTRL COC ETREAT BTG',
    'ERTREAT POPHLTH',
  ].flatMap((line) => line.split(' ')),
)

export const isPurpose = (code: string): boolean => PURPOSES.has(code)

/** All codes. */
export const purposes = (): readonly string[] => [...PURPOSES]

/** What somebody with these roles usually asks for. */
export function usualPurpose(roles: readonly Role[]): string {
  if (roles.includes('system') || roles.includes('clinician')) return 'TREAT'
  if (roles.includes('reviewer')) return 'TRAIN'
  if (roles.includes('patient')) return 'PATRQT'
  return roles.includes('auditor') ? 'HCOMPL' : 'HSYSADMIN'
}

/**
 * The purpose of one request.
 * @param named by the token; none = any
 * @throws Failure 400 for a header that is no code, 403 for one that the token doesn't name
 */
export function purposeOf(
  header: string | undefined,
  named: readonly string[],
  roles: readonly Role[],
): string {
  if (header === undefined) return named[0] ?? usualPurpose(roles)
  const code = header.trim()
  if (!isPurpose(code))
    throw fail(
      'parameter',
      'X-Purpose-Of-Use must be a code of http://terminology.hl7.org/ValueSet/v3-PurposeOfUse, as in TREAT',
      'X-Purpose-Of-Use',
      'code-invalid',
    )
  if (named.length > 0 && !named.includes(code))
    throw fail(
      'forbidden',
      message('purpose-other', { purposes: named.join(', ') }),
      'X-Purpose-Of-Use',
    )
  return code
}

/** Characters of a reason to break the glass at most. */
const LONGEST_REASON = 500

/**
 * Why the caller breaks the glass; undefined when it doesn't.
 * @throws Failure 400 for no reason, 403 for somebody who may not
 */
export function breakGlassOf(
  header: string | undefined,
  roles: readonly Role[],
): string | undefined {
  if (header === undefined) return undefined
  if (!roles.includes('clinician'))
    throw fail('forbidden', message('glass-by-role'), 'X-Break-Glass')
  const reason = decoded(header).trim()
  if (reason === '' || reason.length > LONGEST_REASON)
    throw fail(
      'parameter',
      `X-Break-Glass must say why, in ${LONGEST_REASON} characters at most (other letters than ASCII percent-encoded)`,
      'X-Break-Glass',
    )
  return reason
}

/** A header has ASCII only; a reason may be in any language, percent-encoded. */
function decoded(header: string): string {
  try {
    return decodeURIComponent(header)
  } catch {
    return header
  }
}
