// Packages as they come from elsewhere: what is read of a sound one, and that a broken or hostile one is refused whole,
// with what is wrong, before it has cost memory.
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { missingOf } from '../../../src/job/package/loaded.ts'
import { readPackage } from '../../../src/job/package/read.ts'
import { readTar } from '../../../src/job/package/tar.ts'
import { packageOf, tar, tgz, type Member } from './archive.ts'

describe('reading a package', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ieum-package-'))
  let files = 0
  after(() => rmSync(folder, { recursive: true }))

  const file = (bytes: Buffer): string => {
    const path = join(folder, `${String(files++)}.tgz`)
    writeFileSync(path, bytes)
    return path
  }
  const MANIFEST = { name: 'a.b', version: '1.0.0', fhirVersions: ['4.0.1'] }
  const valueSet = { resourceType: 'ValueSet', id: 'v', url: 'http://x/v', status: 'active' }
  const whole = (...more: Member[]): Buffer => packageOf(MANIFEST, [valueSet], more)

  it('takes the manifest and the conformance resources, not the examples', async () => {
    const read = await readPackage(
      file(
        packageOf(
          { ...MANIFEST, canonical: 'http://x', dependencies: { 'hl7.fhir.r4.core': '4.0.1' } },
          [valueSet, { resourceType: 'Patient', id: 'p' }],
          [
            { path: 'package/.index.json', content: '{}' },
            { path: 'package/example/ValueSet-e.json', content: JSON.stringify(valueSet) },
            { path: 'package/other/broken.json', content: '{' },
            { path: 'package/openapi/', flag: '5' },
            { path: 'package/readme.md', content: '# x' },
          ],
        ),
      ),
    )
    assert.deepEqual(read.manifest, {
      name: 'a.b',
      version: '1.0.0',
      canonical: 'http://x',
      fhirVersions: ['4.0.1'],
      dependencies: { 'hl7.fhir.r4.core': '4.0.1' },
    })
    assert.deepEqual(
      read.resources.map(({ file: name, plain }) => [name, plain]),
      [['ValueSet-v.json', valueSet]],
    )
  })

  it('takes a folder, with or without a manifest, and no link in it', async () => {
    const plain = join(folder, 'plain')
    mkdirSync(join(plain, 'package'), { recursive: true })
    writeFileSync(join(plain, 'package', 'package.json'), JSON.stringify(MANIFEST))
    writeFileSync(join(plain, 'package', 'v.json'), JSON.stringify(valueSet))
    symlinkSync('/etc/hostname', join(plain, 'package', 'link.json'))
    assert.equal((await readPackage(plain)).resources.length, 1)
    const own = join(folder, 'own-work')
    mkdirSync(own)
    writeFileSync(join(own, 'v.json'), JSON.stringify(valueSet))
    const { manifest, resources } = await readPackage(own)
    assert.deepEqual([manifest.name, manifest.version, resources.length], ['own-work', 'local', 1])
  })

  it('knows long names of pax and GNU', async () => {
    const long = `package/${'x'.repeat(150)}.json`
    const record = (length: number) => `${String(length)} path=${long}\n`
    const content = JSON.stringify(valueSet)
    for (const member of [
      { path: 'PaxHeader', flag: 'x', content: record(record(100).length) },
      { path: '././@LongLink', flag: 'L', content: `${long}\0` },
    ])
      assert.equal(
        (await readPackage(file(whole(member, { path: long, content })))).resources.length,
        2,
      )
  })

  const REFUSED: readonly (readonly [what: string, bytes: () => Buffer, said: RegExp])[] = [
    [
      'climbs out',
      () => whole({ path: 'package/../../etc/x.json', content: '{}' }),
      /would lie outside/,
    ],
    [
      'begins at the root',
      () => whole({ path: '/etc/x.json', content: '{}' }),
      /would lie outside/,
    ],
    [
      'climbs out as Windows does',
      () => whole({ path: 'package\\..\\..\\x.json' }),
      /would lie outside/,
    ],
    ['has a symbolic link', () => whole({ path: 'package/x.json', flag: '2' }), /a link/],
    ['has a hard link', () => whole({ path: 'package/x.json', flag: '1' }), /a link/],
    [
      'has broken JSON',
      () => whole({ path: 'package/x.json', content: '{"a":' }),
      /x\.json is not sound JSON/,
    ],
    [
      'is not UTF-8',
      () => whole({ path: 'package/x.json', content: Buffer.from([0x22, 0xff, 0x22]) }),
      /not UTF-8/,
    ],
    [
      'ends in the middle',
      () => gzipSync(tar([{ path: 'package/x.json', content: '{}', size: 5000 }], Buffer.alloc(0))),
      /ends in the middle/,
    ],
    ['is cut off', () => whole().subarray(0, 200), /damaged/],
    ['is no archive', () => Buffer.from('PK something'), /no gzip archive/],
    ['is gzip of something else', () => gzipSync(Buffer.alloc(2048, 'x')), /no tar archive/],
    ['has nothing in it', () => tgz([]), /nothing in it/],
    [
      'is for another FHIR',
      () => packageOf({ ...MANIFEST, fhirVersions: ['5.0.0'] }, []),
      /for FHIR 5\.0\.0/,
    ],
    ['has no name', () => packageOf({ version: '1' }, []), /name/],
    ['has a name that is a path', () => packageOf({ name: '../x', version: '1' }, []), /name/],
    ['has no version', () => packageOf({ name: 'x' }, []), /version/],
    ['has a huge file', () => whole({ path: 'package/x.json', size: 2 ** 32 }), /a file may have/],
    ['has a huge name', () => whole({ path: 'x', flag: 'L', size: 2 ** 32 }), /a file may have/],
    [
      'expands to a gigabyte',
      () =>
        gzipSync(tar([{ path: 'package/x.bin', size: 2 ** 30 }], Buffer.alloc(300 * 1024 * 1024)), {
          level: 1,
        }),
      /bytes when it is expanded/,
    ],
    [
      'nests without end',
      () => whole({ path: 'package/x.json', content: '['.repeat(100_000) }),
      /x\.json is not sound JSON/,
    ],
  ]
  for (const [what, bytes, said] of REFUSED)
    it(`refuses one that ${what}`, async () => {
      const path = file(bytes())
      const before = process.memoryUsage().rss
      await assert.rejects(readPackage(path), (error: Error) => {
        assert.equal(error.name, 'Error')
        assert.match(error.message, said)
        assert.ok(error.message.includes(path))
        return true
      })
      assert.ok(process.memoryUsage().rss - before < 200 * 1024 * 1024)
    })

  it('refuses what is not there, and an empty folder', async () => {
    await assert.rejects(readPackage(join(folder, 'none.tgz')), /no such file/)
    const empty = join(folder, 'empty')
    mkdirSync(empty)
    await assert.rejects(readPackage(empty), /no JSON file/)
  })

  it('gives back every file of an archive, however its bytes come', async () => {
    const member = fc.record({
      path: fc.stringMatching(/^[a-z]{1,90}$/),
      content: fc.uint8Array({ maxLength: 2000 }).map((bytes) => Buffer.from(bytes)),
    })
    await fc.assert(
      fc.asyncProperty(
        fc.array(member, { maxLength: 6 }),
        fc.integer({ min: 1, max: 3000 }),
        async (members, size) => {
          const bytes = tar(members)
          const chunks = async function* () {
            for (let i = 0; i < bytes.length; i += size) yield bytes.subarray(i, i + size)
          }
          const found: [string, string][] = []
          for await (const { path, content } of readTar(chunks(), {
            mostOfFile: 10_000,
            wants: () => true,
          }))
            found.push([path, content.toString('hex')])
          assert.deepEqual(
            found,
            members.map(({ path, content }) => [path, content.toString('hex')]),
          )
        },
      ),
      { numRuns: 60 },
    )
  })
})

describe('what a package builds on', () => {
  const one = (dependencies: Record<string, string>) => [{ name: 'a', version: '1', dependencies }]
  it('is found among what is loaded and what is built in', () => {
    const loaded = [{ name: 'hl7.x', version: '2.1.3' }]
    for (const version of ['2.1.3', '2.1.x', '2.1', 'current'])
      assert.deepEqual(
        missingOf(one({ 'hl7.x': version, 'hl7.fhir.r4.core': '4.0.1' }), loaded),
        [],
      )
  })
  it('is named with its version when it is missing', () => {
    assert.deepEqual(
      missingOf(one({ 'hl7.y': '1.0.0', 'hl7.x': '3.x' }), [{ name: 'hl7.x', version: '2.1.3' }]),
      [
        'a#1 builds on hl7.y#1.0.0, which is not loaded',
        'a#1 builds on hl7.x#3.x, which is not loaded; 2.1.3 is loaded',
      ],
    )
  })
})
