// Checks a proof of the log ($proof of an AuditEvent) offline, with nothing but the public key:
//   node script/verify-proof.ts PROOF.json KEY.json
// PROOF.json: what $proof answered. KEY.json: a key of /audit/heads (its `keys`, one of them, or the whole answer).
// Must not use any code of the server: what it checks is written down in docs/audit.md.
import { createHash, createPublicKey, verify } from 'node:crypto'
import { readFileSync } from 'node:fs'

type Key = { readonly kty: string; readonly crv: string; readonly x: string; readonly kid?: string }
type Step = { readonly side: 'left' | 'right'; readonly hash: string }
type Proof = {
  readonly number: number
  readonly entry: string
  readonly previous: string
  readonly path: readonly Step[]
  readonly head: { readonly statement: string; readonly signature: string }
}

const sha256 = (...parts: readonly (Buffer | string)[]): Buffer => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}

function proofIn(file: string): Proof {
  const read = JSON.parse(readFileSync(file, 'utf8')) as Proof & {
    parameter?: readonly { name: string; valueString?: string }[]
  }
  const text = read.parameter?.find(({ name }) => name === 'proof')?.valueString
  return text === undefined ? read : (JSON.parse(text) as Proof)
}

function keysIn(file: string): readonly Key[] {
  const read = JSON.parse(readFileSync(file, 'utf8')) as Key | Key[] | { keys: Key[] }
  if (Array.isArray(read)) return read
  return 'keys' in read ? read.keys : [read]
}

/** On which sides the others stand, from a leaf to the root: the left side has the greatest power of two below the leaves. */
function sidesOf(leaf: number, leaves: number): string {
  const sides: string[] = []
  while (leaves > 1) {
    const left = 2 ** Math.ceil(Math.log2(leaves) - 1)
    const isLeft = leaf < left
    sides.unshift(isLeft ? 'right' : 'left')
    leaves = isLeft ? left : leaves - left
    if (!isLeft) leaf -= left
  }
  return leaf === 0 ? sides.join() : 'none'
}

/** @throws Error that says what doesn't hold */
function check({ number, entry, previous, path, head }: Proof, keys: readonly Key[]): string {
  const statement = JSON.parse(head.statement) as Record<string, string | number>
  const key = keys.find(({ kid }) => kid === statement.key) ?? keys[0]
  if (key === undefined) throw new Error('There is no key')
  const { kty, crv, x } = key
  const publicKey = createPublicKey({ key: { kty, crv, x }, format: 'jwk' })
  const signature = Buffer.from(head.signature, 'base64url')
  if (!verify(null, Buffer.from(head.statement), publicKey, signature))
    throw new Error('The head is not signed with this key')
  // The hash of the entry holds all entries before it; the tree has it as a leaf.
  const hash = sha256(Buffer.from(previous, 'hex'), entry)
  let node = sha256(Buffer.from([0]), hash)
  for (const { side, hash: other } of path) {
    const beside = Buffer.from(other, 'hex')
    node =
      side === 'left'
        ? sha256(Buffer.from([1]), beside, node)
        : sha256(Buffer.from([1]), node, beside)
  }
  if (node.toString('hex') !== statement.root)
    throw new Error('The entry is not among those that the head was signed for')
  const { id, recorded } = JSON.parse(entry) as { id: string; recorded: string }
  const [from, to] = [Number(statement.from), Number(statement.to)]
  if (sidesOf(number - from, to - from + 1) !== path.map(({ side }) => side).join())
    throw new Error(`The entry ${id} is not the one of the number ${number}`)
  return `AuditEvent/${id}, recorded ${recorded}, is entry ${number} of the chain ${String(statement.chain)} in the log ${String(statement.log)}, signed at ${String(statement.time)}`
}

const [proof, key] = process.argv.slice(2)
if (proof === undefined || key === undefined) {
  console.error('Usage: node script/verify-proof.ts PROOF.json KEY.json')
  process.exitCode = 2
} else
  try {
    console.log(check(proofIn(proof), keysIn(key)))
  } catch (error) {
    console.error(`Not proved: ${(error as Error).message}`)
    process.exitCode = 1
  }
