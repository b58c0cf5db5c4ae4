// People who may sign in, as the file of the clients has them, and their passwords as scrypt hashes.
// https://www.rfc-editor.org/rfc/rfc7914
// Must not hold a password, nor tell an unknown login name from a wrong password.
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { ID, readRoles } from './client.ts'
import { readFields, type Problems } from './fields.ts'
import type { Role } from './principal.ts'

export type Person = {
  /** Login name, in lower case. */
  readonly login: string
  readonly name: string
  readonly password: string
  /** `Practitioner/1`, `PractitionerRole/1`, `Patient/1` or `RelatedPerson/1`. */
  readonly user: string
  readonly organization: string
  readonly roles: readonly Role[]
  /** Id of the Patient that is theirs to see; of a patient, their own. */
  readonly patient?: string
}

const FIELDS = ['login', 'name', 'password', 'user', 'organization', 'roles', 'patient']

/** @returns undefined when something is wrong */
export function readPerson(value: unknown, at: string, problems: Problems): Person | undefined {
  const before = problems.length
  const fields = readFields(value, at, FIELDS, problems)
  if (fields === undefined) return undefined
  const login = fields.text('login', /^\S{1,100}$/, 'a text without spaces').toLowerCase()
  const name = fields.optionalText('name') ?? login
  const password = fields.text('password', HASH, 'what `ieum client hash` makes of a password')
  const user = fields.text(
    'user',
    /^(Practitioner|PractitionerRole|Patient|RelatedPerson)\/[A-Za-z0-9.-]{1,64}$/,
    'a reference such as Practitioner/1 or Patient/1',
  )
  const organization = fields.text('organization', ID, 'the id of an Organization')
  const roles = readRoles(fields.list('roles'), `${at}.roles`, problems)
  if (roles.includes('system')) problems.push(`${at}.roles: a person is no system`)
  const own = /^Patient\/(.+)$/.exec(user)?.[1]
  const patient = fields.optionalText('patient') ?? own
  if (patient !== undefined && !ID.test(patient))
    problems.push(`${at}.patient must be the id of a Patient`)
  if (own !== undefined && patient !== own)
    problems.push(`${at}.patient must be the patient that the person is, ${own}`)
  if (roles.includes('patient') && patient === undefined)
    problems.push(`${at}.patient must be there for the role patient`)
  if (problems.length > before) return undefined
  return {
    login,
    name,
    password,
    user,
    organization,
    roles,
    ...(patient === undefined ? {} : { patient }),
  }
}

/** `scrypt$N$r$p$salt$hash`, both in base64url. */
const HASH = /^scrypt\$(\d{4,7})\$(\d{1,2})\$(\d{1,2})\$([\w-]{16,})\$([\w-]{43})$/

/** 16 MB and some 50 ms for each try. */
const COST = { N: 16_384, r: 8, p: 1 }
const LENGTH = 32

/** What to write into the file for a password. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16)
  const hash = await derive(password, salt, COST)
  const { N, r, p } = COST
  return `scrypt$${N}$${r}$${p}$${salt.toString('base64url')}$${hash.toString('base64url')}`
}

/** Whether it is the password; for nobody it takes as long, and isn't. */
export async function isPassword(password: string, person: Person | undefined): Promise<boolean> {
  const [, N, r, p, salt, hash] = HASH.exec(person?.password ?? NOBODY)!
  const cost = { N: Number(N), r: Number(r), p: Number(p) }
  const given = await derive(password, Buffer.from(salt!, 'base64url'), cost)
  return timingSafeEqual(given, Buffer.from(hash!, 'base64url')) && person !== undefined
}

const NOBODY = `scrypt$${COST.N}$${COST.r}$${COST.p}$${'A'.repeat(22)}$${'A'.repeat(43)}`

const derive = (password: string, salt: Buffer, cost: typeof COST): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    scrypt(
      password.normalize('NFC'),
      salt,
      LENGTH,
      { ...cost, maxmem: 256 * 1024 * 1024 },
      (error, key) => {
        if (error === null) resolve(key)
        else reject(error)
      },
    )
  })
