// People of three countries and how they are registered again elsewhere, with the errors of registers: the same at each run.
// Spellings are those of passports and of the press, written down here by name: Korean surnames by the shares of passport forms
// (Ministry of Foreign Affairs, 2024), Russian ones by ICAO 9303, GOST R 52535.1 and what passports said before, Hangul by the
// National Institute of Korean Language. Must not ask the product how a name is transliterated, or it would judge itself.
import type { Resource } from '../src/fhir/message.ts'
import { random } from './population.ts'

type Random = () => number
type Country = 'KR' | 'RU' | 'KZ'

const pick = <T>(r: Random, list: readonly T[]): T => list[Math.floor(r() * list.length)]!

/** The first spelling is the most frequent. */
const usual = <T>(r: Random, list: readonly T[]): T =>
  r() < 0.6 ? list[0]! : list[Math.floor(r() * list.length)]!

const lines = (text: string): string[][] =>
  text
    .trim()
    .split('\n')
    .map((line) => line.split('|').map((part) => part.trim()))

const words = (text: string | undefined): string[] =>
  (text ?? '').split(' ').filter((word) => word !== '')

/** Hangul, share in a thousand, Latin, Cyrillic. */
const SURNAMES = lines(`
김 | 215 | Kim Kim Kim Gim | Ким
이 | 147 | Lee Lee Lee Yi Rhee | Ли
박 | 84 | Park Park Park Bak Pak | Пак
최 | 47 | Choi Choi Choe | Цой Чхве
정 | 43 | Jung Jeong Chung | Чон
강 | 24 | Kang | Кан
조 | 21 | Cho Jo | Чо
윤 | 21 | Yoon Yun | Юн
장 | 20 | Jang Chang | Чан
임 | 17 | Lim Im | Лим Им
한 | 16 | Han | Хан
오 | 15 | Oh O | О
서 | 15 | Seo Suh | Со
신 | 15 | Shin Sin | Син
권 | 14 | Kwon Gwon | Квон
황 | 14 | Hwang | Хван
안 | 14 | Ahn An | Ан
송 | 14 | Song | Сон
류 | 13 | Ryu Yoo | Рю
홍 | 11 | Hong | Хон
전 | 11 | Jeon Jun | Чон
고 | 9 | Ko Go | Ко
문 | 9 | Moon Mun | Мун
양 | 9 | Yang | Ян
손 | 9 | Son Sohn | Сон
배 | 8 | Bae | Пэ
백 | 8 | Baek Paik | Пэк
허 | 6 | Heo Hur Huh | Хо
남 | 5 | Nam | Нам
심 | 5 | Shim Sim | Сим
노 | 5 | Noh Roh | Но
하 | 4 | Ha | Ха
곽 | 4 | Kwak Gwak | Квак
성 | 4 | Sung Seong | Сон
`)

/** Hangul, Latin, Cyrillic at the beginning and behind. */
const SYLLABLES = lines(`
민 | Min | Мин мин
준 | Jun Joon | Чун джун
서 | Seo | Со со
윤 | Yun Yoon | Юн юн
지 | Ji Jee | Чи джи
우 | Woo U | У у
현 | Hyun Hyeon | Хён хён
수 | Soo Su | Су су
영 | Young Yeong | Ён ён
희 | Hee Hui | Хи хи
은 | Eun | Ын ын
성 | Sung Seong | Сон сон
동 | Dong | Тон дон
재 | Jae | Чэ джэ
호 | Ho | Хо хо
진 | Jin | Чин джин
경 | Kyung Gyeong | Кён гён
미 | Mi Mee | Ми ми
정 | Jung Jeong | Чон джон
하 | Ha | Ха ха
유 | Yu Yoo | Ю ю
아 | Ah A | А а
태 | Tae | Тхэ тхэ
상 | Sang | Сан сан
원 | Won | Вон вон
혜 | Hye | Хе хе
주 | Ju Joo | Чу джу
선 | Sun Seon | Сон сон
석 | Seok Suk | Сок сок
나 | Na | На на
`)

