// Frames of MLLP in a stream of bytes: 0x0B, the message, 0x1C 0x0D, however the packets are cut.
// HL7 Minimal Lower Layer Protocol, release 1
// Must not hold more than the largest message.

const START = 0x0b
const END = 0x1c
const RETURN = 0x0d

export type Frame =
  | { readonly kind: 'message'; readonly bytes: Buffer }
  /** Its beginning; nothing behind it can be read. */
  | { readonly kind: 'too-large'; readonly begin: Buffer }

export type Frames = {
  /** The frames that are whole now. */
  take(chunk: Buffer): readonly Frame[]
  /** Whether a frame has begun and isn't whole. */
  isOpen(): boolean
}

/** Of a message that is too large, enough for its header and a look at it. */
const SHOWN = 65_536

export function readFrames(limit: number): Frames {
  let parts: Buffer[] = []
  let size = 0
  let isOpen = false
  let isOver = false
  return {
    isOpen: () => isOpen,
    take: (chunk) => {
      const frames: Frame[] = []
      for (let at = 0; at < chunk.length && !isOver;) {
        if (!isOpen) {
          // What lies between frames is nobody's: line ends mostly.
          const start = chunk.indexOf(START, at)
          if (start < 0) break
          isOpen = true
          at = start + 1
        }
        const end = chunk.indexOf(END, at)
        // A device that was cut off begins anew on the same line.
        const again = chunk.subarray(at, end < 0 ? undefined : end).lastIndexOf(START)
        if (again >= 0) {
          parts = []
          size = 0
          at += again + 1
        }
        const part = chunk.subarray(at, end < 0 ? undefined : end)
        size += part.length
        parts.push(part)
        if (size > limit) {
          isOver = true
          frames.push({ kind: 'too-large', begin: Buffer.concat(parts).subarray(0, SHOWN) })
          parts = []
          break
        }
        if (end < 0) {
          // A device that sends byte by byte would have a thousand bytes kept for each.
          if (parts.length > 1000) parts = [Buffer.concat(parts, size)]
          break
        }
        frames.push({ kind: 'message', bytes: Buffer.concat(parts, size) })
        parts = []
        size = 0
        isOpen = false
        at = end + (chunk[end + 1] === RETURN ? 2 : 1)
      }
      return frames
    },
  }
}

/** A message in a frame. */
export const framed = (message: Uint8Array): Buffer =>
  Buffer.concat([Buffer.of(START), message, Buffer.of(END, RETURN)])
