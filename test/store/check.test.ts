// `ieum check` on both stores: what servers wrote is sound; whatever is damaged is named; an index is mended, and a text
// or a version never touched.
import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { MongoClient, type Db } from 'mongodb'
import { openMaintenance } from '../../src/app.ts'
import { readConfig } from '../../src/config.ts'
import type { Checked, Finding } from '../../src/store/maintenance.ts'
import { databaseUrl, startMongo, type TestMongo } from '../support/mongo.ts'
import { client, startTestServer } from '../support/server.ts'

/** What is found: aspect, resource and whether it was repaired, each once. */
type Seen = { readonly checked: Checked; readonly findings: readonly Finding[] }

async function check(storeUrl: string, repair = false): Promise<Seen> {
  const { maintenance, extract } = await openMaintenance(
    readConfig({ STORE_URL: storeUrl, BASE_URL: BASE }),
  )
  const findings: Finding[] = []
  try {
    const onFinding = (finding: Finding) => findings.push(finding)
    return { checked: await maintenance.check({ extract, repair, onFinding }), findings }
  } finally {
    await maintenance.close()
  }
}

const BASE = 'http://127.0.0.1:3000/fhir'

const patient = (id: string, family: string) => ({
  resourceType: 'Patient',
  id,
  identifier: [{ system: 'urn:mrn', value: `mrn-${id}` }],
  name: [{ family, given: ['민수'] }],
  birthDate: '1980-02-03',
  generalPractitioner: [{ reference: 'Practitioner/far' }],
})
const observation = (id: string, value: number) => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  code: { coding: [{ system: 'http://loinc.org', code: '55284-4' }] },
  subject: { reference: 'Patient/p1' },
  effectiveDateTime: '2024-05-06T07:08:09+09:00',
  component: [1, 2].map((n) => ({
    code: { coding: [{ system: 'http://loinc.org', code: `c${String(n)}` }] },
    valueQuantity: { value: value + n, system: 'http://unitsofmeasure.org', code: 'mm[Hg]' },
  })),
})

/** Every kind of entry, three versions of one, a deletion, a return, places that are only referred to. */
async function fill(storeUrl: string): Promise<void> {
  const serving = await startTestServer({ STORE_URL: storeUrl, BASE_URL: BASE })
  try {
    const server = client(serving)
    const put = async (resource: { resourceType: string; id: string }) => {
      const { origin } = serving
      const path = `${origin}/fhir/${resource.resourceType}/${resource.id}`
      assert.ok((await server.send('PUT', path, resource)).status < 300)
    }
    for (const family of ['Kim', 'Lee', 'Park']) await put(patient('p1', family))
    await put(patient('p2', 'Choi'))
    await server.send('DELETE', `${serving.origin}/fhir/Patient/p2`)
    await put(patient('p3', 'Han'))
    await server.send('DELETE', `${serving.origin}/fhir/Patient/p3`)
    await put(patient('p3', 'Han'))
    for (const n of [1, 2, 3]) await put(observation(`o${String(n)}`, 100 + n))
    // A store may find words only when somebody asks for some.
    assert.equal(
      (await server.send('GET', `${serving.origin}/fhir/Patient?_content=Park`)).status,
      200,
    )
    await put({
      resourceType: 'ValueSet',
      id: 'v',
      url: 'http://example.org/v',
      status: 'draft',
    } as { resourceType: string; id: string })
    await put({
      resourceType: 'RiskAssessment',
      id: 'r',
      status: 'final',
      subject: { reference: 'Patient/p1' },
      prediction: [{ probabilityDecimal: 0.25 }],
    } as { resourceType: string; id: string })
  } finally {
    await serving.close()
  }
}

type Damage = {
  readonly what: string
  /** What is found, as `aspect reference`. */
  readonly found: readonly string[]
  readonly mends: boolean
  readonly sql?: string
  readonly mongo?: (db: Db) => Promise<unknown>
}

const resources = (db: Db) => db.collection<{ _id: string; [name: string]: unknown }>('resource')
const versions = (db: Db) => db.collection<{ _id: string; [name: string]: unknown }>('version')
const pk = (id: string) => `(select pk from resource where id = '${id}')`