/** Cyrillic, Latin, Hangul. */
const RUSSIAN: Record<'male' | 'female', string[][]> = {
  male: lines(`
Александр | Aleksandr Alexander Alexandr | 알렉산드르
Сергей | Sergei Sergey | 세르게이
Дмитрий | Dmitrii Dmitry Dmitriy | 드미트리
Андрей | Andrei Andrey | 안드레이
Алексей | Aleksei Alexey Aleksey | 알렉세이
Иван | Ivan | 이반
Юрий | Iurii Yury Yuriy Yuri | 유리
Евгений | Evgenii Evgeny Yevgeniy | 예브게니
Михаил | Mikhail | 미하일
Николай | Nikolai Nikolay | 니콜라이
Владимир | Vladimir | 블라디미르
Виктор | Viktor Victor | 빅토르
Артём | Artem Artyom | 아르툠
Пётр | Petr Pyotr | 표트르
Василий | Vasilii Vasily Vasiliy | 바실리
Игорь | Igor | 이고리
Олег | Oleg | 올레크
Константин | Konstantin | 콘스탄틴
Максим | Maksim Maxim | 막심
Илья | Ilia Ilya | 일리야
`),
  female: lines(`
Анна | Anna | 안나
Мария | Mariia Maria Mariya | 마리야
Елена | Elena Yelena | 옐레나
Ольга | Olga | 올가
Наталья | Natalia Nataliya Natalya | 나탈리야
Екатерина | Ekaterina Yekaterina | 예카테리나
Татьяна | Tatiana Tatyana | 타티야나
Ирина | Irina | 이리나
Светлана | Svetlana | 스베틀라나
Юлия | Iuliia Yulia Julia Yuliya | 율리야
Анастасия | Anastasiia Anastasia Anastasiya | 아나스타시야
Людмила | Liudmila Lyudmila | 류드밀라
Ксения | Kseniia Ksenia Xenia | 크세니야
Дарья | Daria Darya | 다리야
Софья | Sofia Sofya | 소피야
Галина | Galina | 갈리나
Валентина | Valentina | 발렌티나
Вера | Vera | 베라
Полина | Polina | 폴리나
Марина | Marina | 마리나
`),
}

/** Cyrillic, Latin, Hangul, of men; women have an а more, in Hangul 바 and 나 at the end. */
const RUSSIAN_FAMILIES = lines(`
Иванов | Ivanov | 이바노프
Смирнов | Smirnov | 스미르노프
Кузнецов | Kuznetsov Kuznetcov | 쿠즈네초프
Попов | Popov | 포포프
Васильев | Vasilev Vasiliev Vasilyev | 바실리예프
Петров | Petrov | 페트로프
Соколов | Sokolov | 소콜로프
Михайлов | Mikhailov Mikhaylov | 미하일로프
Новиков | Novikov | 노비코프
Фёдоров | Fedorov Fyodorov | 표도로프
Морозов | Morozov | 모로조프
Волков | Volkov | 볼코프
Алексеев | Alekseev Alekseyev Alexeev | 알렉세예프
Лебедев | Lebedev | 레베데프
Семёнов | Semenov Semyonov | 세묘노프
Егоров | Egorov Yegorov | 예고로프
Павлов | Pavlov | 파블로프
Козлов | Kozlov | 코즐로프
Степанов | Stepanov | 스테파노프
Николаев | Nikolaev Nikolayev | 니콜라예프
Орлов | Orlov | 오를로프
Андреев | Andreev Andreyev | 안드레예프
Макаров | Makarov | 마카로프
Никитин | Nikitin | 니키틴
Захаров | Zakharov | 자하로프
Зайцев | Zaitsev Zaytsev Zaitcev | 자이체프
Соловьёв | Solovev Solovyov Soloviev | 솔로비요프
Борисов | Borisov | 보리소프
Яковлев | Iakovlev Yakovlev | 야코블레프
Григорьев | Grigorev Grigoriev Grigoryev | 그리고리예프
Романов | Romanov | 로마노프
Воробьёв | Vorobev Vorobyov | 보로비요프
Сергеев | Sergeev Sergeyev | 세르게예프
Щербаков | Shcherbakov | 셰르바코프
Жуков | Zhukov | 주코프
Чернов | Chernov | 체르노프
Цветков | Tsvetkov Tcvetkov | 츠베트코프
Ершов | Ershov Yershov | 예르쇼프
Юдин | Iudin Yudin | 유딘
Хомяков | Khomiakov Khomyakov | 호먀코프
Ильин | Ilin Ilyin | 일린
Комаров | Komarov | 코마로프
Тарасов | Tarasov | 타라소프
Беляев | Beliaev Belyaev | 벨랴예프
Фролов | Frolov | 프롤로프
Голубев | Golubev | 골루베프
Гусев | Gusev | 구세프
Медведев | Medvedev | 메드베데프
`)

