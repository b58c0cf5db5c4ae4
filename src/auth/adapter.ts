// Where oidc-provider keeps what it issues: in the notes of the store, so that all processes on it know the same.
// https://github.com/panva/node-oidc-provider/blob/main/docs/README.md#adapter
// Must not let a code or an assertion be used twice, whichever processes see it, nor keep a token by its value.
import { randomBytes } from 'node:crypto'
import { errors, type Adapter, type AdapterPayload } from 'oidc-provider'
import type { Notes } from '../store/indexing.ts'
import type { Client } from './client.ts'
import { allNotes, keptText, keptValue, noteName } from './note.ts'

/** Both are access tokens: one look-up finds either. */
const TOKENS = new Set(['AccessToken', 'ClientCredentials'])

/** Where a token's note is. */
export const tokenNote = (token: string): string => noteName('token', token)

/** A text of one's own: who wrote a note first knows it again. */
const mark = (): string => randomBytes(9).toString('base64url')

/** @param metadata of a client, as oidc-provider wants it */
export const adapterFor =
  (notes: Notes, metadata: (id: string) => Promise<AdapterPayload | undefined>) =>
  (model: string): Adapter => {
    const nameOf = (id: string): string => noteName(TOKENS.has(model) ? 'token' : model, id)
    const ofGrant = (grant: string): string => `${noteName('grant', grant)}.`
    const read = async (name: string): Promise<AdapterPayload | undefined> =>
      keptValue<AdapterPayload>(await notes.read(name))
    return {
      upsert: async (id, payload, expiresIn = 0) => {
        const until = Date.now() + expiresIn * 1000
        const name = nameOf(id)
        const { jti: _, ...rest } = payload
        if (model === 'ReplayDetection') {
          const text = keptText(mark(), until)
          if ((await notes.writeOnce(name, text)) !== text)
            throw new errors.InvalidClientAuth('client assertion tokens must only be used once')
          return
        }
        await notes.write(name, keptText(rest, until))
        const { grantId, uid } = payload
        if (grantId !== undefined && model !== 'Session')
          await notes.write(ofGrant(grantId) + name, keptText(name, until))
        if (uid !== undefined && model === 'Session')
          await notes.write(noteName('uid', uid), keptText(name, until))
      },
      find: async (id) => {
        if (model === 'Client') return metadata(id)
        const found = await read(nameOf(id))
        if (found === undefined || (TOKENS.has(model) && found.kind !== model)) return undefined
        return { ...found, jti: id }
      },
      findByUid: async (uid) => {
        const name = keptValue<string>(await notes.read(noteName('uid', uid)))
        return name === undefined ? undefined : read(name)
      },
      // Flows on devices without a browser are not offered.
      findByUserCode: async () => undefined,
      consume: async (id) => {
        const name = nameOf(id)
        const found = await read(name)
        if (found === undefined) throw new errors.InvalidGrant('it is not valid any more')
        const until = (found.exp ?? 0) * 1000
        const text = keptText(mark(), until)
        if ((await notes.writeOnce(`${name}.used`, text)) !== text)
          throw new errors.InvalidGrant('it has been used already')
        await notes.write(
          name,
          keptText({ ...found, consumed: Math.floor(Date.now() / 1000) }, until),
        )
      },
      destroy: (id) => notes.write(nameOf(id), undefined),
      revokeByGrantId: async (grant) => {
        for await (const { name, text } of allNotes(notes, ofGrant(grant))) {
          const revoked = keptValue<string>(text)
          if (revoked !== undefined) await notes.write(revoked, undefined)
          await notes.write(name, undefined)
        }
      },
    }
  }

/** A client as oidc-provider has it. */
export function metadataOf(client: Client): AdapterPayload {
  const { redirectUris, others } = client
  const isPublic = client.jwks === undefined && client.jwksUri === undefined
  const isForPeople = redirectUris.length > 0
  return {
    client_id: client.id,
    client_name: client.name,
    token_endpoint_auth_method: isPublic ? 'none' : 'private_key_jwt',
    ...(client.jwks === undefined ? {} : { jwks: client.jwks }),
    ...(client.jwksUri === undefined ? {} : { jwks_uri: client.jwksUri }),
    redirect_uris: redirectUris,
    response_types: isForPeople ? ['code'] : [],
    grant_types: [
      ...(isForPeople ? ['authorization_code'] : []),
      ...(isForPeople && others.includes('offline_access') ? ['refresh_token'] : []),
      ...(isPublic ? [] : ['client_credentials']),
    ],
    application_type: redirectUris.every((uri) => uri.startsWith('https:')) ? 'web' : 'native',
  }
}
