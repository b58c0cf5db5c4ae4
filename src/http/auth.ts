// Routes of who is calling: the authorisation server with its sign-in page, and where clients learn of it.
// https://hl7.org/fhir/smart-app-launch/conformance.html
// Must not log what a form holds, nor let another site show or send the pages.
import express, { Router, type Request, type RequestHandler, type Response } from 'express'
import type { Auth } from '../auth/auth.ts'
import { ownIssuer } from '../auth/endpoints.ts'
import type { Issuer } from '../auth/issuer.ts'
import { Failure } from '../errors.ts'
import { outcomeText } from '../fhir/outcome.ts'
import type { Log } from '../log.ts'
import { AUTHORITY } from './fhir.ts'
import { messagePage, signInPage } from './sign-in-page.ts'

/** `GET [base]/.well-known/smart-configuration`. */
export const smartConfiguration =
  (auth: Auth): RequestHandler =>
  async (_request, response) => {
    const endpoints = await auth.endpoints()
    if (endpoints === undefined)
      response
        .status(503)
        .set('retry-after', '30')
        .json({ error: 'the authorisation server can not be reached' })
    else response.set('cache-control', 'public, max-age=300').json(endpoints)
  }

/** The authorisation server, mounted at /auth. */
export function authRouter(auth: Auth, issuer: Issuer, baseUrl: string, log: Log): Router {
  const router = Router()
  const own = new URL(ownIssuer(baseUrl))
  router.use(async (request, response, next) => {
    try {
      await auth.countStranger(request)
      next()
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      response.status(error.status).set(error.headers)
      response.type('application/fhir+json').send(outcomeText(error.issues))
    }
  })
  const form = express.urlencoded({ extended: false, limit: '10kb', parameterLimit: 20 })
  router
    .route('/sign-in/:uid')
    .all((_request, response, next) => {
      // The way on leads to the app, wherever that is.
      response.set({
        'content-security-policy':
          "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
        'cache-control': 'no-store',
        'referrer-policy': 'no-referrer',
        'x-frame-options': 'DENY',
      })
      next()
    })
    .get(page(log, async (request, response) => show(issuer, request, response)))
    .post(
      form,
      page(log, async (request, response) => answer(issuer, request, response)),
    )
  router.use((request: Request, response: Response) => {
    // Its links are made from where it thinks it is: behind BASE_URL, whatever a proxy or a caller says.
    request.headers['x-forwarded-host'] = own.host
    request.headers['x-forwarded-proto'] = own.protocol.slice(0, -1)
    delete request.headers['x-forwarded-for']
    request.url = request.url.replace(AUTHORITY, '')
    if (request.method === 'GET' && request.url.startsWith('/authorize?'))
      request.url = asking(request.url)
    request.originalUrl = own.pathname + request.url
    issuer.handle(request, response)
  })
  return router
}

/** SMART's apps ask for `offline_access` without `prompt=consent`, which OpenID Connect wants along with it. */
function asking(url: string): string {
  const [path, text] = url.split(/\?(.*)/s) as [string, string]
  const query = new URLSearchParams(text)
  if (!(query.get('scope') ?? '').split(' ').includes('offline_access') || query.has('prompt'))
    return url
  query.set('prompt', 'consent')
  return `${path}?${query.toString()}`
}

type Page = (request: Request, response: Response) => Promise<void>

/** A page whose time is over says so. */
const page =
  (log: Log, show: Page): RequestHandler =>
  async (request, response) => {
    try {
      await show(request, response)
    } catch (error) {
      if (error instanceof Failure && error.kind === 'gone')
        html(
          response,
          400,
          messagePage(
            'Start again',
            'This page is not valid any more. Go back to the app and start again.',
          ),
        )
      else {
        if (!(error instanceof Failure)) log.error({ err: error }, 'the sign-in page failed')
        html(
          response,
          503,
          messagePage('Try again', 'This does not work at the moment. Try again in a minute.'),
        )
      }
    }
  }

const show = async (issuer: Issuer, request: Request, response: Response): Promise<void> =>
  html(response, 200, signInPage(await issuer.asked(request, response)))

async function answer(issuer: Issuer, request: Request, response: Response): Promise<void> {
  const { answer, login, password, patient } = request.body as Readonly<Record<string, unknown>>
  const asked = await issuer.asked(request, response)
  if (answer === 'refuse') {
    await issuer.refuse(request, response)
    return
  }
  if (asked.kind === 'sign-in') {
    const problem = await issuer.signIn(request, response, textOf(login), textOf(password))
    if (problem === 'wrong')
      html(response, 401, signInPage(asked, 'The name or the password is not right.'))
    if (problem === 'locked')
      html(
        response,
        429,
        signInPage(asked, 'Too many attempts with this name. Try again in a quarter of an hour.'),
      )
    return
  }
  if (answer !== 'allow') {
    html(response, 400, signInPage(asked))
    return
  }
  const problem = await issuer.allow(request, response, textOf(patient).trim())
  if (problem !== undefined)
    html(response, 400, signInPage(asked, 'Name the patient by the id of the record.'))
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value.slice(0, 1000) : '')

function html(response: Response, status: number, text: string): void {
  response.status(status).type('html').send(text)
}