/** Father's name: patronymic of a son, of a daughter; Latin of both. */
const FATHERS = lines(`
Александрович Александровна | Aleksandrovich Aleksandrovna
Сергеевич Сергеевна | Sergeevich Sergeevna
Дмитриевич Дмитриевна | Dmitrievich Dmitrievna
Андреевич Андреевна | Andreevich Andreevna
Алексеевич Алексеевна | Alekseevich Alekseevna
Иванович Ивановна | Ivanovich Ivanovna
Юрьевич Юрьевна | Iurevich Iurevna
Владимирович Владимировна | Vladimirovich Vladimirovna
Николаевич Николаевна | Nikolaevich Nikolaevna
Викторович Викторовна | Viktorovich Viktorovna
Михайлович Михайловна | Mikhailovich Mikhailovna
Петрович Петровна | Petrovich Petrovna
Васильевич Васильевна | Vasilevich Vasilevna
Олегович Олеговна | Olegovich Olegovna
Игоревич Игоревна | Igorevich Igorevna
`)

/** Kazakh, Russian, Latin. */
const KAZAKH: Record<'male' | 'female', string[][]> = {
  male: lines(`
Айдос | Айдос | Aidos Aydos
Ерлан | Ерлан | Yerlan Erlan
Нұрсұлтан | Нурсултан | Nursultan
Бауыржан | Бауыржан | Bauyrzhan Bauirzhan
Қайрат | Кайрат | Kairat Qairat Kayrat
Санжар | Санжар | Sanzhar Sanjar
Дәурен | Даурен | Dauren
Әлихан | Алихан | Alikhan
Мұрат | Мурат | Murat
Тимур | Тимур | Timur
Асқар | Аскар | Askar Asqar
Бекзат | Бекзат | Bekzat
Ғалым | Галым | Galym Ghalym
Жандос | Жандос | Zhandos Jandos
Олжас | Олжас | Olzhas Oljas
Рүстем | Рустем | Rustem
`),
  female: lines(`
Айгүл | Айгуль | Aigul Aygul
Әсел | Асель | Assel Asel
Дина | Дина | Dina
Гүлнар | Гульнар | Gulnar
Жанар | Жанар | Zhanar Janar
Мөлдір | Молдир | Moldir
Айжан | Айжан | Aizhan Aijan
Сәуле | Сауле | Saule
Мадина | Мадина | Madina
Зарина | Зарина | Zarina
Ботагөз | Ботагоз | Botagoz
Назгүл | Назгуль | Nazgul
Әлия | Алия | Aliya Aliia
Қарлығаш | Карлыгаш | Karlygash Qarlygash
Шолпан | Шолпан | Sholpan
Ұлжан | Улжан | Ulzhan Uljan
`),
}

