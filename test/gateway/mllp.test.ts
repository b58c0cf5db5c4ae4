// The line for devices: messages as kits send them, good and bad, however the packets are cut.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { startServer, type Serving } from '../../src/cli/serve.ts'
import { readConfig, type Environment } from '../../src/config.ts'
import { fail } from '../../src/errors.ts'
import { createLog } from '../../src/log.ts'
import { onBothStores, type TestServer } from '../support/server.ts'
import {
  answerOf,
  frame,
  IIN,
  message,
  msh,
  obr,
  obx,
  openLine,
  pid,
  right,
  spm,
  TROPONIN,
  type Line,
} from './device.ts'

const IIN_SYSTEM = 'http://ieum.example/fhir/sid/pid/kz/iin'

/** What a message with one thing wrong is answered: code, condition of table 0357, place. */
const WRONG: readonly (readonly [
  string,
  (id: string) => string | Buffer,
  string,
  string,
  RegExp,
])[] = [
  ['no MSH', () => 'PID|1||1\r', 'AE', '100', /^MSH/],
  ['MSH with two separators alike', () => 'MSH|^^\\&|A|B\r', 'AE', '100', /^MSH/],
  [
    'another type',
    (id) => message(msh(id, { type: 'ADT^A01' }), pid()),
    'AR',
    '200',
    /^MSH\^1\^9\^1\^1$/,
  ],
  [
    'another event',
    (id) => message(msh(id, { type: 'ORU^R30' }), pid()),
    'AR',
    '201',
    /^MSH\^1\^9\^1\^2$/,
  ],
  ['a version to come', (id) => message(msh(id, { version: '3.0' })), 'AR', '203', /^MSH\^1\^12/],
  ['no processing id', (id) => message(msh(id, { mode: '' })), 'AR', '202', /^MSH\^1\^11/],
  ['no control id', () => message(msh('')), 'AE', '101', /^MSH\^1\^10$/],
  [
    'a charset that is none',
    (id) => message(msh(id, { charset: 'KLINGON' })),
    'AE',
    '103',
    /^MSH\^1\^18$/,
  ],
  [
    'bytes that are not of its charset',
    (id) => Buffer.from(right(id).replace('Айгерим', 'Ä'), 'latin1'),
    'AE',
    '102',
    /^MSH\^1\^18$/,
  ],
  [
    'letters outside ASCII and no charset',
    (id) =>
      Buffer.from(
        right(id).replace('UNICODE UTF-8', '').replace('Тестова^Айгерим', 'M\xfcller'),
        'latin1',
      ),
    'AE',
    '102',
    /^MSH\^1\^18$/,
  ],
  ['a segment with a name that is none', (id) => message(msh(id), 'pid|1'), 'AE', '100', /^$/],
  [
    'no patient',
    (id) => message(msh(id), obr(), obx(1, TROPONIN, 'NM', '1', 'ng/L'), spm()),
    'AE',
    '100',
    /^PID$/,
  ],
  [
    'two patients',
    (id) => message(msh(id), pid(), obr(), obx(1, TROPONIN, 'NM', '1', 'ng/L'), spm(), pid()),
    'AE',
    '100',
    /^PID\^2$/,
  ],
  [
    'a patient without a number',
    (id) => right(id).replace(/^PID.*$/m, 'PID|1||||A^B'),
    'AE',
    '101',
    /^PID\^1\^3$/,
  ],
  [
    'a patient unknown and unnamed',
    (id) => right(id).replace(/^PID.*$/m, 'PID|1||4711^^^A^MR'),
    'AE',
    '204',
    /^PID\^1\^3$/,
  ],
  [
    'a day that does not exist',
    (id) => right(id).replace('|19680402|', '|19680230|'),
    'AE',
    '102',
    /^PID\^1\^7$/,
  ],
  [
    'a patient of another birthday',
    (id) => right(id).replace('|19680402|', '|19690402|'),
    'AE',
    '204',
    /^PID\^1\^7$/,
  ],
  [
    'a patient of another sex',
    (id) => right(id).replace('19680402|F', '19680402|M'),
    'AE',
    '204',
    /^PID\^1\^8$/,
  ],
  [
    'a result before its order',
    (id) => message(msh(id), pid(), obx(1, TROPONIN, 'NM', '1', 'ng/L')),
    'AE',
    '100',
    /^OBX\^1$/,
  ],
  ['an order without results', (id) => message(msh(id), pid(), obr()), 'AE', '100', /^OBX$/],
  [
    'an analyte that is not known',
    (id) => one(id, obx(1, 'QQ^What^L', 'NM', '1', 'mg/L')),
    'AE',
    '103',
    /^OBX\^1\^3$/,
  ],
  [
    'a LOINC code that is none',
    (id) => one(id, obx(1, '99999-9^What^LN', 'NM', '1', 'mg/L')),
    'AE',
    '103',
    /^OBX\^1\^3$/,
  ],
  [
    'a unit of another kind',
    (id) => one(id, obx(1, TROPONIN, 'NM', '1', 'mmol/L')),
    'AE',
    '103',
    /^OBX\^1\^6$/,
  ],
  [
    'a unit that is none',
    (id) => one(id, obx(1, TROPONIN, 'NM', '1', 'furlong')),
    'AE',
    '103',
    /^OBX\^1\^6$/,
  ],
  [
    'D-dimer units taken for FEU',
    (id) => one(id, obx(1, '48065-7^D^LN', 'NM', '300', 'ng/mL{DDU}')),
    'AE',
    '103',
    /^OBX\^1\^6$/,
  ],
  [
    'a code by mass with a unit by amount',
    (id) => one(id, obx(1, '41653-7^Glucose^LN', 'NM', '5.1', 'mmol/L')),
    'AE',
    '103',
    /^OBX\^1\^6$/,
  ],
  ['no unit', (id) => one(id, obx(1, TROPONIN, 'NM', '1', '')), 'AE', '101', /^OBX\^1\^6$/],
  [
    'a number that is none',
    (id) => one(id, obx(1, TROPONIN, 'NM', '1,5', 'ng/L')),
    'AE',
    '102',
    /^OBX\^1\^5$/,
  ],
  [
    'a text for a number',
    (id) => one(id, obx(1, TROPONIN, 'ST', 'see paper', 'ng/L')),
    'AE',
    '102',
    /^OBX\^1\^5$/,
  ],
  [
    'a sign that is none',
    (id) => one(id, obx(1, TROPONIN, 'SN', '<>^1', 'ng/L')),
    'AE',
    '102',
    /^OBX\^1\^5/,
  ],
  ['no value', (id) => one(id, obx(1, TROPONIN, 'NM', '', 'ng/L')), 'AE', '101', /^OBX\^1\^5$/],
  [
    'a type of value that is not taken',
    (id) => one(id, obx(1, TROPONIN, 'ED', 'x', 'ng/L')),
    'AE',
    '103',
    /^OBX\^1\^2$/,
  ],
  [
    'a status that is none',
    (id) => one(id, obx(1, TROPONIN, 'NM', '1', 'ng/L', { status: 'Q' })),
    'AE',
    '103',
    /^OBX\^1\^11$/,
  ],
  [
    'a clock that is ahead',
    (id) =>
      one(id, obx(1, TROPONIN, 'NM', '1', 'ng/L').replace('20261124102000', '20991124102000')),
    'AE',
    '102',
    /^OBX\^1\^14$/,
  ],
  [
    'nothing to take back',
    (id) => one(id, obx(1, TROPONIN, 'NM', '1', 'ng/L', { status: 'D' })),
    'AE',
    '204',
    /^OBX\^1\^11$/,
  ],
  [
    'no sample',
    (id) => message(msh(id), pid(), obr(), obx(1, TROPONIN, 'NM', '1', 'ng/L')),
    'AE',
    '101',
    /^OBX\^1$/,
  ],
  [
    'two samples for one order',
    (id) => right(id, spm().replace('SPM|1', 'SPM|2')),
    'AE',
    '100',
    /^SPM\^2$/,
  ],
  [
    'two results under one number',
    (id) =>
      message(
        msh(id),
        pid(),
        obr('F-9'),
        obx(1, TROPONIN, 'NM', '1', 'ng/L'),
        obx(2, TROPONIN, 'NM', '2', 'ng/L'),
        spm(),
      ),
    'AE',
    '205',
    /^OBX\^2$/,
  ],
  [
    'a sample without a volume',
    (id) => right(id).replace('|35^uL|', '||'),
    'AE',
    '101',
    /^SPM\^1\^12$/,
  ],
  [
    'a volume in litres',
    (id) => right(id).replace('|35^uL|', '|35^L|'),
    'AE',
    '103',
    /^SPM\^1\^12$/,
  ],
  [
    'a volume of nothing',
    (id) => right(id).replace('|35^uL|', '|0^uL|'),
    'AE',
    '102',
    /^SPM\^1\^12$/,
  ],
]

