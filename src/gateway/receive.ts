// A message in ER7, from its bytes to its acknowledgement.
// Must not throw for anything that a device may send.
import type { Context } from '../context.ts'
import { acceptRun } from './accept.ts'
import { acknowledge, type Acknowledged } from './ack.ts'
import type { Caller } from './caller.ts'
import { readHeader, requireSupported, type Header } from './header.ts'
import { keepRefused } from './kept.ts'
import { digestOf } from './names.ts'
import { readOru } from './oru.ts'
import { isOfContent, Refused } from './refused.ts'

export const ER7 = 'x-application/hl7-v2+er7'

/** @param caller undefined when nobody may be asked for any more: then it is refused for later */
export async function receiveEr7(
  bytes: Uint8Array,
  caller: Caller | undefined,
  context: Context,
): Promise<Acknowledged> {
  let header: Header | undefined
  try {
    header = readHeader(bytes)
    const charset = requireSupported(header)
    if (caller === undefined) throw notNow('This gateway acts for no registered client now')
    const run = readOru(bytes, header, charset, context.config.timeZone)
    await acceptRun(run, digestOf(bytes), caller, context)
    return acknowledge(header)
  } catch (error) {
    const refused = error instanceof Refused ? error : fault(error, context)
    tell(refused, context)
    if (isOfContent(refused.kind) && caller !== undefined)
      await keep(bytes, header, refused, caller, context)
    return acknowledge(header, refused)
  }
}

/** What is larger than may be sent: refused without being read. */
export async function refuseTooLarge(
  begin: Uint8Array,
  limit: number,
  caller: Caller | undefined,
  context: Context,
): Promise<Acknowledged> {
  let header: Header | undefined
  try {
    header = readHeader(begin)
  } catch (error) {
    if (!(error instanceof Refused)) throw error
  }
  const text = `A message has ${String(limit)} bytes at most here`
  const refused = new Refused('content', [{ condition: 104, place: 'MSH[1]', text }])
  tell(refused, context)
  if (caller !== undefined) await keep(begin, header, refused, caller, context)
  return acknowledge(header, refused)
}

/** A line for the operator: where it was wrong and how, never what it said. */
export const tell = ({ kind, problems: [first] }: Refused, { log }: Context): void =>
  log.warn(
    { kind, condition: first?.condition, place: first?.place },
    'the device gateway refused a message',
  )

async function keep(
  bytes: Uint8Array,
  header: Header | undefined,
  { problems }: Refused,
  caller: Caller,
  context: Context,
): Promise<void> {
  const printable = (text = ''): string => text.replace(/[^\x20-\x7e]/g, '?').slice(0, 200)
  const sender = [header?.fields[3], header?.fields[4]].map(printable).filter((one) => one !== '')
  try {
    await keepRefused(
      {
        bytes,
        contentType: ER7,
        problems,
        sender: sender.join(' '),
        id: printable(header?.controlId),
      },
      caller,
      context,
    )
  } catch (error) {
    context.log.error({ err: error }, 'the device gateway could not keep a refused message')
  }
}

const notNow = (text: string): Refused =>
  new Refused('later', [{ condition: 207, place: '', text }])

function fault(error: unknown, { log }: Context): Refused {
  log.error({ err: error }, 'fault in the device gateway')
  return notNow('The server failed at this message')
}