/** Kazakh, Russian, Latin, of men; women have an а more. */
const KAZAKH_FAMILIES = lines(`
Нұрланов | Нурланов | Nurlanov
Ахметов | Ахметов | Akhmetov
Омаров | Омаров | Omarov
Қасымов | Касымов | Kassymov Kasymov Qasymov
Сұлтанов | Султанов | Sultanov
Жұмабаев | Жумабаев | Zhumabayev Zhumabaev
Әбдіров | Абдиров | Abdirov
Бекмұратов | Бекмуратов | Bekmuratov
Ысқақов | Искаков | Iskakov Yskakov
Өтегенов | Утегенов | Utegenov Otegenov
Ғабдуллин | Габдуллин | Gabdullin
Тұрсынов | Турсынов | Tursynov
Әлиев | Алиев | Aliyev Aliev
Серіков | Сериков | Serikov
Төлегенов | Тулегенов | Tulegenov Tolegenov
Сағындықов | Сагындыков | Sagyndykov
Жақсылықов | Жаксылыков | Zhaksylykov
Мұқанов | Муканов | Mukanov Muqanov
Кәрімов | Каримов | Karimov
Оспанов | Оспанов | Ospanov
Смағұлов | Смагулов | Smagulov
Есенов | Есенов | Yessenov Esenov
Байжанов | Байжанов | Baizhanov Baijanov
Досанов | Досанов | Dossanov Dosanov
`)

const CITIES: Readonly<Record<Country, string[][]>> = {
  KR: lines(`
서울특별시 | Seoul | Сеул
부산광역시 | Busan | Пусан
인천광역시 | Incheon | Инчхон
대구광역시 | Daegu | Тэгу
`),
  RU: lines(`
Москва | Moskva | Москва
Владивосток | Vladivostok | Владивосток
Новосибирск | Novosibirsk | Новосибирск
Хабаровск | Khabarovsk | Хабаровск
`),
  KZ: lines(`
Алматы | Almaty | Алматы
Астана | Astana | Астана
Ақтөбе | Aktobe | Актобе
Шымкент | Shymkent | Шымкент
`),
}

const V2_0203 = 'http://terminology.hl7.org/CodeSystem/v2-0203'

type Named = { readonly family: string; readonly given: readonly string[] }

/** A person as nobody has written them down yet. */
type Human = {
  readonly country: Country
  readonly sex: 'male' | 'female'
  readonly birth: string
  /** Which spelling of each name a passport has is decided once in a life. */
  readonly names: {
    readonly home: Named
    readonly russian?: Named
    readonly latin: Named
    readonly hangul?: Named
  }
  readonly national: readonly {
    readonly system: string
    readonly value: string
    readonly code: string
  }[]
  readonly passport: { readonly system: string; readonly value: string }
  readonly phone: string
  readonly mail: string
  readonly city: readonly string[]
  readonly house: number
  readonly postalCode: string
}

const pad = (n: number, width: number): string => String(n).padStart(width, '0')
const between = (r: Random, low: number, high: number): number =>
  low + Math.floor(r() * (high - low + 1))

function dateOf(r: Random): string {
  const day = Date.UTC(1940, 0, 1) + Math.floor(r() * 80 * 365.25) * 86_400_000
  return new Date(day).toISOString().slice(0, 10)
}

const sum = (digits: string, weights: readonly number[]): number =>
  weights.reduce((all, weight, i) => all + weight * Number(digits[i]), 0)

/** Rules of check digits as they are published: see the domain sheet's tests. */
function nationalOf(
  r: Random,
  country: Country,
  sex: 'male' | 'female',
  birth: string,
): Human['national'] {
  const six = birth.slice(2).replaceAll('-', '')
  const old = birth < '2000'
  switch (country) {
    case 'KR': {
      const body = `${six}${(old ? 1 : 3) + (sex === 'male' ? 0 : 1)}${pad(between(r, 0, 99_999), 5)}`
      const check = (11 - (sum(body, [2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]) % 11)) % 10
      return [{ system: 'https://mois.go.kr/rrn', value: `${body}${check}`, code: 'NNKOR' }]
    }
    case 'KZ':
      for (;;) {
        const body = `${six}${(old ? 3 : 5) + (sex === 'male' ? 0 : 1)}${pad(between(r, 0, 9999), 4)}`
        let check = sum(body, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]) % 11
        if (check === 10) check = sum(body, [3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2]) % 11
        if (check < 10)
          return [
            {
              system: 'http://ieum.example/fhir/sid/pid/kz/iin',
              value: `${body}${check}`,
              code: 'NI',
            },
          ]
      }
    case 'RU': {
      const body = pad(between(r, 2_000_000, 199_999_999), 9)
      const check = (sum(body, [9, 8, 7, 6, 5, 4, 3, 2, 1]) % 101) % 100
      return [
        {
          system: 'https://fhir.ru/ig/core/systems/snils',
          value: body + pad(check, 2),
          code: 'SB',
        },
      ]
    }
  }
}

