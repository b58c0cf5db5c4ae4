// The authorisation server that is part of this server: oidc-provider with our clients, people, scopes and store.
// https://hl7.org/fhir/smart-app-launch/app-launch.html, https://hl7.org/fhir/smart-app-launch/backend-services.html
// Must not show pages (http/sign-in.ts does) nor take a key or an algorithm from a token's header.
import type { IncomingMessage, ServerResponse } from 'node:http'
import Provider, { errors, type Configuration, type KoaContextWithOIDC } from 'oidc-provider'
import type { SignIn } from '../audit/event.ts'
import type { Refused } from '../audit/refusals.ts'
import { isSafeUrl } from '../config.ts'
import { fail, Failure } from '../errors.ts'
import type { Log } from '../log.ts'
import type { Notes } from '../store/indexing.ts'
import { adapterFor, metadataOf } from './adapter.ts'
import { ALGORITHMS, ID, OTHER_SCOPES, type Client } from './client.ts'
import { PATHS } from './endpoints.ts'
import type { Keys } from './key.ts'
import { takeAttempt } from './lock-out.ts'
import { keptText, keptValue, noteName } from './note.ts'
import { isPassword, type Person } from './person.ts'
import type { Scope } from './principal.ts'
import type { Registry } from './registry.ts'
import { formatScope, intersect, parseScopes } from './scope.ts'

export type IssuerOptions = {
  /** Its URL. */
  readonly issuer: string
  /** FHIR base that its tokens are for. */
  readonly baseUrl: string
  readonly notes: Notes
  readonly registry: Registry
  readonly keys: Keys
  readonly log: Log
  /** Log that somebody signed in, or tried to, and of tokens. @throws Failure `unavailable`: then nobody gets anything */
  onSignIn(what: SignIn): Promise<void>
  /** Count one that was not let in. */
  onRefused(what: Refused): void
  /** The page that tells a person of an error. */
  errorPage(title: string, text: string): string
}

/** What a page has to ask. */
export type Asked =
  | { readonly kind: 'sign-in'; readonly uid: string; readonly client: string }
  | {
      readonly kind: 'consent'
      readonly uid: string
      readonly client: string
      readonly person: string
      readonly scopes: readonly string[]
      /** Whether a patient must be chosen. */
      readonly choosesPatient: boolean
    }

export type Issuer = {
  /** Everything but the pages; URLs begin behind its own. */
  handle(request: IncomingMessage, response: ServerResponse): void
  /** What the browser is asked, by its cookie. @throws Failure `gone` when nothing is asked (any more), as all that follow */
  asked(request: IncomingMessage, response: ServerResponse): Promise<Asked>
  /** Answers with a redirect, or says why not. */
  signIn(
    request: IncomingMessage,
    response: ServerResponse,
    login: string,
    password: string,
  ): Promise<'wrong' | 'locked' | undefined>
  allow(
    request: IncomingMessage,
    response: ServerResponse,
    patient: string,
  ): Promise<'no patient' | undefined>
  refuse(request: IncomingMessage, response: ServerResponse): Promise<void>
}

/** Seconds. */
const TTL = {
  AccessToken: 3600,
  AuthorizationCode: 60,
  ClientCredentials: 300,
  Grant: 14 * 86_400,
  IdToken: 3600,
  Interaction: 600,
  RefreshToken: 14 * 86_400,
  Session: 600,
}

/** Seconds that an assertion of a client may be good for at most, and that clocks may differ. */
const LONGEST_ASSERTION = 300
const CLOCK_TOLERANCE = 15

/** Claims of an access token besides those of OAuth; introspection shows them. */
export type TokenClaims = {
  readonly client_name: string
  readonly organization: string
  readonly roles: readonly string[]
  /** Absolute. */
  readonly fhirUser?: string
  readonly patient?: string
  readonly purpose_of_use?: readonly string[]
}

