// Which index entries this release makes of a resource, as a number that a store keeps with its index.
// Must be counted up by every change after which extract.ts makes other entries of the same resource than before: a
// store with a lower number is indexed anew, in the background, after the start (job/reindex.ts).

export const EXTRACTION = 7