const PASSPORTS = { KR: ['KOR', 'M'], RU: ['RUS', ''], KZ: ['KAZ', 'N'] } as const

function human(r: Random, known: Partial<Human> & { readonly twinOf?: Human } = {}): Human {
  const country = known.country ?? pick(r, ['KR', 'RU', 'KZ'] as const)
  const sex = known.sex ?? (r() < 0.5 ? 'male' : 'female')
  const birth = known.birth ?? dateOf(r)
  const [letters, prefix] = PASSPORTS[country]
  const house = between(r, 1, 240)
  return {
    country,
    sex,
    birth,
    names: known.names ?? namesFor(r, country, sex),
    national: nationalOf(r, country, sex, birth),
    passport: {
      system: `http://hl7.org/fhir/sid/passport-${letters}`,
      value: prefix + pad(between(r, 1, 99_999_999), prefix === '' ? 9 : 8),
    },
    phone:
      known.phone ??
      (country === 'KR'
        ? `8210${pad(between(r, 0, 99_999_999), 8)}`
        : `7${country === 'RU' ? 9 : 7}${pad(between(r, 0, 999_999_999), 9)}`),
    mail: `u${between(r, 1, 9_999_999)}@example.org`,
    city: known.city ?? pick(r, CITIES[country]),
    house: known.house ?? house,
    postalCode:
      known.postalCode ??
      (country === 'KR' ? pad(between(r, 1000, 63_644), 5) : pad(between(r, 100_000, 699_999), 6)),
  }
}

function namesFor(
  r: Random,
  country: Country,
  sex: 'male' | 'female',
  family?: Human['names'],
): Human['names'] {
  switch (country) {
    case 'KR': {
      const surname = weighted(r)
      const two = [pick(r, SYLLABLES), pick(r, SYLLABLES)] as const
      const latin = two.map((one) => usual(r, words(one[1])))
      const joint = pick(r, ['', ' ', '-'] as const)
      const last = joint === ' ' ? latin[1]! : latin[1]!.toLowerCase()
      const russian = `${words(two[0][2])[0]!}${pick(r, ['', ' '] as const)}${words(two[1][2])[1]!}`
      return {
        home: { family: family?.home.family ?? surname[0]!, given: [two[0][0]! + two[1][0]!] },
        latin: {
          family: family?.latin.family ?? pick(r, words(surname[2])),
          given: [latin[0]! + joint + last],
        },
        russian: { family: family?.russian?.family ?? words(surname[3])[0]!, given: [russian] },
      }
    }
    case 'RU': {
      const given = pick(r, RUSSIAN[sex])
      const last = pick(r, RUSSIAN_FAMILIES)
      const father = pick(r, FATHERS)
      const at = sex === 'male' ? 0 : 1
      const a = sex === 'male' ? '' : 'а'
      return {
        home: {
          family: family?.home.family ?? last[0]! + a,
          given: [given[0]!, family?.home.given[1] ?? words(father[0])[at]!],
        },
        latin: {
          family: family?.latin.family ?? usual(r, words(last[1])) + (a === '' ? '' : 'a'),
          given: [usual(r, words(given[1])), ...(r() < 0.2 ? [words(father[1])[at]!] : [])],
        },
        hangul: {
          family:
            family?.hangul?.family ??
            (a === ''
              ? last[2]!
              : last[2]!
                  .replace(/프$/, '바')
                  .replace(
                    /[딘틴린]$/,
                    (one) => `${{ 딘: '디', 틴: '티', 린: '리' }[one] ?? ''}나`,
                  )),
          given: [given[2]!],
        },
      }
    }
    case 'KZ': {
      const given = pick(r, KAZAKH[sex])
      const last = pick(r, KAZAKH_FAMILIES)
      const a = sex === 'male' ? '' : 'а'
      return {
        home: { family: family?.home.family ?? last[0]! + a, given: [given[0]!] },
        russian: { family: family?.russian?.family ?? last[1]! + a, given: [given[1]!] },
        latin: {
          family: family?.latin.family ?? usual(r, words(last[2])) + (a === '' ? '' : 'a'),
          given: [usual(r, words(given[2]))],
        },
      }
    }
  }
}

