// Purposes of use, and which of them are below which.
// https://terminology.hl7.org/CodeSystem-v3-ActReason.html (PurposeOfUse)
// Must not hold codes of other systems: what isn't known here is a purpose that nothing is above of.

const BELOW: Readonly<Record<string, string>> = {
  TREAT: 'CLINTRL COC ETREAT POPHLTH',
  ETREAT: 'BTG ERTREAT',
  HPAYMT: 'CLMATTCH COVAUTH COVERAGE REMITADV',
  COVERAGE: 'ELIGDTRM ELIGVER ENROLLM MILDCRG',
  HRESCH: 'BIORCH CLINTRCH DSRCH POARCH TRANSRCH',
  CLINTRCH: 'CLINTRCHNPC CLINTRCHPC PRECLINTRCH',
  PATRQT: 'FAMRQT PWATRNY SUPNWK',
  PUBHLTH: 'DISASTER THREAT',
  HOPERAT:
    'CAREMGT DONAT FRAUD GOV HACCRED HCOMPL HDECD HDIRECT HDM HLEGAL HOUTCOMS HPRGRP HQUALIMP HSYSADMIN MEMADMIN MILCDM PATADMIN PATSFTY PERFMSR RECORDMGT SYSDEV TRAIN',
  HSYSADMIN: 'LABELING METAMGT',
  SYSDEV: 'HTEST',
}

const above = new Map(
  Object.entries(BELOW).flatMap(([parent, codes]) =>
    codes.split(' ').map((code): [string, string] => [code, parent]),
  ),
)

/** Whether a purpose is another one or below it. */
export function isPurpose(purpose: string, of: string): boolean {
  for (let at: string | undefined = purpose; at !== undefined; at = above.get(at))
    if (at === of) return true
  return false
}
