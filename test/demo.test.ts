// The stories of `npm run demo` play to their end, and leave nothing behind.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { promisify } from 'node:util'

const run = promisify(execFile)

const left = async (): Promise<string[]> =>
  (await readdir(tmpdir())).filter((name) => name.startsWith('ieum-demo-'))

describe('npm run demo', function () {
  this.timeout(120_000)

  it('plays the story of a consent', async () => {
    const before = new Set(await left())
    const { stdout } = await run(process.execPath, ['demo/run.ts', 'consent'])
    assert.match(stdout, /✓ Busan reads the measurement/)
    assert.match(stdout, /✓ the log is whole\n\n\d+ things were as they should be\.\n$/)
    assert.deepEqual(
      (await left()).filter((name) => !before.has(name)),
      [],
    )
  })

  it('plays the story of the kit', async () => {
    const { stdout } = await run(process.execPath, ['demo/run.ts', 'kit'])
    assert.match(stdout, /✓ the gateway says AE/)
    assert.match(stdout, /✓ al-farabi reads the advice\n\n\d+ things were as they should be\.\n$/)
  })

  it('plays the story of a check-up', async () => {
    const { stdout } = await run(process.execPath, ['demo/run.ts', 'checkup'])
    assert.match(
      stdout,
      /✓ for Busan there is no such visit\n\n\d+ things were as they should be\.\n$/,
    )
  })

  it('plays the story of a teaching case', async () => {
    const { stdout } = await run(process.execPath, ['demo/run.ts', 'teaching'])
    assert.match(stdout, /✓ nobody is told apart from fewer than four others/)
    assert.match(stdout, /✓ for teaching\n\n\d+ things were as they should be\.\n$/)
  })

  it('plays the story of a newborn', async () => {
    const { stdout } = await run(process.execPath, ['demo/run.ts', 'newborn'])
    assert.match(stdout, /✓ Busan is told of it, though the limit is in µmol\/L/)
    assert.match(stdout, /nobody was told of 240 µmol\/L\n\n\d+ things were as they should be\.\n$/)
  })

  it('plays the story of the ship', async () => {
    const { stdout } = await run(process.execPath, ['demo/run.ts', 'ship'])
    assert.match(stdout, /✓ nothing is there twice/)
    assert.match(stdout, /✓ the doctor aboard reads the report\n/)
    assert.match(stdout, /\d+ things were as they should be\.\n$/)
  })

  it('plays the story of a traveller', async () => {
    const { stdout } = await run(process.execPath, ['demo/run.ts', 'traveller'])
    assert.match(stdout, /✓ it is she, for certain/)
    assert.match(stdout, /✓ Almaty reads the report/)
    assert.match(stdout, /\d+ things were as they should be\.\n$/)
  })

  it('plays the story of a remote reading', async () => {
    const { stdout } = await run(process.execPath, ['demo/run.ts', 'remote-reading'])
    assert.match(stdout, /✓ the report is refused, and says why/)
    assert.match(stdout, /\n\n\d+ things were as they should be\.\n$/)
  })

  it('plays the story of an algorithm', async () => {
    const { stdout } = await run(process.execPath, ['demo/run.ts', 'ai'])
    assert.match(stdout, /✓ the program can not make it final/)
    assert.match(stdout, /✓ the program has taken its Subscription with it/)
  })

  it('names its stories to who asks for another', async () => {
    await assert.rejects(run(process.execPath, ['demo/run.ts', 'nothing']), (error: Error) => {
      assert.equal((error as Error & { code: number }).code, 2)
      assert.match((error as Error & { stderr: string }).stderr, /consent {2}Almaty posts/)
      return true
    })
  })
})