function weighted(r: Random): string[] {
  let left = r() * SURNAMES.reduce((all, one) => all + Number(one[1]), 0)
  for (const one of SURNAMES) if ((left -= Number(one[1])) < 0) return one
  return SURNAMES[0]!
}

const LANGUAGE = 'http://hl7.org/fhir/StructureDefinition/language'

const nameIn = ({ family, given }: Named, language: string, order = false): object => ({
  extension: [{ url: LANGUAGE, valueCode: language }],
  use: 'official',
  ...(order
    ? { family: given.join(' '), given: [family], text: `${given.join(' ')} ${family}` }
    : { family, given, text: `${family} ${given.join(' ')}` }),
})

const typed = (code: string, system: string, value: string): object => ({
  type: { coding: [{ system: V2_0203, code }] },
  system,
  value,
})

const HOME_LANGUAGE = { KR: 'ko', RU: 'ru', KZ: 'kk' } as const

/** As the home register has it. */
function registered(r: Random, one: Human, id: string): Resource {
  const { names, country } = one
  return {
    resourceType: 'Patient',
    id,
    identifier: [
      typed('MR', `https://register.example.org/${country}`, `M${id}`),
      ...(r() < 0.92
        ? one.national.map(({ code, system, value }) => typed(code, system, value))
        : []),
      ...(r() < 0.55 ? [typed('PPN', one.passport.system, one.passport.value)] : []),
    ],
    active: true,
    name: [
      nameIn(names.home, HOME_LANGUAGE[country]),
      ...(country === 'KZ' && names.russian !== undefined && r() < 0.6
        ? [nameIn(names.russian, 'ru')]
        : []),
      ...(r() < 0.5 ? [nameIn(names.latin, 'en')] : []),
    ],
    telecom: [
      ...(r() < 0.92 ? [{ system: 'phone', value: phoneIn(r, one), use: 'mobile' }] : []),
      ...(r() < 0.35 ? [{ system: 'email', value: one.mail }] : []),
    ],
    gender: one.sex,
    birthDate: one.birth,
    ...(r() < 0.93 ? { address: [addressIn(one, 0)] } : {}),
  }
}

const addressIn = ({ city, house, postalCode, country }: Human, language: number): object => ({
  line: [`${['가상로', 'Example street', 'ул. Примерная'][language]!} ${house}`],
  city: city[language]!,
  postalCode,
  country,
})

function phoneIn(r: Random, { phone, country }: Human): string {
  if (country === 'KR') {
    const [a, b, c] = [phone.slice(2, 4), phone.slice(4, 8), phone.slice(8)]
    return pick(r, [`+82-${a}-${b}-${c}`, `0${a}-${b}-${c}`, `+82 ${a} ${b} ${c}`, `+${phone}`])
  }
  const [a, b, c, d] = [phone.slice(1, 4), phone.slice(4, 7), phone.slice(7, 9), phone.slice(9)]
  return pick(r, [
    `+7 ${a} ${b}-${c}-${d}`,
    `+7 (${a}) ${b}-${c}-${d}`,
    `8 ${a} ${b}-${c}-${d}`,
    `+${phone}`,
  ])
}

/** A letter too many, too few or another one, or two in each other's place. */
function misspelt(r: Random, text: string): string {
  const at = between(r, 1, Math.max(1, text.length - 2))
  switch (between(r, 0, 3)) {
    case 0:
      return text.slice(0, at) + text.slice(at + 1)
    case 1:
      return text.slice(0, at) + text[at]! + text.slice(at)
    case 2:
      return text.slice(0, at) + pick(r, ['a', 'e', 'n', 'i', 's']) + text.slice(at + 1)
    default:
      return text.slice(0, at) + (text[at + 1] ?? '') + text[at]! + text.slice(at + 2)
  }
}

