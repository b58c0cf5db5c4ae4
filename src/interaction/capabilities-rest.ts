// CapabilityStatement.rest: resource types with their interactions, search parameters, includes and operations.
// https://hl7.org/fhir/R4/capabilitystatement.html
// Must not list what no stage of a request knows.
import type { Endpoints } from '../auth/endpoints.ts'
import type { Context } from '../context.ts'
import { MOST_LINKS } from '../search/chain.ts'
import { MODIFIERS } from '../search/filter.ts'
import { operations, type Level } from '../operation/operations.ts'
import { BACKPORT } from '../subscription/notification.ts'
import { websocketUrl } from '../subscription/token.ts'
import { topics } from '../subscription/topic.ts'

const INTERACTIONS = [
  'read',
  'vread',
  'update',
  'patch',
  'delete',
  'history-instance',
  'history-type',
  'create',
  'search-type',
].map((code) => ({ code }))

const SYSTEM_INTERACTIONS = ['transaction', 'batch', 'search-system', 'history-system'].map(
  (code) => ({ code }),
)

// No element of a CapabilityStatement has room for the modifiers of a search parameter.
const SEARCH = [
  `Modifiers by type of parameter: ${Object.entries(MODIFIERS)
    .filter(([, names]) => names.length > 0)
    .map(([type, names]) => `${type} ${names.map((name) => `:${name}`).join(' ')}`)
    .join('; ')}; a reference also takes a resource type.`,
  `Chains and _has go along ${MOST_LINKS} references at most, mixed and nested.`,
  '_include and _revinclude take :iterate; what does not fit beside a page follows on pages of its own.',
  '_contained and _containedType work on one type.',
].join(' ')

/** Parameters of every type that have no entry of their own in R4's registry, or go beyond one type. */
const OF_ALL = [
  { name: '_filter', type: 'special', documentation: 'https://hl7.org/fhir/R4/search_filter.html' },
  { name: '_has', type: 'special', documentation: '_has:Type:reference:parameter=value' },
  { name: '_list', type: 'special', documentation: 'The id of a List; no functional lists' },
]

/**
 * @param normative leave out the elements that R4 has for trial use
 * @param endpoints of the authorisation server, as far as known
 */
export function restOf(
  context: Context,
  normative: boolean,
  endpoints: Endpoints | undefined,
): object {
  const { definitions } = context
  const includes = normative ? undefined : includesOf(context)
  return {
    ...(normative ? {} : { extension: [websocketOf(context)] }),
    mode: 'server',
    ...(normative
      ? {}
      : {
          security: {
            ...(endpoints === undefined ? {} : { extension: [urisOf(endpoints)] }),
            cors: context.config.corsOrigins !== '',
            ...(context.endpoints === undefined ? OPEN : OAUTH),
          },
        }),
    resource: definitions.resourceTypes.map((type) => ({
      ...(type === 'Subscription' && !normative ? { extension: topicsOffered() } : {}),
      type,
      profile: `http://hl7.org/fhir/StructureDefinition/${type}`,
      ...(type === 'Subscription'
        ? { supportedProfile: [`${BACKPORT}/backport-subscription`] }
        : {}),
      interaction: INTERACTIONS,
      ...(includes === undefined
        ? {}
        : {
            ...trialUse(context),
            searchInclude: ['*', ...includes.from(type)],
            searchRevInclude: ['*', ...includes.to(type)],
          }),
      searchParam: parametersOf(type, context),
      operation: operationsAt(['type', 'instance', 'version'], type),
    })),
    documentation: SEARCH,
    interaction: SYSTEM_INTERACTIONS,
    searchParam: OF_ALL,
    operation: operationsAt(['system']),
    compartment: [...definitions.compartments.keys()].map(
      (code) => `http://hl7.org/fhir/CompartmentDefinition/${code.toLowerCase()}`,
    ),
  }
}

/** http://hl7.org/fhir/StructureDefinition/capabilitystatement-websocket */
const websocketOf = ({ baseUrl }: Context) => ({
  url: 'http://hl7.org/fhir/StructureDefinition/capabilitystatement-websocket',
  valueUri: websocketUrl(baseUrl),
})

/** What may be subscribed to: https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/components.html */
const topicsOffered = () =>
  [...topics().keys()].map((valueCanonical) => ({
    url: `${BACKPORT}/capabilitystatement-subscriptiontopic-canonical`,
    valueCanonical,
  }))

const OPEN = {
  description: 'Open mode: whoever reaches the server is served; it listens on loopback',
}

const OAUTH = {
  service: [
    {
      coding: [
        {
          system: 'http://terminology.hl7.org/CodeSystem/restful-security-service',
          code: 'SMART-on-FHIR',
        },
      ],
      text: 'OAuth2 using SMART-on-FHIR profile (see http://docs.smarthealthit.org)',
    },
  ],
  description:
    'Access tokens by SMART App Launch and SMART Backend Services; .well-known/smart-configuration says where',
}

/** http://hl7.org/fhir/smart-app-launch/StructureDefinition-oauth-uris.html */
function urisOf(endpoints: Endpoints): object {
  const uris = [
    ['token', endpoints.token_endpoint],
    ['authorize', endpoints.authorization_endpoint],
    ['introspect', endpoints.introspection_endpoint],
    ['revoke', endpoints.revocation_endpoint],
  ]
  return {
    url: 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris',
    extension: uris.flatMap(([url, valueUri]) =>
      valueUri === undefined ? [] : [{ url, valueUri }],
    ),
  }
}

const trialUse = ({ config }: Context) => ({
  versioning: 'versioned-update',
  readHistory: true,
  updateCreate: true,
  conditionalCreate: true,
  conditionalRead: 'full-support',
  conditionalUpdate: true,
  conditionalDelete: config.conditionalDelete,
  referencePolicy:
    config.references === 'enforce' ? ['literal', 'logical', 'enforced'] : ['literal', 'logical'],
})

const parametersOf = (type: string, context: Context): object[] =>
  [...context.parameters.forType(type).values()].map(({ code, url, type: kind }) => ({
    name: code,
    definition: url,
    type: kind === 'words' ? 'string' : kind,
  }))

function operationsAt(levels: readonly Level[], type?: string): object[] {
  return operations
    .filter((o) => o.levels.some((l) => levels.includes(l)) && (!o.type || o.type === type))
    .map(({ name, definition }) => ({ name, definition }))
}

type Includes = {
  /** `Observation:subject` for each reference parameter of the type. */
  from(type: string): readonly string[]
  /**
   * The same of all types whose parameter is about the type among others. Those that may point to any type (80 of them)
   * are under `*`: spelled out for each type they would be more than half of the statement.
   */
  to(type: string): readonly string[]
}

/** No reference parameter of R4 names between 11 types and nearly all of them. */
const ANY = 100

function includesOf({ definitions, parameters }: Context): Includes {
  const own = new Map<string, string[]>()
  const pointing = new Map<string, string[]>(definitions.resourceTypes.map((t) => [t, []]))
  for (const source of definitions.resourceTypes) {
    const names: string[] = []
    for (const { code, type, targets } of parameters.forType(source).values()) {
      if (type !== 'reference') continue
      const name = `${source}:${code}`
      names.push(name)
      if (targets.length < ANY) for (const target of targets) pointing.get(target)?.push(name)
    }
    own.set(source, names)
  }
  return { from: (type) => own.get(type) ?? [], to: (type) => pointing.get(type) ?? [] }
}