export function createIssuer(options: IssuerOptions): Issuer {
  const { notes, registry, log, issuer } = options
  const provider = new Provider(issuer, configurationOf(options))
  provider.proxy = true
  provider.on('server_error', (_ctx, error) => {
    log.error({ err: error }, 'the authorisation server failed')
  })
  const refused =
    (what: string) =>
    (ctx: KoaContextWithOIDC, { error }: errors.OIDCProviderError): void =>
      options.onRefused({ address: ctx.req.socket.remoteAddress, why: `${what}: ${error}` })
  provider.on('grant.error', refused('token'))
  provider.on('revocation.error', refused('revocation'))
  provider.on('introspection.error', refused('introspection'))
  provider.use(async (ctx, next) => {
    await next()
    if (ctx.status !== 200) return
    try {
      if (ctx.path === PATHS.token) await complete(ctx as KoaContextWithOIDC, options)
      if (ctx.path === PATHS.token || ctx.path === PATHS.revocation)
        await logToken(ctx as KoaContextWithOIDC, options)
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      ctx.status = error.status
      ctx.set('retry-after', '2')
      ctx.body = { error: 'temporarily_unavailable', error_description: error.message }
    }
  })
  const callback = provider.callback()

  const detailsOf = async (request: IncomingMessage, response: ServerResponse) => {
    const details = await provider.interactionDetails(request, response).catch((error: unknown) => {
      if (error instanceof errors.SessionNotFound) throw over()
      throw error
    })
    const client = await registry.client(textOf(details.params.client_id))
    if (client === undefined) throw over()
    const person =
      details.session === undefined ? undefined : registry.person(details.session.accountId)
    return { details, client, person }
  }
  const missingOf = ({ details }: { readonly details: Record<string, unknown> }) => ({
    others: (details.missingOIDCScope ?? []) as string[],
    scopes:
      ((details.missingResourceScopes ?? {}) as Record<string, string[]>)[options.baseUrl] ?? [],
  })

  return {
    handle: (request, response) => void callback(request, response),
    asked: async (request, response) => {
      const { details, client, person } = await detailsOf(request, response)
      const { uid, prompt } = details
      if (prompt.name === 'login' || person === undefined)
        return { kind: 'sign-in', uid, client: client.name }
      const { others, scopes } = missingOf(prompt)
      return {
        kind: 'consent',
        uid,
        client: client.name,
        person: person.name,
        scopes: [...others, ...scopes],
        choosesPatient: choosesPatient(textOf(details.params.scope), person),
      }
    },
    signIn: async (request, response, login, password) => {
      const { client } = await detailsOf(request, response)
      const clear = await takeAttempt(login, notes)
      const tried = signInOf(client, request)
      if (clear === undefined) {
        log.warn('a sign-in was refused: too many attempts by one name')
        options.onRefused({
          address: tried.address,
          why: 'sign-in: too many attempts with one name',
        })
        return 'locked'
      }
      const person = registry.person(login)
      if (!(await isPassword(password, person)) || person === undefined) {
        // Who waits for the disk must not see by it whether there is such a name. Of one that there is the lock-out bounds the entries.
        if (person === undefined)
          options.onRefused({ address: tried.address, why: 'sign-in: a name that is not known' })
        else
          options
            .onSignIn({
              ...tried,
              user: person.user,
              // Whose client it is must not learn by it which names there are elsewhere.
              organization: person.organization,
              refused: 'The password was wrong',
            })
            .catch((error: unknown) => log.error({ err: error }, 'a refused sign-in is not logged'))
        return 'wrong'
      }
      await options.onSignIn({ ...tried, user: person.user, organization: person.organization })
      await clear()
      await provider.interactionFinished(request, response, { login: { accountId: person.login } })
      return undefined
    },
    allow: async (request, response, patient) => {
      const { details, client, person } = await detailsOf(request, response)
      if (person === undefined) throw over()
      const chooses = choosesPatient(textOf(details.params.scope), person)
      if (chooses && !ID.test(patient)) return 'no patient'
      const grant = new provider.Grant({ accountId: person.login, clientId: client.id })
      const { others, scopes } = missingOf(details.prompt)
      if (others.length > 0) grant.addOIDCScope(others.join(' '))
      if (scopes.length > 0) grant.addResourceScope(options.baseUrl, scopes.join(' '))
      const grantId = await grant.save()
      if (chooses)
        await notes.write(
          noteName('launch', grantId),
          keptText(patient, Date.now() + TTL.Grant * 1000),
        )
      await provider.interactionFinished(request, response, { consent: { grantId } })
      return undefined
    },
    refuse: (request, response) =>
      provider.interactionFinished(
        request,
        response,
        { error: 'access_denied', error_description: 'The person said no' },
        { mergeWithLastSubmission: false },
      ),
  }
}

