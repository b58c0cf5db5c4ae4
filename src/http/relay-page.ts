// The page at `/relay` of an edge: how forwarding to its hub stands, for people and, as JSON, for programs.
// Must not show personal data: of what was refused type, id and the kind of reason, not what the hub quotes.
import type { Request, Response } from 'express'
import type { Context } from '../context.ts'
import { prefixOf } from '../relay/edge.ts'
import { linksIn } from '../relay/link.ts'
import { waiting } from '../relay/outbox.ts'
import { facts, statusOf, type Status } from '../relay/status.ts'

/** HTML, or JSON for who accepts that rather (or asks with `?_format=json`). */
export const relayListener =
  (context: Context) =>
  async (request: Request, response: Response): Promise<void> => {
    const status = await statusNow(context)
    response.setHeader('cache-control', 'no-store')
    const isJson =
      /[?&]_format=(application\/)?json(&|$)/.test(request.url) ||
      request.accepts(['html', 'json']) === 'json'
    if (isJson) response.json({ ...status, aside: status.aside.map(withoutQuotes) })
    else response.type('html').send(page(status))
  }

/** As it was kept, with what waits at this moment. */
async function statusNow(context: Context): Promise<Status> {
  const { relayHub: hub, relayOrganization: organization } = context.config
  const { notes } = context.store
  const kept = await statusOf(notes, hub)
  const links = linksIn(notes, prefixOf(hub))
  return { ...kept, backlog: await waiting({ context, organization, links, state: kept }) }
}

const withoutQuotes = ({ issues, ...aside }: Status['aside'][number]): object => ({
  ...aside,
  issues: issues.map(({ code, expression }) => ({ code, expression })),
})

const MOST_SHOWN = 100

const page = (status: Status): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="refresh" content="10">
<title>Relay - Ieum</title>
<h1>Relay to the hub</h1>
<table>
${facts(status)
  .map(([name, value]) => `<tr><th align="left">${escape(name)}<td>${escape(value)}`)
  .join('\n')}
</table>
${status.aside.length === 0 ? '' : refused(status)}
<p><a href="/relay?_format=json">As JSON</a>, <a href="/metrics">metrics</a>
</html>
`

const refused = ({ aside }: Status): string => `<h2>Set aside</h2>
<table>
<tr><th>Resource<th>Version<th>Status<th>Reason<th>Since
${aside
  .slice(0, MOST_SHOWN)
  .map(({ type, id, version, status, issues, at }) =>
    [
      `<tr><td>${escape(`${type}/${id}`)}<td>${String(version)}<td>${String(status)}`,
      `<td>${escape(issues.map((i) => [i.code, ...(i.expression ?? [])].join(' ')).join('; '))}<td>${escape(at)}`,
    ].join(''),
  )
  .join('\n')}
</table>
<p>The reasons in full: <code>ieum relay status</code>; another try: <code>ieum relay retry --all</code>.
`

const escape = (text: string): string =>
  text.replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c]!)