const DAMAGES: readonly Damage[] = [
  {
    what: 'a changed letter in a current text',
    found: ['text Patient/p1'],
    mends: false,
    sql: `update resource set text = replace(text, 'Park', 'Pard') where id = 'p1'`,
    mongo: async (db) => {
      const one = await resources(db).findOne({ _id: 'Patient/p1' })
      const text = (one?.text as string).replace('Park', 'Pard')
      await resources(db).updateOne({ _id: 'Patient/p1' }, { $set: { text } })
    },
  },
  {
    what: 'a changed letter in an older text',
    found: ['text Patient/p1'],
    mends: false,
    sql: `update history set text = replace(text, 'Lee', 'Lea') where version = 2 and pk = ${pk('p1')}`,
    mongo: async (db) => {
      const one = await versions(db).findOne({ _id: 'Patient/p1/2' })
      const text = (one?.text as string).replace('Lee', 'Lea')
      await versions(db).updateOne({ _id: 'Patient/p1/2' }, { $set: { text } })
    },
  },
  {
    what: 'a text that is cut off',
    found: ['text Patient/p1', 'text Patient/p1'],
    mends: false,
    sql: `update resource set text = substr(text, 1, 50) where id = 'p1'`,
    mongo: (db) =>
      resources(db).updateOne({ _id: 'Patient/p1' }, { $set: { text: '{"resourceType":' } }),
  },
  {
    what: 'the text of another resource',
    found: ['text Observation/o1'],
    mends: false,
    sql: `update resource set (text, hash) = (select text, hash from resource where id = 'o2') where id = 'o1'`,
    mongo: async (db) => {
      const one = await resources(db).findOne({ _id: 'Observation/o2' })
      const set = { text: one?.text, hash: one?.hash }
      await resources(db).updateOne({ _id: 'Observation/o1' }, { $set: set })
    },
  },
  {
    what: 'a version that is missing',
    found: ['version Patient/p1'],
    mends: false,
    sql: `delete from history where version = 2 and pk = ${pk('p1')}`,
    mongo: (db) => versions(db).deleteOne({ _id: 'Patient/p1/2' }),
  },
  {
    what: 'the first version missing',
    found: ['version Patient/p1'],
    mends: false,
    sql: `delete from history where version = 1 and pk = ${pk('p1')}`,
    mongo: (db) => versions(db).deleteOne({ _id: 'Patient/p1/1' }),
  },
  {
    what: 'a version out of order',
    found: ['text Patient/p1', 'version Patient/p1'],
    mends: false,
    sql: `update history set seq = seq + 20480000000 where version = 2 and pk = ${pk('p1')}`,
    mongo: async (db) => {
      const one = await versions(db).findOne({ _id: 'Patient/p1/2' })
      const set = { seq: (one?.seq as number) + 20_480_000_000 }
      await versions(db).updateOne({ _id: 'Patient/p1/2' }, { $set: set })
    },
  },
  {
    what: 'words that are missing',
    found: ['index Patient/p1'],
    mends: true,
    sql: `delete from full_text where rowid = ${pk('p1')}`,
    mongo: (db) => resources(db).updateOne({ _id: 'Patient/p1' }, { $unset: { w: '' } }),
  },
  {
    what: 'words of another text',
    found: ['index Patient/p1'],
    mends: true,
    sql: `delete from full_text where rowid = ${pk('p1')};
      insert into full_text (rowid, tokens, hash) values (${pk('p1')}, '1:x', 1)`,
    mongo: (db) => resources(db).updateOne({ _id: 'Patient/p1' }, { $set: { 'w.0.w.0': 'x' } }),
  },
  {
    what: 'versions without their resource',
    found: ['version '],
    mends: false,
    sql: `delete from resource where id = 'p2'`,
    mongo: (db) => resources(db).deleteOne({ _id: 'Patient/p2' }),
  },
  {
    what: 'a deletion that still counts as here',
    found: ['version Patient/p2'],
    mends: false,
    sql: `update resource set state = 1 where id = 'p2'`,
    mongo: (db) => resources(db).updateOne({ _id: 'Patient/p2' }, { $set: { live: true } }),
  },
  {
    what: 'a token that is not in the index',
    found: ['index Patient/p1'],
    mends: true,
    sql: `delete from token where pk = ${pk('p1')} and code = 'mrn-p1'`,
    mongo: (db) =>
      resources(db).updateOne({ _id: 'Patient/p1' }, { $pull: { t: { c: 'mrn-p1' } as never } }),
  },
  {
    what: 'all entries of all kinds lost',
    found: ['index Observation/o1', 'index Patient/p1'],
    mends: true,
    sql: ['token', 'string', 'date', 'number', 'quantity', 'reference', 'uri']
      .map((kind) => `delete from ${kind} where pk in (${pk('p1')}, ${pk('o1')})`)
      .join(';'),
    mongo: (db) =>
      resources(db).updateMany(
        { _id: { $in: ['Patient/p1', 'Observation/o1'] } },
        { $unset: Object.fromEntries([...'tsdnqrug'].map((field) => [field, ''])) },
      ),
  },
  {
    what: 'a date that is too many, and a quantity that is another',
    found: ['index Observation/o1', 'index Observation/o2'],
    mends: true,
    sql: `insert into date select pk, path, low + 1, high, grp from date where pk = ${pk('o1')};
      update quantity set low = low + 1 where pk = ${pk('o2')}`,
    mongo: async (db) => {
      await resources(db).updateOne(
        { _id: 'Observation/o1' },
        { $push: { d: { p: 'Observation.effective', l: 1, h: 2 } as never } },
      )
      await resources(db).updateOne({ _id: 'Observation/o2' }, { $set: { 'q.0.l': 1 } })
    },
  },
  {
    what: 'components that are mixed up',
    found: ['index Observation/o3'],
    mends: true,
    sql: `update token set grp = 1 - grp where pk = ${pk('o3')} and code like 'c_'`,
    mongo: (db) => resources(db).updateOne({ _id: 'Observation/o3' }, { $pop: { g: 1 } as never }),
  },
  {
    what: 'entries of a deleted resource',
    found: ['index Patient/p2'],
    mends: true,
    sql: `insert into token select ${pk('p2')}, path, code, system, grp from token where pk = ${pk('p1')}`,
    mongo: (db) =>
      resources(db).updateOne(
        { _id: 'Patient/p2' },
        { $set: { t: [{ p: 'Patient.identifier', c: 'mrn-p2', s: 'urn:mrn' }] } },
      ),
  },
  // What only the tables of the one store, or the documents of the other, can have.
  {
    what: 'entries of no resource',
    found: ['index '],
    mends: true,
    sql: `insert into token select 99999, path, code, system, grp from token where pk = ${pk('p1')}`,
  },
  {
    what: 'a wrong note of where entries are',
    found: ['index Observation/o1'],
    mends: true,
    sql: `update resource set kinds = 1 where id = 'o1'`,
  },
  {
    what: 'a system whose name is lost',
    found: ['index Observation/o1', 'index Observation/o2', 'index Observation/o3'],
    mends: true,
    sql: `delete from system where uri = 'http://loinc.org'`,
  },
  {
    what: 'a unit that is lost',
    found: ['index Observation/o1', 'index Observation/o2', 'index Observation/o3'],
    mends: true,
    sql: `delete from unit where code <> ''`,
  },
  {
    what: 'a place that is referred to, but lost',
    found: ['index Patient/p1', 'index Patient/p3'],
    mends: true,
    sql: `delete from resource where id = 'far'`,
  },
  {
    what: 'an index of SQLite that is not that of its table',
    found: ['file ', 'file '],
    mends: true,
    sql: `pragma writable_schema = on;
      update sqlite_schema set sql = replace(sql, '(path, value, pk)', '(path, value, pk) where pk < 0')
        where name = 'uri_value';
      pragma writable_schema = reset; reindex uri_value;
      pragma writable_schema = on;
      update sqlite_schema set sql = replace(sql, ' where pk < 0', '') where name = 'uri_value';
      pragma writable_schema = reset`,
  },
  {
    what: 'a version that the journal does not know',
    found: ['version Patient/p1'],
    mends: false,
    mongo: (db) => db.collection<{ _id: string }>('journal').deleteOne({ _id: 'Patient/p1/3' }),
  },
  {
    what: 'a version that ends at another time',
    found: ['version Patient/p1'],
    mends: false,
    mongo: (db) => versions(db).updateOne({ _id: 'Patient/p1/1' }, { $set: { until: 1 } }),
  },
]

