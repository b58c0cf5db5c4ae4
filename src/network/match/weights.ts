// What the agreement or disagreement of an element says about two records being of one person, in bits: log2(m / u), m being
// how often records of one person agree so, u how often those of two people do.
// Fellegi and Sunter, "A Theory for Record Linkage", JASA 64 (1969). Must not hold rules: those are in score.ts.

const bits = (m: number, u: number): number => Math.log2(m / u)

/** Days on which the people of a register were born: some eighty years. */
export const BIRTHDAYS = 29_200

/**
 * How often records of one person differ is estimated from audits of registers (Winkler, "Overview of Record Linkage and
 * Current Research Directions", US Census Bureau 2006: names 2 to 5 %, dates of birth 1 to 3 %, sex under 1 %); how often
 * those of two people agree follows from how many values there are.
 */
export const WEIGHTS = {
  birthDate: {
    same: bits(0.95, 1 / BIRTHDAYS),
    /** Day and month in each other's place. */
    swapped: bits(0.01, 1 / BIRTHDAYS),
    /** Two neighbouring digits in each other's place: about six dates. */
    transposed: bits(0.005, 6 / BIRTHDAYS),
    /** One digit another one: about forty dates. */
    typo: bits(0.02, 40 / BIRTHDAYS),
    /** One of them is known to the month or the year only, and the other lies in it. */
    month: bits(0.95, 30 / BIRTHDAYS),
    year: bits(0.95, 365 / BIRTHDAYS),
    different: bits(0.005, 0.97),
  },
  gender: { same: bits(0.99, 0.5), different: bits(0.006, 0.5) },
  family: {
    /** Of a family name whose share isn't known. */
    share: 0.004,
    m: 0.96,
    close: bits(0.02, 0.001),
    /** The same consonants, where Hangul writes a name of another language. */
    sound: bits(0.8, 0.02),
    different: bits(0.03, 0.98),
  },
  given: {
    same: bits(0.95, 0.012),
    /** Two syllables of some hundred that are used: of one year's names the first has one in a hundred, most far less. */
    hangul: bits(0.95, 0.004),
    close: bits(0.02, 0.002),
    sound: bits(0.8, 0.03),
    /** The first of several is the same. */
    partial: bits(0.6, 0.015),
    initial: bits(0.8, 0.06),
    different: bits(0.008, 0.97),
  },
  patronymic: {
    same: bits(0.97, 0.02),
    close: bits(0.02, 0.005),
    different: bits(0.03, 0.97),
  },
  /** Family and given name in each other's place. */
  swappedNames: -1,
  identifier: {
    /** One number was given to one person; what is left of doubt is that it was taken down for another. */
    national: 22,
    passport: 20,
    /** The number of one register. */
    local: 18,
    /** The same value, the system of which isn't said. */
    unnamed: 9,
    /** One digit another one, or two neighbours in each other's place. */
    typo: 10,
    /** A person has one of these for life. */
    otherNational: -10,
    /** One of the numbers can't be right by its check digit. */
    otherBroken: -4,
    /** Passports are renewed. */
    otherPassport: -1,
    /** Somebody may be registered twice at one place. */
    otherLocal: -3,
  },
  telecom: {
    phone: bits(0.6, 0.002),
    mail: bits(0.6, 0.001),
    different: bits(0.4, 0.99),
  },
  address: {
    postalCode: bits(0.7, 0.005),
    line: bits(0.6, 0.01),
    city: bits(0.8, 0.15),
    different: bits(0.2, 0.85),
  },
  /** What telephones, mail and addresses say together at most: a family shares them. */
  household: 9,
  /** Which of several born together: one and another are two people. */
  otherOfBirth: -12,
} as const

/**
 * Shares of Korean family names: Statistics Korea (KOSIS), census of 2015, family names of 49.7 million people; rounded.
 * Their bearers abroad have the same.
 */
export const FAMILY_SHARES: Readonly<Record<string, number>> = {
  김: 0.215,
  이: 0.147,
  박: 0.084,
  최: 0.047,
  정: 0.043,
  강: 0.024,
  조: 0.021,
  윤: 0.021,
  장: 0.02,
  임: 0.017,
  한: 0.016,
  오: 0.015,
  서: 0.015,
  신: 0.015,
  권: 0.014,
  황: 0.014,
  안: 0.014,
  송: 0.014,
  류: 0.013,
  유: 0.013,
  홍: 0.011,
  전: 0.011,
  고: 0.009,
  문: 0.009,
  양: 0.009,
  손: 0.009,
}

/** Fewest people that a match is judged among: a register grows, and a grade should still hold then. */
export const FEWEST_PEOPLE = 20_000

/** Bits beyond those of chance from which a grade is given; the score is 1 / (1 + 2^-bits). */
export const GRADES = { certain: 9, probable: 2, possible: -5 } as const
