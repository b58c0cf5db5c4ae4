// Verification names what was changed behind the back of the store, in entries, heads and AuditEvents; proofs hold offline.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { entryHash, NOTHING, pathOf, rootOf } from '../../src/audit/bytes.ts'
import { processEvent } from '../../src/audit/event.ts'
import { digestOf, headOf, type Head } from '../../src/audit/head.ts'
import { openIds, type Ids } from '../../src/audit/id.ts'
import { publicKeys } from '../../src/audit/key.ts'
import { createAuditLog, type AuditLog } from '../../src/audit/log.ts'
import { createMaker } from '../../src/audit/make.ts'
import { proofOf } from '../../src/audit/proof.ts'
import { verify, type VerifyOptions } from '../../src/audit/verify.ts'
import { fail } from '../../src/errors.ts'
import { createLog } from '../../src/log.ts'
import type { Store } from '../../src/store/store.ts'
import type { KeptHead, Sealed } from '../../src/store/trail.ts'
import { STORES, type Attacked } from './stores.ts'

const BASE = 'http://log.example/fhir'

const openLog = (store: Store): AuditLog =>
  createAuditLog({
    trail: store.trail,
    notes: store.notes,
    log: createLog('silent'),
    key: '',
    baseUrl: BASE,
    prepare: () => Promise.resolve(),
  })

const event = (n: number) => ({
  ...processEvent({ baseUrl: BASE, at: n }, 'start', []),
  outcomeDesc: `"n{${String(n)}`,
})

const run = promisify(execFile)
const SCRIPT = fileURLToPath(new URL('../../script/verify-proof.ts', import.meta.url))

describe('the tree over entries', () => {
  it('has a way from each entry to the root, and from nothing else', () => {
    const hashes = fc.uint8Array({ minLength: 32, maxLength: 32 })
    fc.assert(
      fc.property(fc.array(hashes, { minLength: 1, maxLength: 40 }), fc.nat(), (bytes, at) => {
        const entries = bytes.map((one) => Buffer.from(one).toString('hex'))
        const index = at % entries.length
        const path = pathOf(entries, index)
        assert.ok(path.length <= Math.ceil(Math.log2(entries.length)))
        // A tree over the leaf and its neighbours, by the definition and not by the code.
        const other = entries.with(index, NOTHING)
        assert.equal(rootOf(other) === rootOf(entries), entries[index] === NOTHING)
      }),
    )
  })
})

