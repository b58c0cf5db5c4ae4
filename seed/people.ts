// Everybody in the demonstration network, as a table. Names are put together from common name lists;
// a family name and a given name meet here by chance. The finding steers the measured values.
// A row: id | sex, birth date, finding, passport if the person travels | names, each behind its
// language ('hanja' for Korean ideographs). A Russian name alone also gets its Latin form.

import type { HumanName } from 'fhir/r4.js'
import type { SiteKey } from './site.ts'
import { hangul, hanja, kazakh, latin, russian, russianAndLatin } from './name.ts'

const TABLE: [site: SiteKey, country: Person['country'], rows: string][] = [
  [
    'busan',
    'KR',
    `
kim-minjun     | m 1985-04-12 lipids   | ko 김 민준 | en Kim Minjun
lee-younghee   | f 1958-09-30 pressure | ko 이 영희 | hanja 李 英姬 | en Lee Younghee
park-jihyun    | f 1990-01-25 anaemia  | ko 박 지현 | hanja 朴 智賢 | en Park Jihyun
choi-seungho   | m 1970-07-08 diabetes | ko 최 승호 | en Choi Seungho
jung-sujin     | f 1982-11-19 healthy  | ko 정 수진 | en Jung Sujin
jeong-sujin    | f 1982-06-02 healthy  | ko 정 수진 | en Jeong Sujin
kang-daehyun   | m 1963-02-14 heart    | ko 강 대현 | en Kang Daehyun
cho-eunji      | f 1995-05-05 healthy  | ko 조 은지 | en Cho Eunji
yoon-sangwoo   | m 1977-12-21 liver    | ko 윤 상우 | en Yoon Sangwoo
han-dongwook   | m 1955-03-17 kidney   | ko 한 동욱 | en Han Dongwook
oh-miran       | f 1967-10-01 lipids   | ko 오 미란 | en Oh Miran
shin-woojin    | m 2001-08-23 healthy  | ko 신 우진 | en Shin Woojin`,
  ],
  [
    'moscow',
    'RU',
    `
petrova-elena      | f 1978-03-14 lipids passport   | ru Петрова Елена Сергеевна
smirnov-ivan       | m 1969-06-27 pressure          | ru Смирнов Иван Петрович
kuznetsova-olga    | f 1985-12-02 healthy           | ru Кузнецова Ольга Андреевна
sokolov-dmitrii    | m 1974-01-31 diabetes passport | ru Соколов Дмитрий Олегович
popova-mariia      | f 1991-08-16 anaemia           | ru Попова Мария Ильинична
lebedev-pavel      | m 1962-05-09 kidney            | ru Лебедев Павел Юрьевич
novikova-tatiana   | f 1980-10-20 healthy           | ru Новикова Татьяна Игоревна
morozov-aleksandr  | m 1957-02-28 pressure          | ru Морозов Александр Фёдорович
volkova-natalia    | f 1988-07-07 healthy           | ru Волкова Наталья Дмитриевна
solovev-igor       | m 1971-11-11 liver             | ru Соловьёв Игорь Максимович
pak-svetlana       | f 1966-04-03 lipids passport   | ru Пак Светлана Ивановна | ko 박 스베틀라나
vasileva-anna      | f 1994-09-12 healthy           | ru Васильева Анна Павловна
zaitsev-maksim     | m 1983-03-30 healthy           | ru Зайцев Максим Романович
shcherbakova-iuliia | f 1976-06-18 lipids           | ru Щербакова Юлия Евгеньевна`,
  ],
  [
    'vladivostok',
    'RU',
    `
kim-aleksei        | m 1972-08-15 heart passport    | ru Ким Алексей Викторович | ko 김 알렉세이
tsoi-irina         | f 1981-01-09 healthy           | ru Цой Ирина Владимировна | ko 최 이리나
khabarov-sergei    | m 1965-10-25 pressure passport | ru Хабаров Сергей Николаевич
orlova-galina      | f 1959-12-30 diabetes          | ru Орлова Галина Степановна
fedorov-nikita     | m 1990-05-22 healthy           | ru Фёдоров Никита Алексеевич
makarova-daria     | f 1987-02-11 anaemia           | ru Макарова Дарья Кирилловна
egorov-viktor      | m 1968-09-04 liver             | ru Егоров Виктор Васильевич
nikitina-vera      | f 1953-04-19 kidney            | ru Никитина Вера Борисовна
li-valentin        | m 1979-07-28 lipids passport   | ru Ли Валентин Сергеевич | ko 이 발렌틴
zhukova-anastasiia | f 1996-11-06 healthy           | ru Жукова Анастасия Антоновна`,
  ],
  [
    'almaty',
    'KZ',
    `
seitkali-aigerim   | f 1984-05-17 heart passport    | kk Сейтқали Айгерім | ru Сейткали Айгерим | en Seitkali Aigerim
nurlanov-erlan     | m 1968-12-08 diabetes passport | kk Нұрланов Ерлан Бақытұлы | ru Нурланов Ерлан | en Nurlanov Yerlan
akhmetova-dana     | f 1993-03-08 healthy           | ru Ахметова Дана | en Akhmetova Dana
kassymov-alikhan   | m 1961-09-21 heart passport    | kk Қасымов Әлихан | ru Касымов Алихан | en Kassymov Alikhan
ospanova-gulnara   | f 1970-02-15 pressure          | kk Оспанова Гүлнара | ru Оспанова Гульнара | en Ospanova Gulnara
zhumabaev-marat    | m 1975-06-30 lipids            | kk Жұмабаев Марат | ru Жумабаев Марат | en Zhumabaev Marat
ibragimova-saule   | f 1956-11-27 kidney            | kk Ибрагимова Сәуле | ru Ибрагимова Сауле | en Ibragimova Saule
tsoi-roman         | m 1986-08-02 healthy           | ru Цой Роман Геннадьевич | ko 최 로만
abdrakhmanov-timur | m 1999-01-14 healthy           | ru Абдрахманов Тимур | en Abdrakhmanov Timur
omarova-zhanar     | f 1979-10-10 anaemia           | kk Омарова Жанар | ru Омарова Жанар | en Omarova Zhanar
serikova-aliia     | f 1997-04-26 healthy           | kk Серікова Әлия | ru Серикова Алия | en Serikova Aliya
serikov-arlan      | m 2025-03-11 healthy           | kk Серіков Арлан | ru Сериков Арлан | en Serikov Arlan`,
  ],
  [
    'aktobe',
    'KZ',
    `
bekov-daniiar        | m 1964-07-19 heart    | kk Беков Данияр | ru Беков Данияр | en Bekov Daniyar
tulegenova-asel      | f 1989-12-12 healthy  | kk Төлегенова Әсел | ru Тулегенова Асель | en Tulegenova Assel
sagyndykov-ruslan    | m 1972-02-03 pressure | kk Сағындықов Руслан | ru Сагындыков Руслан | en Sagyndykov Ruslan
iskakova-madina      | f 1960-06-06 diabetes | kk Ысқақова Мадина | ru Искакова Мадина | en Iskakova Madina
karimov-askar        | m 1954-10-18 heart    | kk Кәрімов Асқар | ru Каримов Аскар | en Karimov Askar
zhaksylykova-botagoz | f 1992-08-29 anaemia  | kk Жақсылықова Ботагөз | ru Жаксылыкова Ботагоз | en Zhaksylykova Botagoz
utegenova-zarina     | f 1994-01-20 healthy  | kk Өтегенова Зарина | ru Утегенова Зарина | en Utegenova Zarina
utegenov-dias        | m 2025-05-02 healthy  | kk Өтегенов Диас | ru Утегенов Диас | en Utegenov Dias
utegenova-dina       | f 2025-05-02 healthy  | kk Өтегенова Дина | ru Утегенова Дина | en Utegenova Dina`,
  ],
  [
    'ship',
    'KR',
    `
bae-junho    | m 1988-03-03 healthy passport  | ko 배 준호 | en Bae Junho
seo-taeyang  | m 1992-09-19 healthy passport  | ko 서 태양 | en Seo Taeyang
moon-kyungho | m 1966-01-22 pressure passport | ko 문 경호 | en Moon Kyungho`,
  ],
  [
    'ship',
    'RU',
    `
gusev-anton  | m 1980-05-13 healthy passport  | ru Гусев Антон Леонидович
belov-oleg   | m 1973-12-24 diabetes passport | ru Белов Олег Тимофеевич
krylov-artem | m 1995-06-08 healthy passport  | ru Крылов Артём Денисович`,
  ],
]

