// Where notifications may go: the list of an operator, or loopback in open mode; and never by a name to an address of the
// inner network that the list doesn't have. docs/operations.md
// Must not be asked only once: a name may mean another address at the next call.
import { lookup as lookUp } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'
import type { Config } from '../config.ts'

export type Endpoints = {
  /** Why nothing may be sent there; undefined where it may. */
  refusal(endpoint: string): string | undefined
  /** Looks up a name for a connection; fails where it means addresses of the inner network. */
  readonly lookup: LookupFunction
}

const RANGE = /^([0-9a-fA-F.:]+)\/(\d{1,3})$/

/** What is wrong with an item of the list; undefined for a URL prefix and for a range of addresses. */
export function wrongItem(item: string): string | undefined {
  const [, address, bits] = RANGE.exec(item) ?? []
  if (address !== undefined) {
    const family = isIP(address)
    return family !== 0 && Number(bits) <= (family === 4 ? 32 : 128)
      ? undefined
      : `"${item}" is no range of addresses such as 10.20.0.0/16`
  }
  const url = URL.parse(item)
  return url !== null && /^https?:$/.test(url.protocol) && plain(url) && url.search === ''
    ? undefined
    : `"${item}" is no http or https URL without query, and no range of addresses`
}

export function createEndpoints({
  auth,
  subscriptionEndpoints,
}: Pick<Config, 'auth' | 'subscriptionEndpoints'>): Endpoints {
  const prefixes = subscriptionEndpoints.filter((item) => !RANGE.test(item)).map((i) => new URL(i))
  const allowed = new BlockList()
  for (const item of subscriptionEndpoints) {
    const [, address, bits] = RANGE.exec(item) ?? []
    if (address !== undefined) allowed.addSubnet(address, Number(bits), familyOf(address))
  }
  const isLocal = auth === 'open' && subscriptionEndpoints.length === 0
  return {
    refusal: (endpoint) => {
      const url = URL.parse(endpoint)
      if (url === null || !/^https?:$/.test(url.protocol))
        return 'The endpoint must be an absolute http or https URL'
      if (!plain(url)) return 'The endpoint must have neither credentials nor a fragment'
      if (isLocal)
        return isLoopbackName(url.hostname)
          ? undefined
          : 'Notifications may go to this machine only, unless SUBSCRIPTION_ENDPOINTS names others'
      return prefixes.some((prefix) => isBelow(url, prefix))
        ? undefined
        : 'The endpoint is not among those that this server may send to; its operator names them in SUBSCRIPTION_ENDPOINTS'
    },
    lookup: (name, options, callback) => {
      lookUp(name, { ...options, all: true }, (error, addresses) => {
        if (error !== null) {
          callback(error, [])
          return
        }
        const fit = addresses.filter(
          ({ address }) =>
            !isInner(address) ||
            allowed.check(address, familyOf(address)) ||
            (isLoopbackName(name) && LOOPBACK.check(address, familyOf(address))),
        )
        const first = fit[0]
        if (first === undefined)
          callback(new Error('its name means an address of the inner network'), [])
        else if (options.all === true) callback(null, fit)
        else callback(null, first.address, first.family)
      })
    },
  }
}

const plain = (url: URL): boolean => url.username === '' && url.password === '' && url.hash === ''

const familyOf = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 6 ? 'ipv6' : 'ipv4')

/** At or under the prefix, at a boundary of its path. */
function isBelow(url: URL, prefix: URL): boolean {
  if (url.origin !== prefix.origin) return false
  const path = prefix.pathname.replace(/\/$/, '')
  return url.pathname === path || url.pathname.startsWith(`${path}/`)
}

const LOOPBACK = new BlockList()
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4')
LOOPBACK.addAddress('::1', 'ipv6')

function isLoopbackName(host: string): boolean {
  const name = host.replace(/^\[|\]$/g, '').toLowerCase()
  return name === 'localhost' || (isIP(name) !== 0 && LOOPBACK.check(name, familyOf(name)))
}

/** https://www.iana.org/assignments/iana-ipv4-special-registry, …-ipv6-special-registry */
const INNER = new BlockList()
for (const [address, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
  ['::', 127],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const)
  INNER.addSubnet(address, bits, familyOf(address))

const isInner = (address: string): boolean => INNER.check(address, familyOf(address))
