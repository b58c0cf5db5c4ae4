// Whether something is the work of an algorithm: by who writes it, by what it says of itself, by the Device that made it.
// https://hl7.org/fhir/R4/device.html, docs/network.md, "Results of an AI"
// Must not take an instrument for an algorithm: what a reader measured is a result like others.
import type { Context } from '../context.ts'
import { parseJson } from '../fhir/json.ts'
import type { Resource } from '../fhir/message.ts'
import type { Step } from '../interaction/rule.ts'
import { fieldsOf, textOf } from '../search/emit.ts'
import { listOf, provenancesOf } from './beside.ts'
import { localOf } from './organization-of.ts'

const OWN = 'http://ieum.example/fhir/StructureDefinition'
const FINDING = `${OWN}/ieum-observation-ai-finding`
const SOFTWARE = `${OWN}/ieum-device-software`
const READER = `${OWN}/ieum-device-reader`

/** What only a thing that can be touched has. */
const HARDWARE = [
  ...['serialNumber', 'lotNumber', 'udiCarrier', 'distinctIdentifier', 'manufactureDate'],
  ...['expirationDate', 'parent'],
]

/** Whether who writes is a Device, and none that can be touched. */
export async function isProgram(
  { caller, beside }: Pick<Step, 'caller' | 'beside'>,
  context: Context,
): Promise<boolean> {
  const { user } = caller ?? {}
  if (user?.startsWith('Device/') !== true) return false
  const device = await deviceOf(user, { beside }, context)
  return device === undefined || isSoftware(device) || !isThing(device)
}

/** Whether a version is the result of an algorithm. */
export async function isOfAlgorithm(
  resource: Resource,
  step: Pick<Step, 'type' | 'id' | 'beside'>,
  context: Context,
): Promise<boolean> {
  if (resource.meta?.profile?.includes(FINDING) === true) return true
  const name = `${step.type}/${step.id}`
  const written = provenancesOf(name, step.beside, context)
  if (written.some((one) => isAuthorOf(one, name, context))) return true
  const performers = listOf(resource['performer'])
  const made = [...listOf(resource['device']), ...performers]
  for (const one of made) {
    const local = localOf(one, context)
    if (local?.startsWith('Device/') !== true) continue
    const device = await deviceOf(local, step, context)
    if (device === undefined) continue
    const isAlone = performers.every((by) => localOf(by, context)?.startsWith('Device/') === true)
    if (isSoftware(device) || (isAlone && isBodiless(device))) return true
  }
  return false
}

/** Whether a Provenance says that a Device is the author of something. */
function isAuthorOf(provenance: Resource, target: string, context: Context): boolean {
  if (!listOf(provenance['target']).some((one) => localOf(one, context) === target)) return false
  return listOf(provenance['agent']).some((agent) => {
    const who = localOf(fieldsOf(agent)?.['who'], context)
    return who?.startsWith('Device/') === true && isAuthor(fieldsOf(agent)?.['type'])
  })
}

const isAuthor = (type: unknown): boolean =>
  listOf(fieldsOf(type)?.['coding']).some((coding) => fieldsOf(coding)?.['code'] === 'author')

async function deviceOf(
  local: string,
  { beside }: Pick<Step, 'beside'>,
  { store }: Context,
): Promise<Resource | undefined> {
  const written = beside.get(local)?.()
  if (written !== undefined) return written
  const text = (await store.read('Device', local.slice('Device/'.length)))?.text
  return text === undefined ? undefined : (parseJson(text) as Resource)
}

/** It says so itself. */
function isSoftware(device: Resource): boolean {
  if (device.meta?.profile?.includes(SOFTWARE) === true) return true
  const type = fieldsOf(device['type'])
  const said = [type?.['text'], ...listOf(type?.['coding']).map((c) => fieldsOf(c)?.['display'])]
  return said.some((text) => /software|algorithm|artificial intelligence/i.test(textOf(text) ?? ''))
}

/** It has a version, and nothing that a thing has. */
const isBodiless = (device: Resource): boolean =>
  listOf(device['version']).length > 0 && !isThing(device)

const isThing = (device: Resource): boolean =>
  device.meta?.profile?.includes(READER) === true ||
  HARDWARE.some((element) => device[element] !== undefined)