const one = (id: string, result: string): string => message(msh(id), pid(), obr(), result, spm())

/** Whether the store answers no commit now. */
let isAway = false

/** Servers with a line for devices, on the stores of `onBothStores`. */
function onALine(
  title: string,
  tests: (line: () => Line, server: () => TestServer, mllp: () => number) => void,
  environment: Environment = {},
): void {
  onBothStores(title, (server) => {
    let serving: Serving
    let line: Line
    before(async () => {
      // Beside the server of the suite, on the same store.
      const { config, store } = server().context
      const commit: typeof store.commit = (changes, assertions) => {
        if (isAway) throw fail('unavailable', 'The store is away')
        return store.commit(changes, assertions)
      }
      serving = await startServer(
        { ...config, ...readConfigOf(environment), port: 0 },
        createLog('silent'),
        { store: { ...store, commit, close: async () => undefined } },
      )
      line = await openLine(serving.mllpPort!)
    })
    after(async () => {
      line.end()
      await serving.close()
    })
    tests(
      () => line,
      server,
      () => serving.mllpPort!,
    )
  })
}

const readConfigOf = (environment: Environment) => {
  const { mllpPort, gatewayMaxBytes, requestTimeoutMs, headersTimeoutMs, mllpIdleMs } = readConfig({
    MLLP_PORT: '0',
    ...environment,
  })
  return { mllpPort, gatewayMaxBytes, requestTimeoutMs, headersTimeoutMs, mllpIdleMs }
}