function wrongDigit(r: Random, text: string): string {
  const places = [...text].flatMap((c, i) => (/\d/.test(c) ? [i] : []))
  const at = pick(r, places)
  return text.slice(0, at) + String((Number(text[at]) + between(r, 1, 9)) % 10) + text.slice(at + 1)
}

const isDate = (text: string): boolean => {
  const time = Date.parse(`${text}T00:00:00Z`)
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text) && text < '2026'
}

/** Day and month swapped, or one digit wrong. */
function mistaken(r: Random, birth: string): string {
  const swapped = `${birth.slice(0, 5)}${birth.slice(8)}-${birth.slice(5, 7)}`
  if (r() < 0.4 && isDate(swapped)) return swapped
  for (;;) {
    const other = wrongDigit(r, birth)
    if (isDate(other) && other > '1906') return other
  }
}

/** What was done to a record, by which results are told apart. */
export type Trouble =
  'script' | 'spelling' | 'order' | 'date' | 'number' | 'family' | 'no-number' | 'gender'

/** As somebody abroad takes it down, from a passport or by ear. */
function takenDown(
  r: Random,
  one: Human,
): { readonly resource: Resource; readonly troubles: Trouble[] } {
  const troubles: Trouble[] = []
  const { names, country } = one
  const kind = r()
  let language = 1
  let name = names.latin
  if (kind < 0.2) {
    name = names.home
    language = country === 'KR' ? 0 : 2
  } else if (kind < 0.35 && (names.hangul ?? names.russian) !== undefined) {
    name = (names.hangul ?? names.russian)!
    language = names.hangul === undefined ? 2 : 0
    troubles.push('script')
  } else troubles.push('script')
  const isLatin = name === names.latin
  if (isLatin && r() < 0.25) {
    // The clerk's own spelling rather than that of the passport.
    const again = againInLatin(r, one)
    name = again
  }
  if (one.sex === 'female' && country !== 'KR' && r() < 0.02) {
    name = { ...name, family: namesFor(r, country, 'female')[isLatin ? 'latin' : 'home'].family }
    troubles.push('family')
  }
  if (r() < 0.03 && name.family.length > 3) {
    name =
      r() < 0.5
        ? { ...name, family: misspelt(r, name.family) }
        : { ...name, given: [misspelt(r, name.given[0]!), ...name.given.slice(1)] }
    troubles.push('spelling')
  }
  if (country === 'RU' && r() < 0.25) name = { ...name, given: name.given.slice(0, 1) }
  const isTurned = isLatin && r() < 0.06
  if (isTurned) troubles.push('order')
  let birth = one.birth
  if (r() < 0.025) {
    birth = mistaken(r, birth)
    troubles.push('date')
  }
  const numbers: object[] = []
  if (r() < 0.5)
    for (const { code, system, value } of one.national) {
      const isWrong = r() < 0.03
      if (isWrong) troubles.push('number')
      numbers.push(
        typed(
          code,
          system,
          isWrong
            ? wrongDigit(r, value)
            : r() < 0.3 && country === 'KR'
              ? `${value.slice(0, 6)}-${value.slice(6)}`
              : value,
        ),
      )
    }
  if (r() < 0.6)
    numbers.push(
      typed(
        'PPN',
        one.passport.system,
        r() < 0.02 ? wrongDigit(r, one.passport.value) : one.passport.value,
      ),
    )
  if (numbers.length === 0) troubles.push('no-number')
  const isGender = r() < 0.985
  if (!isGender) troubles.push('gender')
  const moved = r() < 0.15
  const upper = isLatin && r() < 0.4
  const shown = upper
    ? { family: name.family.toUpperCase(), given: name.given.map((x) => x.toUpperCase()) }
    : name
  return {
    troubles,
    resource: {
      resourceType: 'Patient',
      ...(numbers.length === 0 ? {} : { identifier: numbers }),
      name: [nameIn(shown, ['ko', 'en', 'ru'][language]!, isTurned)],
      ...(r() < 0.75
        ? {
            telecom: [
              {
                system: 'phone',
                value: r() < 0.87 ? phoneIn(r, one) : `+8210${pad(between(r, 0, 99_999_999), 8)}`,
              },
              ...(r() < 0.2 ? [{ system: 'email', value: one.mail }] : []),
            ],
          }
        : {}),
      ...(isGender
        ? { gender: one.sex }
        : r() < 0.6
          ? {}
          : { gender: one.sex === 'male' ? 'female' : 'male' }),
      birthDate: birth,
      ...(r() < 0.6
        ? {
            address: [
              addressIn(
                moved
                  ? {
                      ...one,
                      city: pick(r, CITIES[country]),
                      house: between(r, 1, 240),
                      postalCode: '12345',
                    }
                  : one,
                language,
              ),
            ],
          }
        : {}),
    },
  }
}

