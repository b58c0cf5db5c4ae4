// Common Korean given names' syllables and family names, to put names together from.
// Must not be a table of what finds what.
import { finds } from '../room.ts'

export const SURNAMES =
  '김 이 박 최 정 강 조 윤 장 임 한 오 서 신 권 황 안 송 류 전 홍 고 문 양 손 배 백 허 남 심'.split(
    ' ',
  )

export const SYLLABLES =
  '민 수 준 서 연 지 우 현 영 희 성 진 은 주 하 윤 도 예 재 호 경 미 정 석 철 훈 태 혜 선 동 원 유 나 린 빈 아 승 규 상 욱 식 효 인 기'.split(
    ' ',
  )

export const RUSSIAN =
  'Юрий Юлия Мария Наталья Татьяна Дмитрий Сергей Андрей Алексей Фёдор Пётр Артём Илья Игорь Зоя Щербакова Цветаева Жуков Хабаров Шишкин Васильев Соловьёв Алексеев Андреева Егоров Ерёмин Яковлев Царёв Чехов Михайлов Кириллова'.split(
    ' ',
  )

export const KAZAKH =
  'Сейтқали Айгерім Нұрланов Ерлан Қасымов Әлихан Өтегенов Төлегенова Сағындықов Ысқақова Ғабдуллин Жұмабаев Мөлдір Гүлнар Таңат Һарон Әбдіров Жақсылықова'.split(
    ' ',
  )

/** Whether a Patient of this name is found by `name=`. */
export const isFound = (name: Readonly<Record<string, unknown>>, query: string): boolean =>
  finds({ resourceType: 'Patient', name: [name] }, `name=${query}`)
