// The bytes of a message → its text, by the charset that MSH-18 names (HL7 table 0211).
// Must not guess: a message whose bytes aren't what it says is refused, for a wrong letter makes another name.

/** Names of table 0211 → labels of https://encoding.spec.whatwg.org */
const LABELS: Readonly<Record<string, string>> = {
  ASCII: 'us-ascii',
  'ISO IR6': 'us-ascii',
  'UNICODE UTF-8': 'utf-8',
  'UTF-8': 'utf-8',
  UTF8: 'utf-8',
  UNICODE: 'utf-8',
  '8859/1': 'iso-8859-1',
  '8859/2': 'iso-8859-2',
  '8859/3': 'iso-8859-3',
  '8859/4': 'iso-8859-4',
  '8859/5': 'iso-8859-5',
  '8859/6': 'iso-8859-6',
  '8859/7': 'iso-8859-7',
  '8859/8': 'iso-8859-8',
  '8859/9': 'iso-8859-9',
  '8859/15': 'iso-8859-15',
  'KS X 1001': 'euc-kr',
  'GB 18030-2000': 'gb18030',
  'BIG-5': 'big5',
  'ISO IR14': 'shift_jis',
  'ISO IR87': 'shift_jis',
  // Not of the table, but what devices in Russia and Kazakhstan send.
  'WINDOWS-1251': 'windows-1251',
  CP1251: 'windows-1251',
}

export const CHARSETS: readonly string[] = Object.keys(LABELS)

export type Charset = {
  /** Undefined for bytes that aren't of the charset. */
  readonly decode: (bytes: Uint8Array) => string | undefined
  readonly isUnicode: boolean
}

/**
 * @param name as MSH-18 has it; '' for a message that doesn't say: ASCII, of which UTF-8 is the extension
 * @returns undefined for one that isn't known
 */
export function charsetOf(name: string): Charset | undefined {
  const label = name === '' ? 'utf-8' : LABELS[name.trim().toUpperCase()]
  if (label === undefined || (name !== '' && !Object.hasOwn(LABELS, name.trim().toUpperCase())))
    return undefined
  if (label === 'us-ascii')
    return {
      isUnicode: false,
      decode: (bytes) =>
        bytes.every((byte) => byte < 0x80) ? Buffer.from(bytes).toString('latin1') : undefined,
    }
  const decoder = new TextDecoder(label, { fatal: true, ignoreBOM: true })
  return {
    isUnicode: label === 'utf-8',
    decode: (bytes) => {
      try {
        return decoder.decode(bytes)
      } catch {
        return undefined
      }
    },
  }
}
