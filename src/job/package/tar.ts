// Files of a tar archive, one after the other as its bytes come: ustar, with the long names of pax and GNU.
// https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html#tag_20_92_13_06
// Must not write anything anywhere, nor hold more than one file; what would lie outside of the archive is refused.

export type TarFile = { readonly path: string; readonly content: Buffer }

export type TarOptions = {
  /** Bytes of one file that is wanted. */
  readonly mostOfFile: number
  /** Whether the content of a file is wanted; others are passed over. */
  readonly wants: (path: string) => boolean
}

const BLOCK = 512

/**
 * @param chunks the bytes of the archive, expanded
 * @throws Error in plain words for what is no archive, ends too early, or has a path or a link that leads elsewhere
 */
export async function* readTar(
  chunks: AsyncIterable<Buffer>,
  { mostOfFile, wants }: TarOptions,
): AsyncGenerator<TarFile> {
  const bytes = createBytes(chunks)
  let longName: string | undefined
  for (;;) {
    const header = await bytes.take(BLOCK)
    // An archive ends with two empty blocks; some writers leave them out.
    if (header === undefined || header.every((byte) => byte === 0)) return
    const { name, size, kind } = readHeader(header)
    const path = longName ?? name
    longName = undefined
    if (kind === 'x' || kind === 'L') {
      const text = (await whole(bytes, size, mostOfFile, path)).toString('utf8')
      longName = kind === 'L' ? text.replace(/\0.*$/s, '') : paxPath(text)
      continue
    }
    if (kind === 'file') {
      requireInside(path)
      if (wants(path)) yield { path, content: await whole(bytes, size, mostOfFile, path) }
      else await bytes.skip(padded(size))
    } else if (kind === 'link') throw new Error(`It has a link, ${path}, which could lead anywhere`)
    else await bytes.skip(padded(size))
  }
}

const padded = (size: number): number => Math.ceil(size / BLOCK) * BLOCK

type Bytes = ReturnType<typeof createBytes>

async function whole(bytes: Bytes, size: number, most: number, path: string): Promise<Buffer> {
  if (size > most)
    throw new Error(`${path} has ${String(size)} bytes, and a file may have ${String(most)}`)
  const content = await bytes.take(padded(size))
  if (content === undefined) throw new Error('It ends in the middle of a file')
  return content.subarray(0, size)
}

type Header = {
  readonly name: string
  readonly size: number
  readonly kind: 'file' | 'link' | 'x' | 'L' | 'other'
}

function readHeader(block: Buffer): Header {
  const text = (from: number, length: number): string =>
    block
      .subarray(from, from + length)
      .toString('utf8')
      .replace(/\0.*$/s, '')
  const octal = (from: number, length: number): number => parseInt(text(from, length).trim(), 8)
  let sum = 0
  for (const [i, byte] of block.entries()) sum += i >= 148 && i < 156 ? 32 : byte
  const size = text(124, 12).trim() === '' ? 0 : octal(124, 12)
  if (sum !== octal(148, 8) || !Number.isSafeInteger(size) || size < 0)
    throw new Error('It is no tar archive')
  const prefix = text(257, 5) === 'ustar' ? text(345, 155) : ''
  const flag = String.fromCharCode(block[156] ?? 0)
  return {
    name: prefix === '' ? text(0, 100) : `${prefix}/${text(0, 100)}`,
    size,
    kind:
      flag === '0' || flag === '\0'
        ? 'file'
        : flag === '1' || flag === '2'
          ? 'link'
          : flag === 'x' || flag === 'L'
            ? flag
            : 'other',
  }
}

/** `27 path=package/a.json\n` among the records of a pax header. */
const paxPath = (text: string): string | undefined => /(?:^|\n)\d+ path=([^\n]*)\n/.exec(text)?.[1]

function requireInside(path: string): void {
  const parts = path.split(/[/\\]/)
  if (/^[/\\]|^[A-Za-z]:/.test(path) || parts.includes('..') || path.includes('\0'))
    throw new Error(`It has a file that would lie outside of it: ${JSON.stringify(path)}`)
}

function createBytes(chunks: AsyncIterable<Buffer>) {
  const source = chunks[Symbol.asyncIterator]()
  let held: Buffer[] = []
  let length = 0
  const fill = async (): Promise<boolean> => {
    const next: IteratorResult<Buffer, unknown> = await source.next()
    if (next.done === true) return false
    held.push(next.value)
    length += next.value.length
    return true
  }
  return {
    /** Undefined when there are not as many. */
    take: async (count: number): Promise<Buffer | undefined> => {
      while (length < count) if (!(await fill())) return undefined
      const all = held.length === 1 ? held[0]! : Buffer.concat(held)
      held = [all.subarray(count)]
      length -= count
      return all.subarray(0, count)
    },
    skip: async (count: number): Promise<void> => {
      let left = count
      while (left > length) {
        left -= length
        held = []
        length = 0
        if (!(await fill())) throw new Error('It ends in the middle of a file')
      }
      const all = held.length === 1 ? held[0]! : Buffer.concat(held)
      held = [all.subarray(left)]
      length -= left
    },
  }
}
