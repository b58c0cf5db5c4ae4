// The page at `/`: what this server is and where to go on.
// Must not show anything of a record.
import type { Context } from '../context.ts'

/** HTML of the start page. */
export const startPage = ({ baseUrl, config }: Context): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Ieum</title>
<h1>Ieum (이음)</h1>
<p>A FHIR R4 server. Its base is <a href="${escape(baseUrl)}">${escape(baseUrl)}</a>.</p>
<ul>
<li><a href="/fhir/metadata?_pretty=true">What it can do</a> (CapabilityStatement)
<li><a href="/fhir/Patient?_pretty=true">Patients</a>
<li><a href="/fhir/DiagnosticReport?_include=DiagnosticReport:result&amp;_count=3&amp;_pretty=true">Reports with their results</a>
<li><a href="/readyz">Whether it is ready</a>${config.relayHub === '' ? '' : '\n<li><a href="/relay">How the relay to its hub stands</a>'}
</ul>
</html>
`

const escape = (text: string): string =>
  text.replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c]!)
