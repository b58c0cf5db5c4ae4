// Who says in which country an organization is: administrators, since what consents mean across borders hangs on it.
// docs/access.md, "Across borders"
// Must not stand in the way of an organization that says anything else of itself, or of those that it refers to.
import { fail } from '../errors.ts'
import type { Change } from '../store/store.ts'
import { message } from '../words/message.ts'
import { countryOf } from './custody.ts'
import type { Seeing } from './seen.ts'

/**
 * @param change whose Organization is stored, or is the caller's own
 * @throws Failure 403 for who would change the country that an Organization says, or say one of the own organization
 */
export async function requireSameCountry(
  { id, content }: Change & { readonly kind: 'put' },
  { store, access: { principal, custody } }: Pick<Seeing, 'store' | 'access'>,
): Promise<void> {
  if (principal.roles.includes('administrator')) return
  const current = await store.read('Organization', id)
  // A deletion doesn't make it anew.
  const before =
    current?.text === undefined && current !== undefined && current.version > 1
      ? await store.vread('Organization', id, current.version - 1)
      : current
  // Others are no organizations of the network until an administrator registers a client of theirs.
  if (before === undefined && id !== custody.organization) return
  const from = before?.text === undefined ? undefined : countryOf(before.text)
  const to = countryOf(`{"resourceType":"Organization"${content.rest}`)
  if (from === to) return
  const none = message('country-none')
  throw fail(
    'forbidden',
    message('organization-country', {
      what: `Organization/${id}`,
      from: from ?? none,
      to: to ?? none,
    }),
    'Organization.address.country',
  )
}
