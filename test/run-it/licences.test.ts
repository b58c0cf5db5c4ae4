// What the server is made of: every package has a licence that somebody agreed to, a lock and a checksum; the direct
// ones have a reason in docs/dependencies.md.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { licences, readLock } from '../../script/licences.ts'

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')

describe('packages', () => {
  it('have licences that allow what is done with them', () => {
    const all = licences(readLock())
    assert.ok(all.length > 100)
    assert.deepEqual(
      all.filter(({ permitted }) => !permitted).map(({ name, licence }) => `${name}: ${licence}`),
      [],
    )
  })

  it('with an unknown licence, none, or one that binds others are found', () => {
    const one = (license?: string, version = '1.0.0') =>
      licences({
        packages: {
          '': { version: '0.0.0' },
          'node_modules/a/node_modules/fhirpath': {
            version,
            ...(license === undefined ? {} : { license }),
          },
        },
      })[0]!.permitted
    for (const bad of [
      undefined,
      '',
      'GPL-3.0',
      'AGPL-3.0-only',
      'SSPL-1.0',
      'MIT AND GPL-3.0',
      'BUSL-1.1',
      'UNLICENSED',
    ])
      assert.equal(one(bad), false, String(bad))
    for (const good of ['MIT', 'WTFPL OR ISC', '(MIT OR GPL-3.0)', 'MIT AND ISC'])
      assert.equal(one(good), true, good)
    // Read for one version only.
    assert.equal(one('SEE LICENSE in LICENSE.md', '5.2.0'), true)
    assert.equal(one('SEE LICENSE in LICENSE.md', '5.2.1'), false)
  })

  it('are locked with a checksum, and come from a registry', () => {
    const { packages } = JSON.parse(read('package-lock.json')) as {
      packages: Record<string, { integrity?: string; resolved?: string; link?: boolean }>
    }
    for (const [path, { integrity, resolved }] of Object.entries(packages)) {
      if (path === '') continue
      assert.match(integrity ?? '', /^sha512-/, path)
      assert.match(resolved ?? 'https:', /^https:/, path)
    }
  })

  it('run an install script only where package.json allows it', () => {
    const { packages } = JSON.parse(read('package-lock.json')) as {
      packages: Record<string, { hasInstallScript?: boolean; optional?: boolean }>
    }
    const { allowScripts } = JSON.parse(read('package.json')) as { allowScripts: object }
    const scripted = Object.entries(packages)
      .filter(([, { hasInstallScript, optional }]) => hasInstallScript && !optional)
      .map(([path]) => path.slice(path.lastIndexOf('node_modules/') + 13))
    assert.deepEqual(scripted.sort(), Object.keys(allowScripts).sort())
  })

  it('that are asked for directly each have their reason', () => {
    const { dependencies, devDependencies } = JSON.parse(read('package.json')) as Record<
      string,
      Record<string, string>
    >
    const reasons = read('docs/dependencies.md')
    for (const name of Object.keys({ ...dependencies, ...devDependencies }))
      assert.ok(reasons.includes(`\`${name}\``), name)
  })
})
