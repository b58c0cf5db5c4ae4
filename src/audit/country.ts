// The country of an organization, as its Organization says it; looked up once in a while.
// https://hl7.org/fhir/R4/organization.html
// Must not hold up a request over and over for one that isn't there.
import type { Resource } from '../fhir/message.ts'
import type { Store } from '../store/store.ts'

const KEPT_MS = 60_000
const MOST = 10_000

type Known = { readonly country: string | undefined; readonly until: number }

/** Countries (ISO 3166-1 alpha-2) of organizations by their ids. */
export type Countries = (
  organizations: ReadonlySet<string>,
) => Promise<(organization: string) => string | undefined>

export function createCountries(store: Pick<Store, 'read'>): Countries {
  const known = new Map<string, Known>()
  const learn = async (id: string): Promise<void> => {
    const text = (await store.read('Organization', id))?.text
    if (known.size >= MOST) known.clear()
    const country = text === undefined ? undefined : countryOf(JSON.parse(text) as Resource)
    known.set(id, { country, until: Date.now() + KEPT_MS })
  }
  return async (organizations) => {
    const now = Date.now()
    for (const id of organizations) if ((known.get(id)?.until ?? 0) <= now) await learn(id)
    return (id) => known.get(id)?.country
  }
}

/** Of its first address with two letters for it, else of its tag. */
function countryOf({ address, meta }: Resource): string | undefined {
  const places = (Array.isArray(address) ? address : []) as { readonly country?: unknown }[]
  for (const { country } of places)
    if (typeof country === 'string' && /^[A-Z]{2}$/.test(country)) return country
  const tags = (meta?.tag ?? []) as { readonly system?: unknown; readonly code?: unknown }[]
  const tag = tags.find(({ system }) => system === 'urn:iso:std:iso:3166')
  return typeof tag?.code === 'string' ? tag.code : undefined
}