export type Finding =
  'healthy' | 'lipids' | 'pressure' | 'diabetes' | 'anaemia' | 'kidney' | 'liver' | 'heart'

export type Person = {
  id: string
  /** Counts through the whole table; numbers and telephones are made from it. */
  n: number
  site: SiteKey
  country: 'KR' | 'RU' | 'KZ'
  sex: 'male' | 'female'
  birthDate: string
  language: 'ko' | 'ru' | 'kk'
  names: HumanName[]
  finding: Finding
  passport: boolean
  /** The same human's record at the person's own site. */
  sameAs?: string
}

function namesOf(text: string, country: Person['country']): HumanName[] {
  const cells = text.split('|').map((cell) => cell.trim().split(/\s+/))
  const hasLatin = cells.some(([language]) => language === 'en')
  return cells.flatMap(([language, family = '', ...given]) => {
    switch (language) {
      case 'ko':
        return hangul(family, given.join(''), country === 'KR' ? '' : ' ')
      case 'hanja':
        return hanja(family, given.join(''))
      case 'kk':
        return kazakh(family, ...given)
      case 'ru':
        return hasLatin ? russian(family, ...given) : russianAndLatin(family, ...given)
      default:
        return latin(family, ...given)
    }
  })
}

function read(): Person[] {
  let n = 0
  return TABLE.flatMap(([site, country, rows]) =>
    rows
      .trim()
      .split('\n')
      .map((row) => {
        const [id = '', facts = '', ...names] = row.split('|').map((cell) => cell.trim())
        const [sex, birthDate = '', finding = 'healthy', passport] = facts.split(/\s+/)
        const kazakhSpeaker = names.some((name) => name.startsWith('kk '))
        return {
          id,
          site,
          country,
          birthDate,
          n: ++n,
          sex: sex === 'm' ? ('male' as const) : ('female' as const),
          language:
            country === 'KR' ? ('ko' as const) : kazakhSpeaker ? ('kk' as const) : ('ru' as const),
          names: namesOf(names.join('|'), country),
          finding: finding as Finding,
          passport: passport === 'passport',
        }
      }),
  )
}

const table = read()

/** The person with that id; a story that names nobody is a mistake in the story. */
export function person(id: string): Person {
  const found = [...table, ...guests].find((one) => one.id === id)
  if (found === undefined) throw new Error(`No person ${id}`)
  return found
}

// The Busan hospital's own records of three people who came from abroad. They share only the
// passport number with the records at home.
const guests: Person[] = []
for (const id of ['kim-aleksei', 'petrova-elena', 'nurlanov-erlan']) {
  guests.push({ ...person(id), id: `${id}-busan`, site: 'busan', sameAs: id })
}

export const people: Person[] = [...table, ...guests]
