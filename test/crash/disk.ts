// What is on a disk after a power cut, worked out from what the shim noted of a process (script/fault-shim/shim.c).
// What was synced is there. Of what was written since, each sector of 512 bytes may or may not be. What a failed sync
// was about is lost and nobody hears of it again: the kernel takes those pages for clean (https://lwn.net/Articles/752063/).
// Must not be kinder than a disk is.
import { readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'

const SECTOR = 512

/** A file as processes see it, and what of it is on the disk. */
type Image = {
  seen: Buffer
  size: number
  disk: Buffer
  diskSize: number
  /** Sectors that differ from the disk and that the next sync brings there. */
  readonly dirty: Set<number>
}

export type Disk = {
  /** How often a sync failed. */
  readonly failures: number
  /** Write what would be there to a folder, the names without their folders. */
  powerCut(folder: string, random: () => number): void
}

/** Replay the notes of a shim. */
export function replay(record: string): Disk {
  const bytes = readFileSync(record)
  const files = new Map<string, Image>()
  const imageOf = (name: string): Image => {
    let image = files.get(name)
    if (image === undefined) {
      image = {
        seen: Buffer.alloc(0),
        size: 0,
        disk: Buffer.alloc(0),
        diskSize: 0,
        dirty: new Set(),
      }
      files.set(name, image)
    }
    return image
  }
  let failures = 0
  for (let at = 0; at + 25 <= bytes.length;) {
    const letter = String.fromCharCode(bytes[at] ?? 0)
    const [offset, length, nameLength] = [1, 9, 17].map((i) =>
      Number(bytes.readBigUInt64LE(at + i)),
    ) as [number, number, number]
    const name = bytes.toString('utf8', at + 25, at + 25 + nameLength)
    const data = bytes.subarray(at + 25 + nameLength, at + 25 + nameLength + length)
    at += 25 + nameLength + length
    // The process was killed while it noted this.
    if (data.length < length) break
    const image = imageOf(name)
    switch (letter) {
      case 'W':
        write(image, offset, data)
        break
      case 'T':
        truncate(image, offset)
        break
      case 'S':
        sync(image)
        break
      case 'F':
        failures++
        image.dirty.clear()
        break
      case 'R':
        files.delete(name)
        files.set(data.toString('utf8'), image)
        break
      case 'U':
        files.delete(name)
    }
  }
  return {
    failures,
    powerCut: (folder, random) => {
      for (const [name, image] of files)
        writeFileSync(join(folder, basename(name)), cut(image, random))
    },
  }
}

function grown(buffer: Buffer, size: number): Buffer {
  if (buffer.length >= size) return buffer
  const next = Buffer.alloc(Math.max(size, 2 * buffer.length, 65_536))
  buffer.copy(next)
  return next
}

function write(image: Image, offset: number, data: Buffer): void {
  image.seen = grown(image.seen, offset + data.length)
  data.copy(image.seen, offset)
  image.size = Math.max(image.size, offset + data.length)
  for (let s = Math.floor(offset / SECTOR); s * SECTOR < offset + data.length; s++)
    image.dirty.add(s)
}

function truncate(image: Image, size: number): void {
  if (size < image.size) image.seen.fill(0, size, image.size)
  image.size = size
}

function sync(image: Image): void {
  for (const sector of image.dirty) toDisk(image, sector)
  image.dirty.clear()
  if (image.size < image.diskSize) image.disk.fill(0, image.size, image.diskSize)
  image.diskSize = image.size
}

function toDisk(image: Image, sector: number): void {
  const [from, to] = [sector * SECTOR, Math.min((sector + 1) * SECTOR, image.size)]
  if (to <= from) return
  image.disk = grown(image.disk, to)
  image.seen.copy(image.disk, from, from, to)
  image.diskSize = Math.max(image.diskSize, to)
}

/** The file after the cut; the image stays as it is. */
function cut(image: Image, random: () => number): Buffer {
  const after: Image = { ...image, disk: Buffer.from(image.disk), dirty: new Set() }
  const share = random()
  for (const sector of image.dirty) if (random() < share) toDisk(after, sector)
  // A size that wasn't synced is the old one or the new one.
  const size = image.size < after.diskSize && random() < 0.5 ? image.size : after.diskSize
  return grown(after.disk, size).subarray(0, size)
}