/** The tests; `fresh` gives a store that is filled and that nobody has open. */
function suite(
  fresh: () => Promise<string>,
  by: 'sql' | 'mongo',
  harm: (storeUrl: string, damage: Damage) => Promise<unknown>,
): void {
  it('finds nothing wrong with what a server wrote', async () => {
    const { checked, findings } = await check(await fresh())
    assert.deepEqual(findings, [])
    assert.deepEqual(
      [checked.resources, checked.deleted, checked.versions, checked.unused],
      [7, 1, 13, 0],
    )
    assert.ok(checked.entries > 30)
  })

  for (const damage of DAMAGES.filter((one) => one[by] !== undefined)) {
    const { what, found, mends } = damage
    it(`finds ${what}${mends ? ', and mends it' : ''}`, async function () {
      const url = await fresh()
      await harm(url, damage)
      const named = ({ findings }: Seen) => findings.map((f) => `${f.aspect} ${f.reference ?? ''}`)
      const first = await check(url)
      // One damage may show twice, as the text and as the order of versions; what counts is what is named.
      assert.deepEqual([...new Set(named(first))].sort(), [...new Set(found)].sort())
      assert.ok(first.findings.every(({ repaired }) => !repaired))
      const again = await check(url)
      assert.deepEqual(named(again), named(first), 'a check without --repair changes nothing')
      const repair = await check(url, true)
      assert.deepEqual([...new Set(named(repair))], [...new Set(named(first))])
      const after = await check(url)
      if (mends) {
        assert.ok(repair.findings.every(({ repaired }) => repaired))
        assert.deepEqual(after.findings, [])
      } else assert.ok(after.findings.length > 0)
    })
  }
}

