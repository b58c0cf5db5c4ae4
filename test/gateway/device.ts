// A device for tests: messages as a kit sends them, and a line to the gateway that is cut as the test likes.
// Must not use the parser of the gateway.
import { connect } from 'node:net'

/** Of an HL7 v2 message in segments. */
export const message = (...segments: readonly string[]): string => `${segments.join('\r')}\r`

export const msh = (
  id: string,
  { type = 'ORU^R01^ORU_R01', version = '2.5.1', mode = 'P', charset = 'UNICODE UTF-8' } = {},
): string =>
  `MSH|^~\\&|KITREADER|ALMATY|IEUM|HUB|20261124102500+0500||${type}|${id}|${mode}|${version}||||||${charset}`

export const IIN = '680402499982'

export const pid = (iin = IIN): string => `PID|1||${iin}^^^KZ^NNKAZ||Тестова^Айгерим||19680402|F`

export const obr = (filler = '', status = 'F'): string =>
  `OBR|1||${filler}|24323-8^Panel^LN|||20261124102000+0500|||||||||||||||20261124102400+0500|||${status}`

export const obx = (
  n: number,
  code: string,
  type: string,
  value: string,
  unit: string,
  { range = '', flag = '', status = 'F', device = 'SN-0000-1^IMR-0' } = {},
): string =>
  `OBX|${String(n)}|${type}|${code}||${value}|${unit}|${range}|${flag}|||${status}|||20261124102000+0500||||${device}`

export const TROPONIN = '89579-7^Troponin I^LN'

export const spm = (volume = '35^uL', type = 'BLDC^Capillary blood^HL70487'): string =>
  `SPM|1|||${type}||||||||${volume}|||||20261124101900+0500`

/** A message that is right in every part. */
export const right = (id: string, ...more: readonly string[]): string =>
  message(
    msh(id),
    pid(),
    obr(),
    obx(1, TROPONIN, 'NM', '9.40', 'ng/L', { range: '<26.2', flag: 'N' }),
    obx(2, 'CRP^C-reactive protein^L', 'SN', '<^0.5', 'mg/L'),
    spm(),
    ...more,
  )

export type Line = {
  send(bytes: string | Uint8Array): void
  /** A message in its frame. */
  say(text: string | Uint8Array): void
  /** The next acknowledgement, by its segments and fields. @throws Error when the line ends first */
  answer(): Promise<Answer>
  ended(): Promise<void>
  end(): void
}

export type Answer = { readonly text: string; segment(name: string): readonly string[] }

export const frame = (text: string | Uint8Array): Buffer =>
  Buffer.concat([Buffer.of(0x0b), Buffer.from(text as string), Buffer.of(0x1c, 0x0d)])

export async function openLine(port: number): Promise<Line> {
  const socket = connect(port, '127.0.0.1')
  let received = Buffer.alloc(0)
  let hasEnded = false
  let wake = (): void => undefined
  const waitFor = async <T>(take: () => T | undefined): Promise<T> => {
    for (const until = Date.now() + 20_000; ;) {
      const taken = take()
      if (taken !== undefined) return taken
      if (Date.now() > until) throw new Error(`nothing came in time, but ${received.toString()}`)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 50)
        wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  }
  socket.on('data', (data: Buffer) => {
    received = Buffer.concat([received, data])
    wake()
  })
  socket.on('error', () => undefined)
  socket.on('close', () => {
    hasEnded = true
    wake()
  })
  await new Promise((resolve) => socket.once('connect', resolve))
  return {
    send: (bytes) => void socket.write(bytes),
    say: (text) => void socket.write(frame(text)),
    answer: () =>
      waitFor(() => {
        const end = received.indexOf(Buffer.of(0x1c, 0x0d))
        if (end < 0) {
          if (hasEnded) throw new Error('the line ended without an answer')
          return undefined
        }
        const text = received.subarray(1, end).toString()
        received = received.subarray(end + 2)
        return answerOf(text)
      }),
    ended: () => waitFor(() => (hasEnded ? true : undefined)).then(() => undefined),
    end: () => void socket.end(),
  }
}

export const answerOf = (text: string): Answer => ({
  text,
  segment: (name) => {
    const found = text.split('\r').find((line) => line.startsWith(name))
    if (found === undefined) return []
    const fields = found.split('|')
    return name === 'MSH' ? ['MSH', '|', ...fields.slice(1)] : fields
  },
})
