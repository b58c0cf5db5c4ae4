// The Express application: the FHIR endpoint first, then health, metrics and the start page.
// The only room that knows Express. Must not hold any FHIR.
// What is plainly for the endpoint doesn't go through Express, whose way there costs a tenth of a read.
import cors from 'cors'
import express, { type Request, type Response } from 'express'
import helmet from 'helmet'
import type { RequestListener } from 'node:http'
import type { Auth } from '../auth/auth.ts'
import type { Context } from '../context.ts'
import { Failure } from '../errors.ts'
import { createMetrics, type Metrics } from '../metrics/metrics.ts'
import { exposition, EXPOSITION_TYPE } from '../metrics/series.ts'
import { timed } from '../metrics/store.ts'
import { authRouter, smartConfiguration } from './auth.ts'
import { openConverter, type Converter } from './convert.ts'
import { fhirListener } from './fhir.ts'
import { gatewayListener } from './gateway.ts'
import { headsListener } from './heads.ts'
import { relayListener } from './relay-page.ts'
import { startPage } from './start-page.ts'

export type AppOptions = {
  /** Where this process counts; its own unless given. */
  readonly metrics?: Metrics
  /** Text for `/metrics` when it tells of several processes; that of this one unless given. */
  readonly collect?: () => string | Promise<string>
  /** Who turns other formats than JSON; one of its own unless given, whose thread nobody ends. */
  readonly converter?: Converter
  /** True from when the server is told to end: then `/readyz` says so and answers end their connections. */
  readonly isStopping?: () => boolean
  /** Who is calling, for a server that asks for tokens. */
  readonly auth?: Auth
}

/** The application for a context, to be given to a node:http server. */
export function createApp(context: Context, options: AppOptions = {}): RequestListener {
  const {
    metrics = createMetrics(context.config.storeUrl.startsWith('sqlite:') ? 'sqlite' : 'mongodb'),
    collect = () => exposition(metrics.snapshot()),
    converter = openConverter(context.definitions, context.config.cacheFolder),
    isStopping = () => false,
    auth,
  } = options
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.set('query parser', false)

  const crossOrigin = corsFor(context.config.corsOrigins)
  const fhir = fhirListener(
    { ...context, store: timed(context.store, metrics) },
    metrics,
    converter,
    isStopping,
    auth,
  )
  if (auth !== undefined)
    app.get('/fhir/.well-known/smart-configuration', crossOrigin, smartConfiguration(auth))
  app.use('/fhir', (request: Request, response: Response) => {
    if (request.headers.origin === undefined) return fhir(request, response)
    crossOrigin(request, response, () => void fhir(request, response))
  })

  app.use(helmet())
  if (auth?.issuer !== undefined)
    app.use('/auth', authRouter(auth, auth.issuer, context.baseUrl, context.log))
  app.get('/healthz', (_request, response) => void response.json({ status: 'alive' }))
  app.get('/readyz', async (_request, response) => {
    if (isStopping()) {
      response.status(503).json({ status: 'stopping' })
      return
    }
    try {
      await context.store.ping()
      // Nobody else has what this store has, and reads go on: who only writes has to look at this.
      const writes = metrics.writesFailing.value === 0 ? 'ready' : 'failing'
      response.json({ status: 'ready', writes })
    } catch (error) {
      if (!(error instanceof Failure)) context.log.error({ err: error }, 'not ready')
      response.status(503).set('retry-after', '2').json({ status: 'not ready' })
    }
  })
  app.get('/metrics', async (_request, response) => {
    // Not response.type(): it would put its own order on the parameters.
    response.setHeader('content-type', EXPOSITION_TYPE)
    response.end(await collect())
  })
  app.get('/audit/heads', headsListener(context, auth))
  app.post('/gateway/results', gatewayListener(context, auth))
  if (context.config.relayHub !== '') app.get('/relay', relayListener(context))
  app.get('/', (_request, response) => void response.type('html').send(startPage(context)))
  app.use(
    (_request, response) =>
      void response.status(404).type('text').send('Nothing is here. The FHIR base is /fhir\n'),
  )
  return (request, response) => {
    const behind = request.headers.origin === undefined ? behindBase(request.url) : undefined
    if (behind === undefined) app(request, response)
    else {
      request.url = behind
      void fhir(request, response)
    }
  }
}

/** A URL behind `/fhir`, as Express would give it; undefined for what it has to look at. */
function behindBase(url = ''): string | undefined {
  if (!url.startsWith('/fhir') || url.startsWith('/fhir/.')) return undefined
  const rest = url.slice(5)
  if (rest === '' || rest.startsWith('?')) return `/${rest}`
  return rest.startsWith('/') ? rest : undefined
}

const corsFor = (origins: string) =>
  cors({
    origin: origins === '*' ? '*' : origins.split(',').map((origin) => origin.trim()),
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    exposedHeaders: [
      ...['ETag', 'Last-Modified', 'Location', 'X-Request-Id', 'Retry-After'],
      'WWW-Authenticate',
    ],
    maxAge: 600,
  })
