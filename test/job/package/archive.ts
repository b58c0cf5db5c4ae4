// Makes packages for tests: tar archives as tools write them, and as nobody should.
import { gzipSync } from 'node:zlib'

export type Member = {
  readonly path: string
  readonly content?: string | Buffer
  /** Type flag of ustar; '0', a file, unless given. */
  readonly flag?: string
  /** Size that the header says, whatever the content has. */
  readonly size?: number
}

/** The bytes of a tar archive. */
export function tar(members: readonly Member[], ending = Buffer.alloc(1024)): Buffer {
  const blocks = members.flatMap(({ path, content = '', flag = '0', size }) => {
    const bytes = Buffer.from(content)
    const header = Buffer.alloc(512)
    header.write(path.slice(0, 100), 0)
    header.write('0000644\0', 100)
    header.write(`${(size ?? bytes.length).toString(8).padStart(11, '0')} `, 124)
    header.write('        ', 148)
    header.write(flag, 156)
    header.write('ustar\x0000', 257)
    let sum = 0
    for (const byte of header) sum += byte
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
    return [header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]
  })
  return Buffer.concat([...blocks, ending])
}

export const tgz = (members: readonly Member[]): Buffer => gzipSync(tar(members))

/** A package with these resources in it. */
export const packageOf = (
  manifest: object,
  resources: readonly Record<string, unknown>[],
  more: readonly Member[] = [],
): Buffer =>
  tgz([
    { path: 'package/package.json', content: JSON.stringify(manifest) },
    ...resources.map((resource) => ({
      path: `package/${String(resource.resourceType)}-${String(resource.id)}.json`,
      content: JSON.stringify(resource),
    })),
    ...more,
  ])
