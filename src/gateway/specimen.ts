// The sample and the device of a result → Specimen and Device.
// profiles/ieum/StructureDefinition-ieum-specimen-kit.json, …-ieum-device-reader.json
// Must not fill in a volume.
import { numberFrom } from '../fhir/json.ts'
import type { Resource } from '../fhir/message.ts'
import { checkUnit } from '../terminology/ucum.ts'
import { spelled } from '../terminology/unit-spelling.ts'
import { conceptOf, IEUM } from './observation.ts'
import { numberOf } from './number.ts'
import type { Problems } from './refused.ts'
import type { DevicePart, Run, SamplePart } from './run.ts'

const UCUM = 'http://unitsofmeasure.org'

/** Of profiles/ieum/ValueSet-sample-units.json. */
const UNITS = ['uL', 'mL']

export function specimenOf(sample: SamplePart, run: Run, problems: Problems): Resource {
  const { volume, type, collected, collectedPlace, received } = sample
  const number = numberOf(volume.value)
  const unit = checkUnit(volume.unit).ok ? volume.unit : (spelled(volume.unit) ?? '')
  const ucum = UNITS.find((one) => one.toLowerCase() === unit.toLowerCase())
  if (volume.value === '') problems.add(101, volume.place, 'The volume of the sample is missing')
  else if (number === undefined || number.comparator !== undefined || !(Number(number.digits) > 0))
    problems.add(102, volume.place, 'The volume of the sample is a number above zero, as in 35')
  if (volume.value !== '' && ucum === undefined)
    problems.add(103, volume.place, 'The volume of a sample is given in uL or mL')
  if (collected === undefined)
    problems.add(101, collectedPlace, 'When the sample was taken is missing')
  return {
    resourceType: 'Specimen',
    meta: { profile: [`${IEUM}/ieum-specimen-kit`] },
    status: 'available',
    type: conceptOf(type, run.sender),
    ...(received === undefined ? {} : { receivedTime: received }),
    collection: {
      ...(collected === undefined ? {} : { collectedDateTime: collected }),
      quantity: {
        value: numberFrom(number?.digits ?? '0'),
        unit: volume.unit,
        system: UCUM,
        code: ucum,
      },
    },
  }
}

export const deviceOf = (
  { serial, name, model, manufacturer }: DevicePart,
  organization: string | undefined,
): Resource => ({
  resourceType: 'Device',
  meta: { profile: [`${IEUM}/ieum-device-reader`] },
  status: 'active',
  ...(manufacturer === undefined ? {} : { manufacturer }),
  serialNumber: serial,
  deviceName: [{ name: name ?? model ?? serial, type: 'user-friendly-name' }],
  ...(model === undefined ? {} : { modelNumber: model }),
  ...(organization === undefined ? {} : { owner: { reference: `Organization/${organization}` } }),
})
