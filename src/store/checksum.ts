// What tells whether a stored text is still the one that was written, kept beside it and compared by `ieum check`.
// Against decay of disks and slips of hands; who wants to deceive can compute it too, so it is no proof for auditors.
import { hash } from 'node:crypto'

/** 48 bits of the SHA-256 of a text's UTF-8, as a whole number that every store keeps exactly. */
export const checksum = (text: string): number => parseInt(hash('sha256', text).slice(0, 12), 16)
