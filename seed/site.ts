// The places that send data, and what differs between them: country of record, time, language, units.

import { SID } from './identifier.ts'

export type SiteKey = 'busan' | 'moscow' | 'vladivostok' | 'almaty' | 'aktobe' | 'ship'

export type Site = {
  organization: string
  /** Country of record (ISO 3166-1 alpha-2). */
  country: 'KR' | 'RU' | 'KZ'
  offset: string
  language: 'ko' | 'ru'
  units: 'mass' | 'molar'
  mrSystem: string
  city: string
}

const mr = (country: string, id: string): string => `${SID}/mr/${country}/${id}`
// Eight digits as every institution number has, of a region that doesn't exist.
export const BUSAN_NUMBER = '99999999'

export const sites: Record<SiteKey, Site> = {
  busan: {
    organization: 'busan-hospital',
    country: 'KR',
    offset: '+09:00',
    city: '부산광역시',
    language: 'ko',
    units: 'mass',
    mrSystem: `urn:oid:1.2.410.100110.10.${BUSAN_NUMBER}`,
  },
  moscow: {
    organization: 'moscow-checkup',
    country: 'RU',
    offset: '+03:00',
    city: 'Москва',
    language: 'ru',
    units: 'molar',
    mrSystem: mr('ru', 'moscow-checkup'),
  },
  vladivostok: {
    organization: 'vladivostok-checkup',
    country: 'RU',
    offset: '+10:00',
    language: 'ru',
    units: 'molar',
    mrSystem: mr('ru', 'vladivostok-checkup'),
    city: 'Владивосток',
  },
  almaty: {
    organization: 'almaty-kit',
    country: 'KZ',
    offset: '+05:00',
    city: 'Алматы',
    language: 'ru',
    units: 'molar',
    mrSystem: mr('kz', 'almaty-kit'),
  },
  aktobe: {
    organization: 'aktobe-kit',
    country: 'KZ',
    offset: '+05:00',
    city: 'Ақтөбе',
    language: 'ru',
    units: 'molar',
    mrSystem: mr('kz', 'aktobe-kit'),
  },
  ship: {
    organization: 'ship-haedoji',
    country: 'KR',
    offset: '+09:00',
    city: '부산광역시',
    language: 'ko',
    units: 'mass',
    mrSystem: mr('kr', 'ship-haedoji'),
  },
}
