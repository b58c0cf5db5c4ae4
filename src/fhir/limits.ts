// Every bound on what is read, in one place; those that a deployment may change are settings (config.ts).
// https://hl7.org/fhir/R4/datatypes.html (strings of 1 MB, decimals) — the others are this server's own.
// Each is judged before the work that it bounds, and whoever goes beyond one is told what is allowed.

/** Levels of objects and arrays in JSON, and of elements in XML. Real resources stay under 40. */
export const MAX_DEPTH = 200

/** The same for text of our own, in which what was taken stands in a Bundle or in Parameters. */
export const MAX_DEPTH_INSIDE = MAX_DEPTH + 20

/** Values in a JSON document, and elements and attributes in an XML one: 5,000 entries of 400. */
export const MAX_ELEMENTS = 2_000_000

/** Characters of a number; the most precise in real records have 40. */
export const MAX_NUMBER_LENGTH = 128

/** Greatest exponent of a number, either way: what a double can hold, so that each can be indexed and compared. */
export const MAX_EXPONENT = 324

/** Characters of a string, a URI and the like: https://hl7.org/fhir/R4/datatypes.html#string */
export const MAX_STRING = 1024 * 1024

/** Milliseconds of CPU time for the operations of a FHIRPath Patch: the engine can't be interrupted within one. */
export const MAX_PATCH_MS = 500

/** Index entries of a resource: a Group of 100,000 members has fewer. */
export const MAX_ENTRIES = 200_000

/** Characters of a query or a form, escapes included. */
export const MAX_QUERY_LENGTH = 1024 * 1024

/** Parameters of a query, those that say what to return among them. */
export const MAX_PARAMETERS = 200

/** Alternatives in the list of one parameter, and in all lists of a query together. */
export const MAX_VALUES = 10_000
export const MAX_VALUES_TOGETHER = 20_000

/** The same of dates, numbers, strings and parts of URIs, which are compared one by one. */
export const MAX_COMPARED = 200
export const MAX_COMPARED_TOGETHER = 500

/** Characters of one alternative. */
export const MAX_VALUE_LENGTH = 65_536

/** Steps of a chained parameter, with those of `_has`. */
export const MAX_CHAIN = 8

/** Keys of `_sort`, names of `_elements` and `_type`, and `_include` with `_revinclude` of one query. */
export const MAX_SORT_KEYS = 10
export const MAX_NAMES = 500
export const MAX_INCLUDES = 50

/** Characters of a URL that surely fits into the 64 KB which a request's first line and its headers may have together. */
export const MAX_URL_LENGTH = 60_000

/** Headers of a request. */
export const MAX_HEADERS = 200

/**
 * Characters of the resources on one page, and of the answers to the entries of one Bundle: a page ends early rather
 * than have more, but never without any.
 */
export const MAX_ANSWER_LENGTH = 16 * 1024 * 1024