onALine(
  'gateway: HL7 v2 over MLLP',
  (line, server, mllp) => {
    let count = 0
    const told = async (text: string | Uint8Array) => {
      line().say(text)
      return line().answer()
    }
    const found = async (path: string) =>
      ((await server().send('GET', path)).body.entry ?? []).map((e: any) => e.resource)
    const all = async () => (await server().send('GET', '/Observation?_summary=count')).body.total

    it('writes what a message says, as the profiles of kits ask for', async function () {
      // The profiles are compiled.
      this.timeout(60_000)
      for (const name of [
        ...['observation-laboratory', 'observation-kit', 'specimen-kit', 'device-reader'],
        ...['report-laboratory', 'patient'],
      ]) {
        const file = new URL(
          `../../profiles/ieum/StructureDefinition-ieum-${name}.json`,
          import.meta.url,
        )
        const put = await server().send(
          'PUT',
          `/StructureDefinition/ieum-${name}`,
          readFileSync(file, 'utf8'),
        )
        assert.equal(put.status, 201, put.text)
      }
      const answer = await told(right('GOOD-1'))
      assert.deepEqual(answer.segment('MSA').slice(0, 3), ['MSA', 'AA', 'GOOD-1'])
      assert.equal(answer.segment('MSH')[9], 'ACK^R01^ACK')
      assert.deepEqual(answer.segment('MSH').slice(3, 7), ['IEUM', 'HUB', 'KITREADER', 'ALMATY'])

      const [patient] = await found(`/Patient?identifier=${IIN_SYSTEM}|${IIN}`)
      assert.deepEqual([patient.birthDate, patient.gender], ['1968-04-02', 'female'])
      const results = await found(`/Observation?patient=${patient.id}&_sort=_id`)
      assert.equal(results.length, 2)
      const { text } = await server().send('GET', '/Observation?code=http://loinc.org|89579-7')
      assert.match(text, /"value":9\.40/)
      const crp = results.find((o: any) => o.code.coding[0].code === '1988-5')
      assert.deepEqual(
        [crp.valueQuantity.comparator, crp.valueQuantity.value, crp.valueQuantity.code],
        ['<', 0.5, 'mg/L'],
      )
      const [specimen] = await found(`/Specimen?patient=${patient.id}`)
      assert.equal(crp.specimen.reference, `Specimen/${specimen.id}`)
      assert.deepEqual(specimen.collection.quantity, {
        value: 35,
        unit: 'uL',
        system: 'http://unitsofmeasure.org',
        code: 'uL',
      })
      const [device] = await found(`/Device?identifier=SN-0000-1`)
      assert.equal(crp.device.reference, `Device/${device.id}`)
      assert.equal(device.serialNumber, 'SN-0000-1')
      const [report] = await found(`/DiagnosticReport?patient=${patient.id}`)
      assert.deepEqual(
        [report.status, report.result.length, report.effectiveDateTime],
        ['final', 2, '2026-11-24T10:20:00+05:00'],
      )
      for (const resource of [patient, ...results, specimen, device, report]) {
        const judged = await server().send('POST', `/${resource.resourceType}/$validate`, resource)
        assert.deepEqual(
          judged.body.issue.filter((i: any) => i.severity === 'error' || i.severity === 'fatal'),
          [],
        )
      }
    })

    it('writes nothing twice, and tells a message from another under its number', async () => {
      const before = await all()
      const first = await told(right('TWICE-1'))
      assert.equal(first.segment('MSA')[1], 'AA')
      assert.equal((await told(right('TWICE-1'))).segment('MSA')[1], 'AA')
      assert.equal(await all(), before + 2)
      const other = await told(right('TWICE-1').replace('9.40', '9.50'))
      assert.equal(other.segment('MSA')[1], 'AE')
      assert.match(other.segment('ERR')[3]!, /^205\^/)
      // At once, on two lines.
      const second = await openLine(mllp())
      line().say(right('TWICE-2'))
      second.say(right('TWICE-2'))
      const answers = await Promise.all([line().answer(), second.answer()])
      second.end()
      assert.ok(answers.some((answer) => answer.segment('MSA')[1] === 'AA'))
      assert.equal((await told(right('TWICE-2'))).segment('MSA')[1], 'AA')
      assert.equal(await all(), before + 4)
    })

    it('refuses what is wrong with its place and why, and keeps it for the operator', async function () {
      this.timeout(60_000)
      const before = await all()
      const sent: string[] = []
      for (const [what, make, code, condition, place] of WRONG) {
        const id = `W-${String(++count)}`
        const made = make(id)
        const answer = await told(made)
        const err = answer.segment('ERR')
        assert.equal(answer.segment('MSA')[1], code, `${what}: ${answer.text}`)
        assert.match(err[3] ?? '', new RegExp(`^${condition}\\^`), `${what}: ${answer.text}`)
        assert.match(err[2] ?? '', place, `${what}: ${answer.text}`)
        assert.equal(err[4], 'E')
        sent.push(Buffer.from(made as string).toString('base64'))
      }
      assert.equal(await all(), before)
      const kept = await found('/Communication?status=not-done&_count=200')
      const messages = kept.map((one: any) => one.payload.at(-1).contentAttachment.data as string)
      for (const message of sent) assert.ok(messages.includes(message), atob(message))
    })

    it('takes versions, charsets, line ends and separators as they come', async () => {
      const glucose = obx(1, 'GLUCOSE_POC^^L', 'ST', '5.6', 'mmol/l', { range: '3.9-7.8' })
      const old = message(
        `MSH|^~\\&|OLD|CLINIC|||20261124102500||ORU^R01|OLD-1|P|2.3`,
        `PID|1|${IIN}^^^KZ^NNKAZ|`,
        `OBR|1|||24323-8^Panel^LN|||20261124102000||40^uL||||||BLD&Blood&HL70070`,
        glucose,
      )
      const bytes: readonly (string | Uint8Array)[] = [
        old,
        one('LF-1', obx(1, TROPONIN, 'NM', '1', 'ng/L')).replaceAll('\r', '\n'),
        one('CRLF-1', obx(1, TROPONIN, 'NM', '1', 'ng/L')).replaceAll('\r', '\r\n'),
        one('SEP-1', obx(1, TROPONIN, 'NM', '1', 'ng/L')).replaceAll('^', '$'),
        Buffer.concat([
          Buffer.from(right('CYR-1', '').split('Тестова')[0]!.replace('UNICODE UTF-8', '8859/5')),
          Buffer.from([0xc2, 0xd5]),
          Buffer.from(right('CYR-1').split('Тестова^Айгерим')[1]!),
        ]),
      ]
      for (const text of bytes) {
        const answer = await told(text)
        assert.equal(answer.segment('MSA')[1], 'AA', answer.text)
      }
      assert.equal((await told(old)).segment('MSH')[9], 'ACK')
      const [glucoses] = await found('/Observation?code=http://loinc.org|14743-9')
      assert.deepEqual(
        [glucoses.valueQuantity.value, glucoses.valueQuantity.code, glucoses.effectiveDateTime],
        [5.6, 'mmol/l', '2026-11-24T10:20:00+05:00'],
      )
      const bad = await told(old.replace('5.6', 'x').replace('OLD-1', 'OLD-2'))
      assert.match(bad.segment('ERR')[1]!, /^OBX\^1\^5\^102&Data type error&HL70357$/)
      assert.match(bad.segment('MSA')[3]!, /number/)
    })

    it('answers by MSH-15 and MSH-16 where they ask for more or less', async () => {
      const asking = (id: string, accept: string, application: string, value = '1') =>
        one(id, obx(1, TROPONIN, 'NM', value, 'ng/L')).replace(
          '|2.5.1||||||',
          `|2.5.1|||${accept}|${application}||`,
        )
      assert.equal((await told(asking('EN-1', 'AL', 'NE'))).segment('MSA')[1], 'CA')
      assert.equal((await told(asking('EN-2', 'NE', 'AL'))).segment('MSA')[1], 'AA')
      assert.equal((await told(asking('EN-3', 'AL', 'NE', 'x'))).segment('MSA')[1], 'CE')
      // None is wanted: the next answer is that of the next message.
      line().say(asking('EN-4', 'NE', 'NE'))
      assert.equal((await told(right('EN-5'))).segment('MSA')[2], 'EN-5')
    })

    it('corrects, and takes back, what a filler number names; a final result changes in no other way', async () => {
      const result = (id: string, value: string, status: string) =>
        message(
          msh(id),
          pid(),
          obr('F-77', ''),
          obx(1, TROPONIN, 'NM', value, 'ng/L', { status }),
          spm(),
        )
      const of = async () =>
        (await found('/Observation?identifier=-/KITREADER/ALMATY/F-77/89579-7/')).map((o: any) => [
          o.status,
          o.valueQuantity.value,
          o.meta.versionId,
        ])
      const say = async (id: string, value: string, status: string) =>
        (await told(result(id, value, status))).segment('MSA')[1]
      assert.equal(await say('C-1', '7', 'P'), 'AA')
      assert.equal(await say('C-2', '7', 'F'), 'AA')
      assert.deepEqual(await of(), [['final', 7, '2']])
      assert.equal(await say('C-3', '7', 'F'), 'AA')
      assert.equal(await say('C-4', '8', 'F'), 'AE')
      assert.equal(await say('C-5', '8', 'P'), 'AE')
      assert.deepEqual(await of(), [['final', 7, '2']])
      assert.equal(await say('C-6', '8', 'C'), 'AA')
      assert.deepEqual(await of(), [['corrected', 8, '3']])
      assert.equal(await say('C-7', '8', 'D'), 'AA')
      assert.deepEqual(await of(), [['entered-in-error', 8, '4']])
    })

    it('takes results behind their sample, and the notes of an order', async () => {
      const answer = await told(
        message(
          msh('ORDER-1'),
          pid(),
          obr('F-88'),
          'NTE|1||Measured twice',
          spm(),
          obx(1, TROPONIN, 'NM', '4', 'ng/L'),
          obx(2, '1988-5^CRP^LN', 'NM', '1.5', 'mg/L'),
          'NTE|1||A note\\.br\\of two lines',
        ),
      )
      assert.equal(answer.segment('MSA')[1], 'AA', answer.text)
      const [report] = await found('/DiagnosticReport?identifier=-/KITREADER/ALMATY/F-88')
      assert.deepEqual([report.conclusion, report.result.length], ['Measured twice', 2])
      const [crp] = await found('/Observation?identifier=-/KITREADER/ALMATY/F-88/1988-5/')
      assert.deepEqual(crp.note, [{ text: 'A note\nof two lines' }])
    })

    it('knows a code of the device by a ConceptMap of its operator', async () => {
      const own = (id: string) => one(id, obx(1, 'T42^Troponin^L', 'NM', '3', 'ng/L'))
      assert.equal((await told(own('MAP-1'))).segment('MSA')[1], 'AE')
      const map = {
        resourceType: 'ConceptMap',
        status: 'active',
        group: [
          {
            source: 'http://ieum.example/fhir/sid/code/KITREADER/ALMATY',
            target: 'http://loinc.org',
            element: [
              { code: 'T42', target: [{ code: '89579-7', equivalence: 'equivalent' }] },
              { code: 'T43', target: [{ code: '89579-7', equivalence: 'wider' }] },
            ],
          },
        ],
      }
      assert.equal((await server().send('POST', '/ConceptMap', map)).status, 201)
      assert.equal((await told(own('MAP-1'))).segment('MSA')[1], 'AA')
      const [mapped] = await found('/Observation?code=T42')
      assert.deepEqual(
        mapped.code.coding.map((coding: any) => coding.code),
        ['89579-7', 'T42'],
      )
      const wider = await told(own('MAP-2').replace('T42', 'T43'))
      assert.equal(wider.segment('MSA')[1], 'AE')
    })

    it('says AR while the store is away, keeps nothing of that, and takes it afterwards', async () => {
      const kept = async () =>
        (await server().send('GET', '/Communication?_summary=count')).body.total as number
      const before = await kept()
      isAway = true
      const answer = await told(right('AWAY-1'))
      isAway = false
      assert.deepEqual(answer.segment('MSA').slice(1, 3), ['AR', 'AWAY-1'])
      assert.match(answer.segment('ERR')[3]!, /^207\^/)
      assert.equal(await kept(), before)
      assert.equal((await told(right('AWAY-1'))).segment('MSA')[1], 'AA')
    })

    it('keeps a failed run as one, and marks exercises', async () => {
      const failed = await told(one('X-1', obx(1, TROPONIN, 'NM', '----', 'ng/L', { status: 'X' })))
      assert.equal(failed.segment('MSA')[1], 'AA', failed.text)
      const [cancelled] = await found('/Observation?status=cancelled')
      assert.equal(cancelled.dataAbsentReason.coding[0].code, 'error')
      await told(right('T-1').replace('|P|2.5.1', '|T|2.5.1'))
      assert.equal((await found('/Observation?_security=HTEST')).length, 2)
    })

    it('reads frames however they are cut, and several in a packet', async () => {
      const [a, b] = [frame(right('CUT-1')), frame(right('CUT-2'))]
      for (const byte of a) line().send(Buffer.of(byte))
      assert.equal((await line().answer()).segment('MSA')[2], 'CUT-1')
      line().send(Buffer.concat([b, Buffer.from('\r\n'), frame(right('CUT-3')), a.subarray(0, 40)]))
      assert.equal((await line().answer()).segment('MSA')[2], 'CUT-2')
      assert.equal((await line().answer()).segment('MSA')[2], 'CUT-3')
      // The device was switched off in the middle, and begins anew.
      line().send(frame(right('CUT-4')))
      assert.equal((await line().answer()).segment('MSA')[2], 'CUT-4')
    })

    it('refuses what is too large, and ends that line only', async () => {
      const other = await openLine(mllp())
      other.say(right('BIG-1', `NTE|1||${'x'.repeat(1 << 20)}`))
      const answer = await other.answer()
      assert.deepEqual(answer.segment('MSA').slice(1, 3), ['AE', 'BIG-1'])
      assert.match(answer.segment('ERR')[3]!, /^104\^/)
      await other.ended()
      assert.equal((await told(right('BIG-2'))).segment('MSA')[1], 'AA')
    })

    it('ends a line that says half a message and no more', async () => {
      const other = await openLine(mllp())
      other.send(frame(right('HALF-1')).subarray(0, 100))
      const from = Date.now()
      await other.ended()
      assert.ok(Date.now() - from < 5000)
    })

    it('takes a message over HTTP too', async () => {
      const post = async (text: string) =>
        server().send('POST', `${server().origin}/gateway/results`, text, {
          'content-type': 'x-application/hl7-v2+er7',
        })
      const good = await post(right('HTTP-1'))
      assert.deepEqual([good.status, answerOf(good.text).segment('MSA')[1]], [200, 'AA'])
      const wrong = await post(right('HTTP-2').replace('9.40', 'x'))
      assert.deepEqual([wrong.status, answerOf(wrong.text).segment('MSA')[1]], [422, 'AE'])
      assert.equal((await post(message(msh('HTTP-3', { type: 'ADT^A01' })))).status, 400)
    })
  },
  { GATEWAY_MAX_BYTES: '1048576', REQUEST_TIMEOUT_MS: '1000', HEADERS_TIMEOUT_MS: '1000' },
)