function signInOf({ id, name, organization }: Client, { socket }: IncomingMessage): SignIn {
  const address = socket.remoteAddress
  return {
    event: 'sign-in',
    client: id,
    clientName: name,
    organization,
    ...(address === undefined ? {} : { address }),
  }
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

const over = () => fail('gone', 'What the browser was asked is not open any more')

const hasPatientScope = (scope: string): boolean =>
  scope.split(' ').some((one) => one === 'launch/patient' || one.startsWith('patient/'))

/** Who is bound to a patient has no choice. */
const choosesPatient = (scope: string, { patient }: Person): boolean =>
  patient === undefined && hasPatientScope(scope)

function configurationOf(options: IssuerOptions): Configuration {
  const { baseUrl, issuer, notes, registry, keys } = options
  const metadata = async (id: string) => {
    const client = await registry.client(id)
    return client === undefined ? undefined : metadataOf(client)
  }
  return {
    adapter: adapterFor(notes, metadata),
    jwks: { keys: [...keys.keys] as never },
    cookies: { keys: [...keys.cookies] },
    routes: PATHS,
    ttl: TTL,
    clockTolerance: CLOCK_TOLERANCE,
    scopes: [...OTHER_SCOPES],
    claims: { openid: ['sub'], fhirUser: ['fhirUser'], profile: ['name'] },
    responseTypes: ['code'],
    clientAuthMethods: ['private_key_jwt', 'none'],
    clientDefaults: { token_endpoint_auth_method: 'private_key_jwt' },
    enabledJWA: {
      clientAuthSigningAlgValues: ALGORITHMS as never,
      idTokenSigningAlgValues: ['RS256', 'ES384'],
    },
    pkce: { required: () => true },
    // An assertion that is good for long is a secret that is good for long.
    assertJwtClientAuthClaimsAndHeader: async (ctx, claims, header) => {
      const most = Math.floor(Date.now() / 1000) + LONGEST_ASSERTION + CLOCK_TOLERANCE
      if (Number(claims.exp) > most)
        throw new errors.InvalidClientAuth('the assertion may be good for five minutes at most')
      // Made from the settings alone, whatever the request says of where it was sent.
      const audiences = [issuer, ...Object.values(PATHS).map((path) => issuer + path)]
      if (![claims.aud].flat().some((one) => audiences.includes(textOf(one))))
        throw new errors.InvalidClientAuth('aud must be the token endpoint of this server')
      const { jku } = header
      if (jku !== undefined && jku !== ctx.oidc.client?.jwksUri)
        throw new errors.InvalidClientAuth('jku must be the registered jwks_uri')
      for (const name of ['jwk', 'x5u', 'x5c'])
        if (name in header)
          throw new errors.InvalidClientAuth(`the header of an assertion may have no ${name}`)
    },
    extraParams: {
      aud: (_ctx: unknown, value: string | undefined) => {
        if (value?.replace(/\/$/, '') !== baseUrl)
          throw new errors.InvalidRequest(`aud must be the FHIR base, ${baseUrl}`)
      },
      launch: null,
    },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      rpInitiatedLogout: { enabled: false },
      introspection: {
        enabled: true,
        allowedPolicy: (_ctx, client, token) => isTheirs(registry, client, token),
      },
      revocation: {
        enabled: true,
        allowedPolicy: (_ctx, client, token) => isTheirs(registry, client, token),
      },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => baseUrl,
        useGrantedResource: () => true,
        getResourceServerInfo: async (ctx, resource, client) => {
          if (resource !== baseUrl) throw new errors.InvalidTarget()
          const registered = await registry.client(client.clientId)
          if (registered === undefined) throw new errors.InvalidClient('client not found')
          return {
            scope: grantedScopes(ctx, registered, registry),
            audience: baseUrl,
            accessTokenFormat: 'opaque',
          }
        },
      },
    },
    // Of people who only just signed in nothing is remembered: each authorisation asks.
    loadExistingGrant: async (ctx) => {
      const grantId = ctx.oidc.result?.consent?.grantId
      return grantId === undefined ? undefined : ctx.oidc.provider.Grant.find(grantId)
    },
    expiresWithSession: async () => false,
    // An app that runs in a browser asks from where it is sent back to.
    clientBasedCORS: (_ctx, origin, client) =>
      client.clientAuthMethod === 'none' &&
      (client.redirectUris ?? []).some((uri) => URL.parse(uri)?.origin === origin),
    findAccount: async (_ctx, login) => {
      const person = registry.person(login)
      if (person === undefined) return undefined
      return {
        accountId: person.login,
        claims: async () => ({
          sub: person.login,
          name: person.name,
          fhirUser: `${baseUrl}/${person.user}`,
        }),
      }
    },
    extraTokenClaims: async (_ctx, token) => await claimsOf(token as unknown as Issued, options),
    interactions: {
      url: (_ctx, { uid }) => `${new URL(issuer).pathname}/sign-in/${uid}`,
    },
    renderError: (ctx, { error, error_description }) => {
      ctx.type = 'html'
      ctx.body = options.errorPage(
        'This did not work',
        `The app sent something that this server does not take: ${error_description ?? error}`,
      )
    },
    fetch: (url, init) => {
      if (!isSafeUrl(url instanceof Request ? url.url : url.toString()))
        throw new Error('not over https')
      // oidc-provider's way to the network refuses private addresses, which is for clients that register themselves; these
      // were registered by who runs the server, and may well be in the same building.
      const { dispatcher: _, ...rest } = init ?? {}
      return fetch(url, { ...rest, redirect: 'error', signal: AbortSignal.timeout(5000) })
    },
  }
}

type OfClient = { readonly clientId?: string | undefined }

