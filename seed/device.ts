// The readers of the diagnosis kits with their cartridge lots, and the programme that reads chest
// films. Lot and serial numbers are counters; the UDI is the GTIN of zeros with its check digit.
// https://hl7.org/fhir/R4/device.html

import type { Device, FhirResource } from 'fhir/r4.js'
import { ref } from './bundle.ts'
import { SID } from './identifier.ts'
import { recordOf } from './meta.ts'
import { sites, type SiteKey } from './site.ts'

const GTIN = '00000000000017'

function reader(site: SiteKey, serial: string): Device {
  const { organization, country } = sites[site]
  return {
    resourceType: 'Device',
    id: `reader-${site}`,
    meta: recordOf(country),
    // By which the device gateway knows it again (src/gateway/names.ts).
    identifier: [{ system: `${SID}/device-serial`, value: serial }],
    udiCarrier: [
      {
        deviceIdentifier: GTIN,
        issuer: 'http://hl7.org/fhir/NamingSystem/gs1',
        jurisdiction: 'http://hl7.org/fhir/NamingSystem/fda-udi',
        carrierHRF: `(01)${GTIN}(21)${serial}`,
        entryType: 'barcode',
      },
    ],
    status: 'active',
    manufacturer: 'Ieum demonstration instruments',
    manufactureDate: '2024-06-01',
    serialNumber: serial,
    deviceName: [{ name: 'Ieum Mobile Reader (demo)', type: 'user-friendly-name' }],
    modelNumber: 'IMR-0',
    type: { text: 'Point-of-care immunoassay and urine strip reader' },
    version: [{ value: '0.0.1' }],
    owner: ref('Organization', organization),
    location: ref('Location', organization),
  }
}

function cartridge(site: SiteKey, kind: keyof typeof cartridges): Device {
  const { organization, country } = sites[site]
  const { name, lot } = cartridges[kind]
  return {
    resourceType: 'Device',
    id: `${kind}-${site}`,
    meta: recordOf(country),
    status: 'active',
    manufacturer: 'Ieum demonstration instruments',
    expirationDate: '2026-12-31',
    lotNumber: lot,
    deviceName: [{ name, type: 'user-friendly-name' }],
    type: { text: name },
    owner: ref('Organization', organization),
    parent: ref('Device', `reader-${site}`),
  }
}

const cartridges = {
  'cardiac-cartridge': { name: 'Cardiac cartridge (demo)', lot: 'LOT-0000-C1' },
  'metabolic-cartridge': { name: 'Metabolic cartridge (demo)', lot: 'LOT-0000-M1' },
  'urine-strip': { name: 'Ten-field urine strip (demo)', lot: 'LOT-0000-U1' },
} as const

/** The programme that marks chest films; it proposes, a radiologist decides. */
const filmReader: Device = {
  resourceType: 'Device',
  id: 'chest-film-ai',
  meta: recordOf('KR'),
  status: 'active',
  manufacturer: 'Ieum demonstration instruments',
  deviceName: [{ name: 'Chest film assistant (demo)', type: 'user-friendly-name' }],
  type: { text: 'Software: image analysis, no real product' },
  version: [{ value: '0.0.1' }],
  owner: ref('Organization', 'busan-hospital'),
}

/** The instruments of the network; a part comes after what it belongs to. */
export function devices(): FhirResource[] {
  const kits: SiteKey[] = ['almaty', 'aktobe', 'ship']
  return [
    ...kits.flatMap((site, i) => [
      reader(site, `SN-0000-${i + 1}`),
      ...(Object.keys(cartridges) as (keyof typeof cartridges)[]).map((kind) =>
        cartridge(site, kind),
      ),
    ]),
    filmReader,
  ]
}
