import { openDatabase } from '/tmp/w/speed/src/store/sqlite/database.ts'
import { search, count } from '/tmp/w/speed/src/store/sqlite/search.ts'
import { openContext } from '/tmp/w/speed/src/app.ts'
import { readConfig } from '/tmp/w/speed/src/config.ts'
import { pino } from 'pino'
import { createPlanner } from '/tmp/w/speed/src/search/planner.ts'
const N = process.argv[2]
const ctx = await openContext(readConfig({ STORE_URL: `sqlite:/tmp/ieum-bench-search/${N}/ieum.db`, SEED: 'none' }), pino({level:'warn'}))
const db = openDatabase(`/tmp/ieum-bench-search/${N}/ieum.db`, 'reader')
for (const q of process.argv.slice(3)) {
  const [type, rest] = q.split('?')
  const planned = ctx.plan(type, rest.split('&').map(p => { const i = p.indexOf('='); return [p.slice(0,i), p.slice(i+1)] }), {strict: true})
  const plan = planned.plan
  let trace = true
  const wrap = (name) => (sql, values, ...more) => {
    const t = performance.now()
    const r = db[name](sql, values, ...more)
    const ms = performance.now() - t
    if (trace) { console.log(`  ${ms.toFixed(2)} ms ${name} ${sql.replace(/\s+/g,' ').slice(0,700)} [${values.slice(0,8)}] → ${Array.isArray(r) ? r.length : r}`)
      for (const l of db.raw.prepare('explain query plan ' + sql).all(...values)) console.log('      ', l.detail) }
    return r
  }
  const traced = { ...db, all: wrap('all'), get: wrap('get'), until: wrap('until') }
  console.log(q)
  search(db, plan); 
  search(traced, plan)
  trace = false
  const b = performance.now(); for (let i = 0; i < 3; i++) search(db, plan)
  console.log('  total', ((performance.now()-b)/3).toFixed(2), 'ms')
}
process.exit(0)
