// `npm run crash`: the tests of this folder in their long form, a hundred kills and fifty power cuts.
// Must not say less than `npm test` does: it runs the same files.
process.env.CRASH_ROUNDS ??= '100'
if (process.argv.length < 3)
  process.argv.push('test/crash/crash.test.ts', 'test/crash/power.test.ts')
await import('../run.ts')