for (const [name, open] of STORES)
  describe(`verification of the log (${name})`, function () {
    this.timeout(30_000)
    let attacked: Attacked
    let store: Store
    let entries: readonly Sealed[]
    let heads: readonly KeptHead[]
    let kept: readonly Head[]
    let chains: readonly string[]
    let ids: Ids

    before(async () => {
      attacked = await open()
      store = attacked.store
      ids = await openIds(store.notes)
      // Two chains at the same time, and one that begins when they are closed.
      const logs = [openLog(store), openLog(store)]
      for (let i = 0; i < 12; i++) await Promise.all(logs.map((log) => log.record([event(i)])))
      for (const { chain } of await store.trail.tails(2))
        for (const log of logs) await log.cover(chain)
      for (let i = 12; i < 20; i++) await Promise.all(logs.map((log) => log.record([event(i)])))
      for (const log of logs) await log.close()
      const last = openLog(store)
      await last.record([event(20), event(21)])
      await last.close()
      await createMaker(store, () => []).catchUp()
      chains = (await store.trail.tails(10)).map(({ chain }) => chain).reverse()
      entries = (await Promise.all(chains.map((one) => store.trail.read(one, 1, 100)))).flat()
      heads = (await Promise.all(chains.map((one) => store.trail.heads(one, 1, 100)))).flat()
      kept = heads.map(headOf)
    })
    after(() => attacked.close())
    const idOf: Ids['idOf'] = (chain, number) => ids.idOf(chain, number)

    const found = async (options?: VerifyOptions) =>
      (await verify(store, options)).findings.map(({ kind, chain, number }) => [
        kind,
        chains.indexOf(chain),
        number,
      ])
    /** What is found when the entries are these, which then are as they were again. */
    const foundWith = async (changed: readonly Sealed[], options?: VerifyOptions) => {
      await attacked.attack.entries(changed)
      const result = await found(options)
      await attacked.attack.entries(entries)
      return result
    }
    const at = (number: number): number =>
      entries.findIndex((one) => one.chain === chains[0] && one.number === number)
    /** As who knows how hashes are made would leave them. */
    const rehashed = (changed: readonly Sealed[]): readonly Sealed[] => {
      const last = new Map<string, string>()
      return changed.map((one) => {
        const hash = entryHash(last.get(one.chain) ?? NOTHING, one.text)
        last.set(one.chain, hash)
        return { ...one, hash }
      })
    }
    /** With numbers without gaps in rows and, when asked, in texts. */
    const renumbered = (changed: readonly Sealed[], inTexts = false): readonly Sealed[] => {
      const last = new Map<string, number>()
      return changed.map((one) => {
        const number = (last.get(one.chain) ?? 0) + 1
        last.set(one.chain, number)
        const id = idOf(one.chain, number)
        const text = inTexts ? one.text.replace(/"id":"[^"]+"/, `"id":"${id}"`) : one.text
        return { ...one, number, text }
      })
    }
    const edited = ({ text, ...one }: Sealed): Sealed => ({
      ...one,
      text: text.replace('"outcome":"0"', '"outcome":"4"'),
    })

    it('finds nothing wrong with what is as it was written', async () => {
      const { findings, entries: count, chains: of, heads: signed } = await verify(store)
      assert.deepEqual(findings, [])
      assert.deepEqual([count, of], [entries.length, 3])
      assert.ok(signed >= 4)
      assert.deepEqual(await found({ kept, keys: await publicKeys(store.notes) }), [])
    })

    it('names the entry whose text or hash was changed', async () => {
      const changed = entries.with(at(7), edited(entries[at(7)]!))
      assert.deepEqual(await foundWith(changed), [['changed', 0, 7]])
      const other = entries.with(at(7), { ...entries[at(7)]!, hash: entries[at(8)]!.hash })
      assert.deepEqual(await foundWith(other), [['changed', 0, 7]])
    })

    it('names it when all hashes behind it were made anew', async () => {
      const changed = rehashed(entries.with(at(7), edited(entries[at(7)]!)))
      assert.deepEqual(await foundWith(changed), [['changed', 0, 7]])
    })

    it('names the entry that was dropped, whatever was done about it', async () => {
      const dropped = entries.toSpliced(at(5), 1)
      assert.deepEqual(await foundWith(dropped), [['dropped', 0, 5]])
      assert.deepEqual(await foundWith(renumbered(dropped)), [['dropped', 0, 5]])
      assert.deepEqual(await foundWith(rehashed(renumbered(dropped, true))), [['changed', 0, 5]])
    })

    it('names the entry that was inserted, whatever was done about it', async () => {
      const forged = { ...edited(entries[at(5)]!), number: 5 }
      const inserted = renumbered(entries.toSpliced(at(5), 0, forged))
      assert.deepEqual(await foundWith(inserted), [['inserted', 0, 5]])
      const well = rehashed(renumbered(entries.toSpliced(at(5), 0, forged), true))
      assert.deepEqual(await foundWith(well), [['changed', 0, 5]])
    })

    it('names the entries that have changed places', async () => {
      const [a, b] = [entries[at(9)]!, entries[at(10)]!]
      const swapped = renumbered(entries.with(at(9), b).with(at(10), a))
      assert.deepEqual(await foundWith(swapped), [['reordered', 0, 9]])
      assert.deepEqual(await foundWith(rehashed(swapped)), [['reordered', 0, 9]])
    })

    it('names where the end was cut off, as far as it was signed', async () => {
      const short = entries.filter(({ chain, number }) => chain !== chains[2] || number <= 2)
      assert.deepEqual(await foundWith(short), [['dropped', 2, 3]])
      // Who removes the heads as well is found by those that were kept.
      await attacked.attack.heads(heads.filter(({ chain }) => chain !== chains[2]))
      const events = await foundWith(short)
      assert.deepEqual(events, [['inserted', 2, 3]])
      assert.deepEqual(await foundWith(short, { kept }), [['dropped', 2, 3]])
      await attacked.attack.heads(heads)
    })

    it('misses a head of which a hash was kept', async () => {
      const digests = kept.map(digestOf)
      assert.deepEqual(await found({ digests }), [])
      await attacked.attack.heads(heads.toSpliced(-1, 1))
      assert.deepEqual(await found({ digests }), [['head', -1, 0]])
      assert.deepEqual(await found(), [])
      await attacked.attack.heads(heads)
    })

    it('misses a chain that is gone', async () => {
      const without = entries.filter(({ chain }) => chain !== chains[0])
      const isDropped = (all: readonly unknown[][]) =>
        assert.deepEqual(
          all.map(([kind, chain]) => [kind, chain]),
          [['dropped', 0]],
        )
      isDropped(await foundWith(without))
      await attacked.attack.heads([])
      isDropped(await foundWith(without))
      await attacked.attack.heads(heads)
    })

    it('names a head that was changed, and one that is missing', async () => {
      const first = heads.findIndex(({ chain }) => chain === chains[1])
      const { text, ...head } = heads[first]!
      const forged = text.replace(/\\"to\\":\d+/, '\\"to\\":3')
      assert.notEqual(forged, text)
      await attacked.attack.heads(heads.with(first, { ...head, text: forged }))
      assert.deepEqual(
        (await found()).map(([kind, chain]) => [kind, chain]),
        [['head', 1]],
      )
      await attacked.attack.heads(heads.toSpliced(first, 1))
      assert.deepEqual(
        (await found()).map(([kind, chain]) => [kind, chain]),
        [['head', 1]],
      )
      await attacked.attack.heads(heads)
    })

    it('trusts the keys that it is told to, and no others', async () => {
      const keys = [{ kty: 'OKP', crv: 'Ed25519', x: '', kid: 'other' }] as const
      assert.equal((await found({ keys })).length, 3)
    })

    it('names the AuditEvent that was changed, removed or added', async () => {
      const id = idOf(chains[0]!, 4)
      const { text } = (await store.read('AuditEvent', id))!
      await attacked.attack.event(id, text!.replace('"outcome":"0"', '"outcome":"8"'))
      assert.deepEqual(await found(), [['changed', 0, 4]])
      const other = idOf('0'.repeat(14), 1)
      await attacked.attack.event(id, text!, other)
      assert.deepEqual(await found(), [['dropped', 0, 4]])
      await attacked.attack.event(other, text!, id)
      assert.deepEqual(await found(), [])
      const { text: own } = (await store.read('AuditEvent', idOf(chains[2]!, 2)))!
      const content = { metaRest: own!.match(/,"profile".*?\}\]/)![0], rest: '}', entries: [] }
      const [type, method] = ['AuditEvent', 'PUT'] as const
      await store.commit([{ kind: 'put', type, id: 'stray', method, content }])
      assert.deepEqual(await found(), [['inserted', -1, 0]])
      await attacked.attack.event('stray', '{"resourceType":"AuditEvent"}')
      assert.deepEqual(await found(), [])
    })

    it('goes on in a new chain when one could not be written, tied to the end that was', async () => {
      const { trail } = store
      let isFailing = false
      const append: typeof trail.append = async (sealed) => {
        if (!isFailing) return trail.append(sealed)
        // Some of it may be there all the same.
        await trail.append(sealed.slice(0, 1))
        throw fail('unavailable', 'The disk is full')
      }
      const log = openLog({ ...store, trail: { ...trail, append } })
      await log.record([event(1)])
      const [first] = await trail.tails(1)
      isFailing = true
      const several = [1, 2, 3].map((n) => log.record([event(n), event(n)]))
      for (const one of await Promise.allSettled(several))
        assert.equal((one as PromiseRejectedResult).reason.status, 503)
      isFailing = false
      await Promise.all([log.record([event(4)]), log.record([event(5)])])
      await log.close()
      const [last] = await trail.tails(1)
      assert.notEqual(last!.chain, first!.chain)
      const [begin] = await trail.read(last!.chain, 1, 1)
      assert.ok(begin!.text.includes(`${first!.chain}/${String(first!.number)}/${first!.hash}`))
      await createMaker(store, () => []).catchUp()
      assert.deepEqual((await verify(store)).findings, [])
    })

    it('proves each entry to who has nothing but the key', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'ieum-proof-'))
      const [proofFile, keyFile] = [join(folder, 'proof.json'), join(folder, 'key.json')]
      const check = async (proof: unknown): Promise<string> => {
        writeFileSync(proofFile, JSON.stringify(proof))
        return run(process.execPath, [SCRIPT, proofFile, keyFile]).then(
          ({ stdout }) => stdout,
          ({ stderr }: { stderr: string }) => stderr,
        )
      }
      const log = openLog(store)
      try {
        writeFileSync(keyFile, JSON.stringify({ keys: await publicKeys(store.notes) }))
        for (const number of [1, 13, 21]) {
          const id = idOf(chains[0]!, number)
          const proof = await proofOf(id, store, log)
          assert.match(
            await check(proof),
            new RegExp(
              `^AuditEvent/${id}, .* is entry ${number} of the chain ${chains[0]!} in the log ${BASE}`,
            ),
          )
          const text = proof.entry.replace('"outcome":"0"', '"outcome":"4"')
          assert.match(
            await check({ ...proof, entry: text }),
            /^Not proved: The entry is not among/,
          )
          assert.match(
            await check({ ...proof, number: number + 1 }),
            /^Not proved: The entry .* is not the one/,
          )
          const statement = proof.head.statement.replace('"from":', '"from": ')
          const head = { ...proof.head, statement }
          assert.match(await check({ ...proof, head }), /^Not proved: The head is not signed/)
        }
        await assert.rejects(proofOf(idOf(chains[0]!, 99), store, log), { status: 404 })
        await assert.rejects(proofOf('x', store, log), { status: 404 })
      } finally {
        await log.close()
        rmSync(folder, { recursive: true })
      }
    })
  })
