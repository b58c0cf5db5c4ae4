// What issues say, in Russian; see en.ts.
// https://hl7.org/fhir/R4/languages.html
// Must not differ from the English in what it says. Counts stand behind a colon, so that no noun has to agree with them.
import type { Words } from './message.ts'

export const RU: Words = {
  'of-profile': (p) => `${p.text} (профиль ${p.profile})`,
  fine: () => 'Замечаний нет',
  meant: (p) => `; возможно, имелось в виду «${p.name}»`,
  near: (p) => `; возможно, имелось в виду: ${p.names}`,
  pair: (p) => `${p.one}, ${p.other}`,
  'no-code': () => 'код не указан',
  nothing: () => 'ничего',
  array: () => 'массив',
  object: () => 'объект',
  'no-system': (p) => `${p.code} без system`,

  structure: () => 'Структура ресурса не соответствует R4',
  nested: () => 'Слишком большая вложенность ресурса',
  'resource-object': (p) => `Ресурс должен быть объектом; указано: ${p.found}`,
  'resource-untyped': () => 'У ресурса должен быть строковый элемент resourceType',
  'resource-type-form': (p) => `Элемент resourceType должен быть строкой; указано: ${p.found}`,
  'resource-abstract': (p) =>
    `Тип ${p.type} абстрактный: используйте один из основанных на нём типов`,
  'resource-unknown': (p) => `В R4 нет типа ресурса ${p.found}${p.hint ?? ''}`,
  'resource-other': (p) => `Ожидается resourceType ${p.expected}; указано: ${p.found}`,
  'choice-several': (p) =>
    `${p.element}: допускается одно значение одного типа; указано: ${p.found}`,
  required: (p) => `${p.type}: отсутствует обязательный элемент ${p.element}`,
  'element-unknown': (p) => `У ${p.type} нет элемента ${p.found}${p.hint ?? ''}`,
  'choice-untyped': (p) =>
    `У ${p.type} нет элемента ${p.found}: к имени ${p.element} добавляется тип, один из ${p.allowed}`,
  'sibling-not-allowed': (p) =>
    `${p.found}: не допускается; имена с подчёркиванием бывают только у элементов простых типов`,
  'sibling-object': (p) =>
    `${p.name}: ожидается объект с элементами id и extension; указано: ${p.found}`,
  'sibling-count': (p) =>
    `${p.name}: мест больше, чем значений; значений: ${p.most}, мест: ${p.count}`,
  'element-empty': () => 'Элемент не должен быть пустым',
  'element-only-id': () => 'В элементе должно быть что-то кроме id',
  'extension-both': () =>
    'У расширения есть либо значение, либо вложенные расширения, но не то и другое (ext-1)',
  'extension-neither': () => 'У расширения должно быть значение или вложенные расширения (ext-1)',
  'single-array': (p) => `${p.element}: ожидается одно значение, а не массив`,
  'array-single': (p) =>
    `${p.element}: ожидается массив, даже для одного значения; указано: ${p.found}`,
  'array-empty': (p) => `${p.element}: массив пуст; элемент без значений следует опустить`,
  'array-maximum': (p) => `Допускается не более ${p.most}; указано: ${p.count}`,
  'array-minimum': (p) => `Требуется не менее ${p.least}; указано: ${p.count}`,
  valueless: (p) => `${p.element}: нет ни значения, ни расширения`,
  'null-sibling': (p) =>
    `null вместо значения допускается, только если на том же месте в _${p.element} есть расширение`,
  'null-item': () => 'null не допускается',
  null: (p) => `${p.element}: указано null; элемент без значения следует опустить`,
  'object-expected': (p) => `${p.element}: ожидается объект; указано: ${p.found}`,
  'object-of-type': (p) => `${p.element}: ожидается объект типа ${p.type}; указано: ${p.found}`,
  'json-type': (p) =>
    `${p.element}: ожидается значение JSON ${p.json} (${p.type}); указано: ${p.found}`,
  narrative: (p) => `Текстовое описание (narrative) недопустимо: ${p.problem}`,
  code: (p) => `${p.found}: допускается одно из ${p.allowed}${p.hint ?? ''} (${p.valueSet})`,
  coding: (p) => `${p.element}: требуется coding с одним из кодов ${p.allowed} (${p.valueSet})`,
  form: (p) => `${p.found}: не является значением типа ${p.type}; ожидается: ${p.expected}`,
  'form-base64Binary': () => 'base64',
  'form-boolean': () => 'true или false',
  'form-code': () => 'код без пробелов по краям и без двух пробелов подряд',
  'form-date': () => 'существующий день, месяц или год: ГГГГ, ГГГГ-ММ или ГГГГ-ММ-ДД',
  'form-dateTime': () =>
    'ГГГГ, ГГГГ-ММ, ГГГГ-ММ-ДД или ГГГГ-ММ-ДДTчч:мм:сс с часовым поясом (Z или +чч:мм)',
  'form-decimal': () => 'десятичное число',
  'form-id': () => 'от 1 до 64 знаков из набора A-Z, a-z, 0-9, «-» и «.»',
  'form-instant': () => 'ГГГГ-ММ-ДДTчч:мм:сс с часовым поясом (Z или +чч:мм)',
  'form-integer': () => '32-разрядное целое число',
  'form-oid': () => 'OID в виде URI: urn:oid:1.2.3',
  'form-positiveInt': () => 'целое число от 1 до 2147483647',
  'form-string': () => 'непустой текст не длиннее 1 МиБ без управляющих символов',
  'form-time': () => 'чч:мм:сс без часового пояса',
  'form-unsignedInt': () => 'целое число от 0 до 2147483647',
  'form-uri': () => 'URI без пробелов',
  'form-uuid': () =>
    'UUID в виде URI строчными буквами: urn:uuid:c757873d-ec9a-4326-a141-556f43239520',
  'form-xhtml': () =>
    'корректный <div xmlns="http://www.w3.org/1999/xhtml"> только с элементами форматирования',

  minimum: (p) => `${p.element}: требуется не менее ${p.least}; указано: ${p.count}`,
  maximum: (p) =>
    p.most === 0
      ? `${p.element}: здесь не допускается`
      : `${p.element}: допускается не более ${p.most}; указано: ${p.count}`,
  type: (p) => `${p.element}: указан тип ${p.found}; допускается ${p.allowed}`,
  fixed: (p) => `${p.element}: должно быть ${p.expected}; указано: ${p.found}`,
  pattern: (p) => `${p.element}: должно содержать ${p.expected}`,
  below: (p) => `${p.found}: меньше наименьшего допустимого значения ${p.limit}`,
  above: (p) => `${p.found}: больше наибольшего допустимого значения ${p.limit}`,
  length: (p) => `${p.element}: допустимое число знаков — ${p.most}; указано: ${p.count}`,
  binding: (p) => `${p.found}: нет в наборе значений ${p.valueSet}`,
  'binding-missing': (p) => `${p.element}: требуется код из набора значений ${p.valueSet}`,
  'binding-extensible': (p) =>
    `${p.found}: нет в наборе значений ${p.valueSet}; если в нём есть подходящий код, следует указать его`,
  'code-unknown': (p) => `В системе кодов ${p.system} нет кода ${p.found}`,
  'code-form': (p) => `${p.found}: не может быть кодом системы ${p.system}; ${p.like}`,
  'code-loinc': () => 'код состоит из цифр, дефиса и контрольной цифры, например 2339-0',
  'code-snomed': () =>
    'идентификатор понятия состоит из 6–18 цифр, последняя из которых контрольная',
  'code-icd10': () => 'код начинается с буквы и двух цифр, например E11.9',
  'code-country': () => 'код страны — две или три прописные буквы либо три цифры',
  'code-currency': () => 'код валюты — три прописные буквы',
  'code-language': () => 'обозначение языка имеет вид ko, ru-RU или kk-Cyrl-KZ',
  'code-media-type': () => 'тип содержимого имеет вид text/plain',
  'code-display': (p) =>
    `Название кода ${p.code} в системе ${p.system} — ${p.expected}, а не ${p.found}`,
  'system-relative': (p) =>
    `Элемент system типа ${p.type} — абсолютный URI (например, http://loinc.org или urn:oid:1.2.3); указано: ${p.found}`,
  unit: (p) => `${p.found}: не является единицей UCUM (${p.why})${p.hint ?? ''}`,
  'sampled-data': (p) =>
    `Элемент data содержит числа или знаки E, U, L через один пробел; указано: ${p.found}`,

  'check-digit': () =>
    'Контрольное число не сходится: в номере опечатка, или это номер другого вида',
  'check-digit-2020': () =>
    'Контрольная цифра не сходится: номер верен, только если он выдан после октября 2020 года',
  'identifier-date': (p) => `Номер начинается с ${p.digits}, а такой даты нет`,
  'identifier-rrn': () =>
    'Это не регистрационный номер жителя Кореи: в нём 13 цифр, первые шесть — дата, например 971013-9019902',
  'identifier-iin': () => 'Это не ИИН Казахстана: в ИИН 12 цифр',
  'identifier-snils': () => 'Это не СНИЛС: в СНИЛС 11 цифр, например 112-233-445 95',
  'identifier-enp': () => 'Это не номер полиса ОМС (ЕНП): в нём 16 цифр',
  'identifier-inn': () => 'Это не ИНН физического лица: в нём 12 цифр',
  'identifier-by': () =>
    'Это не идентификационный номер Беларуси: в нём 14 знаков, например 1010100A000PB3',
  'identifier-kg': () => 'Это не ПИН Кыргызстана: в нём 14 цифр, первая — 1 или 2',
  'identifier-am': () => 'Это не номер общественных услуг Армении: в нём 10 цифр, первая не 0',
  'identifier-krnpi': () =>
    'Это не номер медицинской организации Кореи: в нём 8 цифр, либо это OID, который ими заканчивается',

  'slice-minimum': (p) =>
    `${p.element}: срез «${p.slice}»${p.what === undefined ? '' : ` (${p.what})`} требуется не менее ${p.least}; указано: ${p.count}`,
  'slice-maximum': (p) =>
    `${p.element}: срез «${p.slice}» допускается не более ${p.most}; указано: ${p.count}`,
  'slice-closed': (p) => `${p.element}: не относится ни к одному из допустимых срезов: ${p.slices}`,
  'slice-order': (p) =>
    `${p.element}: срез «${p.slice}» стоит после того, которому должен предшествовать`,
  'slice-end': (p) => `${p.element}: значение вне срезов стоит перед значением, входящим в срез`,

  conforms: (p) => `${p.element}: не соответствует ${p.profiles}`,
  target: (p) => `${p.element}: ссылка должна указывать на ${p.targets}; указано: ${p.found}`,
  'target-profile': (p) =>
    `${p.element}: ресурс, на который указывает ссылка (${p.found}), не соответствует ${p.targets}`,
  aggregation: (p) => `${p.element}: допустимый вид ссылки — ${p.allowed}; указано: ${p.found}`,
  'reference-dangling': (p) =>
    `${p.found}: вложенного ресурса, на который указывает ссылка, нет (ref-1)`,
  'reference-form': (p) => `${p.found}: не является ссылкой, так как содержит пробелы`,
  'reference-absent': (p) =>
    `На этом сервере нет ${p.found}, а ссылки должны указывать на то, что здесь есть`,
  'contained-nested': () => 'Вложенный ресурс не должен содержать другие вложенные (dom-2)',
  'contained-id': () => 'У вложенного ресурса должен быть id, по которому на него ссылаются',
  'contained-unused': (p) =>
    `На вложенный ресурс «${p.id}» ничто не ссылается, и сам он не ссылается на внешний (dom-3)`,
  'contained-version': () =>
    'У вложенного ресурса не должно быть meta.versionId и meta.lastUpdated (dom-4)',
  'contained-security': () => 'У вложенного ресурса не должно быть метки безопасности (dom-5)',
  'contained-twice': (p) => `Два вложенных ресурса имеют id «${p.id}»`,

  invariant: (p) => `Нарушено ограничение: ${p.human} (${p.constraint})`,
  'invariant-unknown': (p) =>
    `Ограничение ${p.constraint} невозможно вычислить, поэтому оно не проверялось`,
  'extension-unknown': (p) => `Расширение ${p.found} здесь неизвестно и не проверялось`,
  'extension-modifier': (p) =>
    `Изменяющее смысл расширение (modifierExtension) ${p.found} здесь неизвестно: сказать, что оно меняет, нельзя`,
  'extension-relative': (p) => `url расширения — абсолютный URI; указано: ${p.found}`,
  'extension-nested': (p) =>
    `Расширение ${p.extension} не содержит вложенного расширения «${p.found}»`,
  'extension-is-modifier': (p) => `${p.found} изменяет смысл: его место в modifierExtension`,
  'extension-no-modifier': (p) => `${p.found} не изменяет смысл: его место в extension`,
  'extension-context': (p) =>
    `Расширение ${p.found} предназначено для ${p.allowed}, а не для ${p.place}`,
  'extension-invariant': (p) =>
    `Расширение ${p.found} здесь не допускается: не выполнено его условие ${p.expression}`,
  'extension-type': (p) => `${p.found} — URL профиля ${p.type}, а не расширения`,
  'profile-unknown': (p) => `Профиль ${p.found} здесь неизвестен и не проверялся`,
  'profile-type': (p) => `${p.found} — профиль ${p.type}, а этот ресурс — ${p.resource}`,
  'profile-broken': (p) => `Профиль ${p.found} непригоден: ${p.why}`,
  'definition-circular': (p) => `${p.found}: определение основано на самом себе`,
  'expression-broken': (p) => `Выражение не является FHIRPath: ${p.found}`,
  'full-url': (p) => `fullUrl — абсолютный URI; указано: ${p.found}`,
  'full-url-id': (p) => `fullUrl заканчивается на ${p.found}, а ресурс — ${p.resource}`,
  'full-url-twice': (p) =>
    `В двух записях (entry) указаны fullUrl ${p.found} и одна и та же версия (bdl-7)`,
  'document-reference': (p) =>
    `Документ должен содержать всё, на что ссылается Composition; в нём нет ${p.found}`,

  absent: (p) => `${p.what}: здесь такого нет`,
  deleted: (p) => `${p.what}: удалено (версия ${p.version})`,
  'type-unknown': (p) => `В FHIR R4 нет типа ресурса ${p.type}`,
  'operation-unknown': (p) =>
    `Операции ${p.operation} на уровне ${p.place} нет; доступные операции перечислены в CapabilityStatement`,
  method: (p) =>
    `Метод ${p.method} не поддерживается по адресу ${p.place}; допускается: ${p.allowed}`,
  'id-form': (p) =>
    `«${p.found}» не может быть id: допускается от 1 до 64 латинских букв, цифр, знаков «-» и «.»`,
  'parameter-unknown': (p) => `Для ${p.types} нет параметра поиска ${p.found}${p.hint ?? ''}`,
  'all-types': () => 'всех типов',
  'parameter-empty': (p) => `У параметра ${p.name} нет значения`,
  'parameter-date': (p) =>
    `${p.found}: не является датой; ожидается yyyy, yyyy-mm, yyyy-mm-dd или yyyy-mm-ddThh:mm:ss±hh:mm, перед датой может стоять eq ne gt lt ge le sa eb ap`,
  'media-type': (p) =>
    `Ресурс передаётся как application/fhir+json или application/fhir+xml; указано: ${p.found}`,
  'not-acceptable': () =>
    'Сервер отвечает в формате application/fhir+json или application/fhir+xml, но заголовок Accept не допускает ни того, ни другого',
  'fhir-version': (p) => `Сервер работает с FHIR 4.0.1; запрошено: ${p.found}`,
  'body-missing': () => 'В теле запроса должен быть ресурс, но его нет',
  'update-id': (p) => `Для обновления ${p.type}/${p.id} нужен ресурс с id «${p.id}»`,
  'create-id': () => 'При создании в URL нет id: проверяйте на уровне типа',
  'body-untyped': () => 'В теле нет «resourceType»: ресурс FHIR указывает там свой тип',
  'body-type': (p) => `В теле передан ${p.found}, а URL указывает на ${p.type}`,
  changed: () => 'Эти же ресурсы одновременно изменил кто-то другой; отправьте запрос ещё раз',
  'if-match-absent': (p) => `If-Match: ${p.what} не существует`,
  'if-match': (p) =>
    `If-Match: текущая версия ${p.what} — ${p.version}, а не указанная; прочитайте ресурс заново и повторите изменение`,
  'if-none-match': (p) => `If-None-Match: ${p.what} уже существует`,
  'several-match': (p) =>
    `${p.what}: условию соответствует больше одного ${p.type}, а должен соответствовать один`,

  'task-step': (p) =>
    `Task в состоянии ${p.from} не может стать ${p.to}; далее возможно: ${p.allowed}`,
  'task-ended': (p) =>
    `Task в состоянии ${p.from} не может стать ${p.to}: за этим состоянием ничего не следует`,
  'task-begin': (p) =>
    `Task для другой организации начинается с состояния ${p.allowed}, а не ${p.status}: дальнейшие шаги делает исполнитель (owner)`,
  'task-delete': (p) =>
    `Task в состоянии ${p.status} нельзя удалить: над ним работают; сначала отмените его (cancelled)`,
  'task-agreed': (p) =>
    `${p.element} в Task больше нельзя изменить, состояние уже ${p.status}; отмените его и создайте новый запрос`,
  'task-stranger': (p) =>
    `${p.task} не принадлежит вашей организации и не поручен ей: исполнитель — ${p.owner}, менять его могут только исполнитель и запросившая организация`,
  'task-of-owner': (p) =>
    `Перевести ${p.task} в состояние ${p.to} может только организация, которой он поручен (${p.owner})`,
  'task-of-requester': (p) =>
    `Перевести ${p.task} в состояние ${p.to} может только запросившая организация`,
  'task-element-of-requester': (p) =>
    `${p.element} в ${p.task} меняет только запросившая организация; исполнитель меняет состояние с причиной, рабочее состояние, время, примечания и результат (output)`,
  'answer-hidden': (p) =>
    `Ваша организация (больше) не видит ${p.request}: нет действующего согласия, которое его охватывает. Ничего не сохранено; ${p.task} остаётся как есть, его можно перевести в failed с указанием причины`,
  'report-step': (p) =>
    `Отчёт в состоянии ${p.from} не может стать ${p.to}; далее возможно: ${p.allowed}`,
  'report-ended': (p) =>
    `Отчёт в состоянии ${p.from} не может стать ${p.to}: за этим состоянием ничего не следует`,
  'report-changed': (p) =>
    `${p.element} в окончательном (final) отчёте меняется только вместе с состоянием, которое об этом говорит: ${p.allowed}`,
  'ai-final': (p) =>
    `${p.what} — вывод алгоритма и сам по себе не может быть ${p.status}: он остаётся preliminary, пока нет Provenance, где он назван в entity, а в agent — Practitioner или PractitionerRole, подтвердивший или исправивший текущую версию`,
  'ai-provenance': (p) =>
    `Программа (${p.device}) не может записывать, что сделал врач: agent её Provenance — она сама`,

  'newborn-no-birth-time': () =>
    'Время рождения неизвестно (расширение patient-birthTime элемента birthDate), поэтому возраст в часах не указан',
  'newborn-rapid': () =>
    'Билирубин рос так быстро, что это указывает на гемолиз: 0,3 мг/дл в час и больше в первые 24 часа или 0,2 позже (AAP 2022)',
  'newborn-early': () =>
    'Скорость роста билирубина не оценивается: рекомендация (AAP 2022) относится к детям, рождённым в 35 недель и позже, с известным сроком гестации',
  'newborn-no-thresholds': () =>
    'Пороги фототерапии и обменного переливания в эту сводку не входят',
  'newborn-no-percentiles': () =>
    'Центили роста не приводятся: справочных таблиц с подходящей лицензией получить не удалось',

  // What nobody but others may do or see, docs/access.md
  'for-administrators': (p) =>
    `${p.type} меняет работу этого сервера для всех: это могут делать только администраторы`,
  'of-another': (p) =>
    `${p.what} принадлежит другой организации: изменять может только её хранитель`,
  'id-not-yours': (p) =>
    `У вас нет ресурса ${p.type} с этим id. Чтобы выбрать id нового, начните его с «${p.prefix}»; или отправьте его POST на ${p.type}, и id даст сервер`,
  'not-of-patient': (p) =>
    `Этот ресурс ${p.type} относится не к тому пациенту, для которого выдан токен`,
  'scope-short': (p) =>
    `Области действия (scope) токена не охватывают содержание этого ресурса ${p.type}`,
  'scope-missing': (p) => `Области действия (scope) токена этого не разрешают: нужна ${p.scope}`,
  'role-missing': (p) => `${p.what} — для роли ${p.roles}; у токена такой роли нет`,
  'glass-by-clinician': () =>
    'Экстренный доступ (break glass) разрешён только клиницисту, вошедшему в систему',
  'glass-by-role': () =>
    'Экстренный доступ (break glass) разрешён только клиницисту; у токена такой роли нет',
  'purpose-other': (p) =>
    `Токен выдан для целей ${p.purposes}; X-Purpose-Of-Use не может указывать другую`,
  residency: (p) =>
    `Согласие пациента это разрешает, но запись может покинуть свою страну, только если ${p.asks}. Правило ${p.rule}: ${p.source}`,
  'residency-destination': () =>
    'в согласии назван получатель или страна, куда запись может быть передана',
  'residency-kr': () => 'в согласии названы получатель и цель',
  'residency-ru': () => 'в согласии есть номер уведомления надзорного органа',
  'residency-more': () => 'одно из согласий содержит всё, что требует закон',
  'organization-country': (p) =>
    `Страна ${p.what} решает, что можно ей показать и что от неё передать, поэтому её указывают администраторы: стало бы ${p.to}, а сейчас ${p.from}`,
  'country-none': () => 'без страны',
  'consent-unjudged': () =>
    'Это невозможно оценить: разрешение (permit) по нему не действует, а запрет (deny) действует независимо от его содержания (docs/access.md)',
  'consent-void': () =>
    'Это согласие активно, но здесь ничего не значит: scope — не patient-privacy, или нет provision (docs/access.md)',

  fault: (p) =>
    `Сервер не смог выполнить запрос. Администратор найдёт причину по номеру запроса ${p.id}.`,
}