/** Other spellings of the same name, of those that are written down above. */
function againInLatin(r: Random, { names, country, sex }: Human): Named {
  const { home, latin } = names
  if (country === 'KR') {
    const surname = SURNAMES.find(([hangul]) => hangul === home.family)
    const syllables = [...home.given[0]!].map(
      (one) => SYLLABLES.find(([hangul]) => hangul === one)?.[1],
    )
    const given = syllables.map((one) => pick(r, words(one)))
    return { family: pick(r, words(surname?.[2])), given: [`${given[0]!} ${given[1]!}`] }
  }
  const bare = sex === 'female' ? home.family.replace(/а$/, '') : home.family
  const [families, givens] =
    country === 'RU' ? [RUSSIAN_FAMILIES, RUSSIAN[sex]] : [KAZAKH_FAMILIES, KAZAKH[sex]]
  const at = country === 'RU' ? 1 : 2
  const family = families.find(([first]) => first === bare)?.[at]
  const given = givens.find(([first]) => first === home.given[0])?.[at]
  return {
    family: pick(r, words(family)) + (sex === 'female' ? 'a' : ''),
    given: [pick(r, words(given)), ...latin.given.slice(1)],
  }
}

/** Somebody else who is easily taken for them. */
function relative(r: Random, one: Human): Human {
  const kind = between(r, 0, 3)
  const { country, phone, city, house, postalCode, names } = one
  const home = { country, phone, city, house, postalCode }
  // A twin, a brother or sister, a child of the same name, and a namesake born elsewhere in another year.
  if (kind === 0)
    return human(r, { ...home, sex: one.sex, birth: one.birth, names: otherGiven(r, one) })
  if (kind === 1) return human(r, { ...home, sex: one.sex, names: otherGiven(r, one) })
  if (kind === 2) return human(r, { ...home, sex: one.sex, names })
  return human(r, { country, sex: one.sex, names })
}

/** Parents don't give two children one name. */
function otherGiven(r: Random, { country, sex, names }: Human): Human['names'] {
  for (;;) {
    const other = namesFor(r, country, sex, names)
    if (other.home.given[0] !== names.home.given[0]) return other
  }
}

export type Traveller = {
  readonly resource: Resource
  /** Id of the Patient who it is; undefined for somebody who isn't registered. */
  readonly of: string | undefined
  readonly country: Country
  readonly troubles: readonly Trouble[]
}

/** The Patient with a number, as the home register has it. */
export function resident(i: number): Resource {
  return registered(random('resident', i), person(i), `t${i}`)
}

/** One in fifty is a relative of the one before. */
function person(i: number): Human {
  const r = random('traveller', i)
  if (i > 0 && i % 50 === 0) return relative(r, person(i - 1))
  return human(r)
}

/** How a person is taken down elsewhere. */
export function traveller(i: number): Traveller {
  const one = person(i)
  return { ...takenDown(random('taken', i), one), of: `t${i}`, country: one.country }
}

/** Somebody who isn't registered; two of five are relatives or namesakes of somebody who is. */
export function stranger(i: number, people: number): Traveller {
  const r = random('stranger', i)
  const one = r() < 0.4 ? relative(r, person(between(r, 0, people - 1))) : human(r)
  return { ...takenDown(r, one), of: undefined, country: one.country }
}
