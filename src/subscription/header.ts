// A header of a rest-hook as a Subscription has it, `Authorization: Bearer …`.
// https://hl7.org/fhir/R4/subscription-definitions.html#Subscription.channel.header
// Must not let a Subscription say how a request is framed, nor to which host it goes.

export type Header = readonly [name: string, value: string]

/** Those that the sender makes itself. */
const OWN = new Set([
  'connection',
  'content-length',
  'content-type',
  'expect',
  'host',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** The header of a line, or what is wrong with it. */
export function readHeader(line: string): Header | string {
  // https://www.rfc-editor.org/rfc/rfc9110#name-field-values
  const [, name, value] =
    /^([!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}):[ \t]*([\x20-\x7e\t]{0,4096}?)[ \t]*$/.exec(line) ?? []
  if (name === undefined || value === undefined)
    return 'A header is a name and a value in ASCII, as in "Authorization: Bearer abc"'
  return OWN.has(name.toLowerCase()) ? `The server sets the header ${name} itself` : [name, value]
}