/** Whose tokens a client is told about, and may revoke. */
const isTheirs = async (registry: Registry, client: OfClient, token: OfClient): Promise<boolean> =>
  token.clientId === client.clientId || isAdministrator(registry, client.clientId ?? '')

const isAdministrator = async (registry: Registry, id: string): Promise<boolean> =>
  (await registry.client(id))?.roles.includes('administrator') ?? false

/**
 * What is granted of what is asked: as far as it is registered, of the level that the flow has, and fits the person. The
 * parameters of the request are made to say the same, so that everything behind this asks for no more.
 */
function grantedScopes(ctx: KoaContextWithOIDC, client: Client, registry: Registry): string {
  const { entities, params, session } = ctx.oidc
  const source = entities.AuthorizationCode ?? entities.RefreshToken
  const asked = textOf(source?.scope ?? params?.scope)
  const isSystem = params?.grant_type === 'client_credentials'
  const login = source?.accountId ?? session?.accountId
  const person = login === undefined ? undefined : registry.person(login)
  const granted = intersect(parseScopes(asked), client.scopes)
    .filter((scope) => fits(scope, isSystem, person))
    .map(formatScope)
  if (source === undefined && params !== undefined) {
    const others = isSystem ? [] : asked.split(' ').filter((one) => client.others.includes(one))
    if (granted.length + others.length === 0)
      throw new errors.InvalidScope(
        asked === ''
          ? 'ask for scopes, as in scope=system/Observation.rs'
          : 'none of these scopes is registered for the client',
        asked,
      )
    params.scope = [...others, ...granted].join(' ')
  }
  return granted.join(' ')
}

function fits({ level }: Scope, isSystem: boolean, person: Person | undefined): boolean {
  if (isSystem || level === 'system') return isSystem && level === 'system'
  // Who is a patient only is not let loose on what a user of the organisation may see.
  const isOnlyPatient = person !== undefined && person.roles.every((role) => role === 'patient')
  return level === 'patient' || !isOnlyPatient
}

type Issued = {
  readonly clientId: string
  readonly accountId?: string
  readonly grantId?: string
}

async function claimsOf(
  { clientId, accountId, grantId }: Issued,
  { registry, notes, baseUrl }: Pick<IssuerOptions, 'registry' | 'notes' | 'baseUrl'>,
): Promise<TokenClaims> {
  const client = await registry.client(clientId)
  if (client === undefined) throw new errors.InvalidClient('client not found')
  const person = accountId === undefined ? undefined : registry.person(accountId)
  const chosen =
    grantId === undefined
      ? undefined
      : keptValue<string>(await notes.read(noteName('launch', grantId)))
  const patient = person?.patient ?? chosen
  const { organization, roles } = person ?? client
  return {
    client_name: client.name,
    organization,
    roles,
    ...(person === undefined ? {} : { fhirUser: `${baseUrl}/${person.user}` }),
    ...(patient === undefined ? {} : { patient }),
    ...(client.purposes.length === 0 ? {} : { purpose_of_use: client.purposes }),
  }
}

/** That a token was issued, or revoked by who may. */
async function logToken(ctx: KoaContextWithOIDC, options: IssuerOptions): Promise<void> {
  const { registry } = options
  const { AccessToken, ClientCredentials, RefreshToken } = ctx.oidc.entities
  const token = AccessToken ?? ClientCredentials ?? RefreshToken
  const client = await registry.client(ctx.oidc.client?.clientId ?? '')
  if (token === undefined || client === undefined) return
  const isNew = ctx.path === PATHS.token
  if (!isNew && !(await isTheirs(registry, { clientId: client.id }, token))) return
  const login = 'accountId' in token ? token.accountId : undefined
  const person = login === undefined ? undefined : registry.person(login)
  await options.onSignIn({
    ...signInOf(client, ctx.req),
    event: isNew ? 'token' : 'revocation',
    ...(person === undefined ? {} : { user: person.user, organization: person.organization }),
  })
}

/** SMART's additions to the answer of the token endpoint: the patient of the launch, and all scopes that were granted. */
async function complete(ctx: KoaContextWithOIDC, options: IssuerOptions): Promise<void> {
  const { AccessToken, AuthorizationCode, RefreshToken, Grant } = ctx.oidc.entities
  if (AccessToken === undefined) return
  const source = AuthorizationCode ?? RefreshToken
  const others =
    Grant === undefined || source === undefined
      ? ''
      : Grant.getOIDCScopeFiltered(new Set(textOf(source.scope).split(' ')))
  const { patient } = await claimsOf(AccessToken as unknown as Issued, options)
  const scope = [others, AccessToken.scope ?? ''].filter((one) => one !== '').join(' ')
  ctx.body = {
    ...(ctx.body as object),
    scope,
    ...(patient !== undefined && hasPatientScope(scope) ? { patient } : {}),
  }
}