describe('check of a store (SQLite)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ieum-check-'))
  const filled = join(folder, 'filled.db')
  let count = 0
  before(() => fill(`sqlite:${filled}`))
  after(() => {
    rmSync(folder, { recursive: true })
  })
  suite(
    async () => {
      const file = join(folder, `${String(count++)}.db`)
      cpSync(filled, file)
      return `sqlite:${file}`
    },
    'sql',
    async (url, { sql }) => {
      const db = new DatabaseSync(url.replace('sqlite:', ''), { defensive: false })
      db.exec(sql ?? '')
      db.close()
    },
  )
})

describe('check of a store (MongoDB)', function () {
  this.timeout(120_000)
  let mongo: TestMongo | undefined
  const run = `ieum_check_${String(process.pid)}_${Date.now().toString(36)}`
  const databases: string[] = []
  let driver: MongoClient
  before(async () => {
    mongo = await startMongo()
    driver = await MongoClient.connect(mongo.uri)
    await fill(databaseUrl(mongo.uri, `${run}_filled`))
    databases.push(`${run}_filled`)
  })
  after(async () => {
    for (const name of databases) await driver.db(name).dropDatabase()
    await driver.close()
    await mongo?.stop()
  })
  suite(
    async () => {
      const name = `${run}_${String(databases.length)}`
      databases.push(name)
      const from = driver.db(`${run}_filled`)
      for (const { name: collection } of await from.listCollections().toArray()) {
        const documents = await from.collection(collection).find().toArray()
        if (documents.length > 0) await driver.db(name).collection(collection).insertMany(documents)
      }
      return databaseUrl(mongo?.uri ?? '', name)
    },
    'mongo',
    async (url, { mongo: damage }) => damage?.(driver.db(/\/(ieum_check[^?]*)/.exec(url)?.[1])),
  )

  it('finds nothing wrong while servers write', async () => {
    const name = `${run}_busy`
    databases.push(name)
    const url = databaseUrl(mongo?.uri ?? '', name)
    const serving = await startTestServer({ STORE_URL: url, BASE_URL: BASE })
    const server = client(serving)
    let writing = true
    const base = `${serving.origin}/fhir`
    const written = [0, 0, 0]
    const writer = async (_: number, n: number): Promise<void> => {
      for (let i = 0; writing; written[n] = ++i) {
        const path = `${base}/Patient/busy-${String((n + i) % 6)}`
        const { status } =
          i % 7 === 6
            ? await server.send('DELETE', path)
            : await server.send('PUT', path, patient(path.slice(-6), `F${String(i)}`))
        assert.ok(status < 300, String(status))
      }
    }
    const writers = written.map(writer)
    try {
      const { maintenance, extract } = await openMaintenance(
        readConfig({ STORE_URL: url, BASE_URL: BASE }),
      )
      const findings: Finding[] = []
      const onFinding = (finding: Finding) => findings.push(finding)
      // A commit between two reads of the check is what must not be taken for damage: it takes many to meet one.
      for (const end = Date.now() + 2500; Date.now() < end || Math.min(...written) <= 5;)
        await maintenance.check({ extract, repair: false, onFinding })
      for (let i = 0; i < 10; i++) await maintenance.check({ extract, repair: true, onFinding })
      await maintenance.close()
      assert.deepEqual(findings, [])
    } finally {
      writing = false
      await Promise.all(writers)
      await serving.close()
    }
    assert.deepEqual((await check(url)).findings, [])
  })
})
