// The pages on which a person signs in and says what an app may do; plain HTML without scripts.
// https://hl7.org/fhir/smart-app-launch/app-launch.html
// Must not take anything into the page but as text.
import type { Asked } from '../auth/issuer.ts'
import { parseScope } from '../auth/scope.ts'

/** @param error what went wrong with the last try */
export function signInPage(asked: Asked, error?: string): string {
  const problem = error === undefined ? '' : `<p class="problem" role="alert">${escaped(error)}</p>`
  if (asked.kind === 'sign-in')
    return page(
      'Sign in',
      `<p><strong>${escaped(asked.client)}</strong> asks you to sign in.</p>${problem}
<form method="post">
<label>Name <input name="login" autocomplete="username" autocapitalize="none" required autofocus></label>
<label>Password <input name="password" type="password" autocomplete="current-password" required></label>
<p><button name="answer" value="sign-in">Sign in</button></p>
</form>
<form method="post"><button name="answer" value="refuse">Back to the app</button></form>`,
    )
  const patient = asked.choosesPatient
    ? '<label>Patient (id of the record) <input name="patient" required></label>'
    : ''
  const list = asked.scopes.map((scope) => `<li>${escaped(meaningOf(scope))}</li>`).join('')
  return page(
    'Allow access',
    `<p>${escaped(asked.person)}, <strong>${escaped(asked.client)}</strong> asks to:</p>
<ul>${list}</ul>${problem}
<form method="post">${patient}
<p><button name="answer" value="allow">Allow</button></p>
</form>
<form method="post"><button name="answer" value="refuse">Refuse</button></form>`,
  )
}

/** A page that says what happened, and offers nothing. */
export const messagePage = (title: string, text: string): string =>
  page(title, `<p>${escaped(text)}</p>`)

const OTHERS: Readonly<Record<string, string>> = {
  openid: 'know who you are',
  fhirUser: 'know which record is yours as a person of this network',
  profile: 'know your name',
  'launch/patient': 'work with one patient that you choose',
  offline_access: 'go on doing this for two weeks without asking again',
}

const LETTERS: readonly (readonly [string, string])[] = [
  ['r', 'read'],
  ['s', 'search'],
  ['c', 'add'],
  ['u', 'change'],
  ['d', 'delete'],
]

/** @example meaningOf('user/Observation.rs') // 'read, search Observation records that you may see' */
function meaningOf(text: string): string {
  const scope = parseScope(text)
  if (scope === undefined) return OTHERS[text] ?? text
  const { level, type, permissions, query } = scope
  const verbs = LETTERS.flatMap(([letter, verb]) =>
    (permissions as ReadonlySet<string>).has(letter) ? [verb] : [],
  )
  const what = type === '*' ? 'all kinds of records' : `${type} records`
  const whose = level === 'patient' ? 'of one patient' : 'that you may see'
  const only =
    query.length === 0
      ? ''
      : `, only where ${query.map(([name, value]) => `${name} is ${value}`).join(' and ')}`
  return `${verbs.join(', ')} ${what} ${whose}${only}`
}

const STYLE =
  'body{font:16px/1.5 system-ui,sans-serif;max-width:26rem;margin:10vh auto;padding:0 1rem;color:#1a1a1a;background:#fff}' +
  'label{display:block;margin:1rem 0}input{display:block;width:100%;box-sizing:border-box;font:inherit;padding:.5rem}' +
  'button{font:inherit;padding:.5rem 1.25rem}.problem{color:#a40000}'

const page = (title: string, body: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${title} · Ieum</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${title}</h1>
${body}
</body>
</html>
`

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

const escaped = (text: string): string => text.replace(/[&<>"']/g, (one) => ENTITIES[one]!)
