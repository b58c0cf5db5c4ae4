// What issues say, in Kazakh; see en.ts.
// https://hl7.org/fhir/R4/languages.html
// Must not differ from the English in what it says. A value stands before a noun or a colon, so that no ending hangs on it.
import type { Words } from './message.ts'

export const KK: Words = {
  'of-profile': (p) => `${p.text} (${p.profile} профилі)`,
  fine: () => 'Ескертулер жоқ',
  meant: (p) => `; мүмкін, «${p.name}» болар`,
  near: (p) => `; мүмкін, мыналардың бірі болар: ${p.names}`,
  pair: (p) => `${p.one}, ${p.other}`,
  'no-code': () => 'код көрсетілмеген',
  nothing: () => 'ештеңе',
  array: () => 'массив',
  object: () => 'объект',
  'no-system': (p) => `${p.code} (system жоқ)`,

  structure: () => 'Ресурстың құрылымы R4 талаптарына сай емес',
  nested: () => 'Ресурс тым терең қабаттасқан',
  'resource-object': (p) => `Ресурс объект болуы керек; көрсетілгені: ${p.found}`,
  'resource-untyped': () => 'Ресурста жол түріндегі resourceType элементі болуы керек',
  'resource-type-form': (p) => `resourceType элементі жол болуы керек; көрсетілгені: ${p.found}`,
  'resource-abstract': (p) =>
    `${p.type} — абстрактілі түр: оған негізделген түрлердің бірін пайдалану керек`,
  'resource-unknown': (p) => `R4 стандартында ${p.found} ресурс түрі жоқ${p.hint ?? ''}`,
  'resource-other': (p) => `resourceType мәні ${p.expected} болуы керек; көрсетілгені: ${p.found}`,
  'choice-several': (p) =>
    `${p.element}: бір түрдегі бір ғана мән рұқсат етіледі; көрсетілгені: ${p.found}`,
  required: (p) => `${p.type}: міндетті ${p.element} элементі жоқ`,
  'element-unknown': (p) => `${p.type}: ${p.found} деген элемент жоқ${p.hint ?? ''}`,
  'choice-untyped': (p) =>
    `${p.type}: ${p.found} деген элемент жоқ; ${p.element} атауына түрі қосып жазылады: ${p.allowed}`,
  'sibling-not-allowed': (p) =>
    `${p.found}: рұқсат етілмейді; астын сызу таңбасынан басталатын атау тек қарапайым түрдегі элементтерде болады`,
  'sibling-object': (p) =>
    `${p.name}: id және extension элементтері бар объект болуы керек; көрсетілгені: ${p.found}`,
  'sibling-count': (p) =>
    `${p.name}: орындар саны мәндер санынан көп; мәндер: ${p.most}, орындар: ${p.count}`,
  'element-empty': () => 'Элемент бос болмауы керек',
  'element-only-id': () => 'Элементте id мәнінен басқа да мазмұн болуы керек',
  'extension-both': () =>
    'Кеңейтілімде не мән, не ішкі кеңейтілімдер болады, екеуі қатар болмайды (ext-1)',
  'extension-neither': () => 'Кеңейтілімде мән немесе ішкі кеңейтілімдер болуы керек (ext-1)',
  'single-array': (p) => `${p.element}: массив емес, бір мән болуы керек`,
  'array-single': (p) =>
    `${p.element}: мән біреу болса да, массив болуы керек; көрсетілгені: ${p.found}`,
  'array-empty': (p) => `${p.element}: массив бос; мәні жоқ элементті көрсетпеу керек`,
  'array-maximum': (p) => `Ең көбі ${p.most} рұқсат етіледі; көрсетілгені: ${p.count}`,
  'array-minimum': (p) => `Кемінде ${p.least} қажет; көрсетілгені: ${p.count}`,
  valueless: (p) => `${p.element}: мәні де, кеңейтілімі де жоқ`,
  'null-sibling': (p) =>
    `Мәннің орнындағы null тек _${p.element} массивінің сол орнында кеңейтілім болғанда рұқсат етіледі`,
  'null-item': () => 'null рұқсат етілмейді',
  null: (p) => `${p.element}: null көрсетілген; мәні жоқ элементті көрсетпеу керек`,
  'object-expected': (p) => `${p.element}: объект болуы керек; көрсетілгені: ${p.found}`,
  'object-of-type': (p) =>
    `${p.element}: ${p.type} түріндегі объект болуы керек; көрсетілгені: ${p.found}`,
  'json-type': (p) =>
    `${p.element}: JSON ${p.json} мәні (${p.type}) болуы керек; көрсетілгені: ${p.found}`,
  narrative: (p) => `Мәтіндік сипаттама (narrative) жарамсыз: ${p.problem}`,
  code: (p) =>
    `${p.found}: рұқсат етілген кодтардың ішінде жоқ: ${p.allowed}${p.hint ?? ''} (${p.valueSet})`,
  coding: (p) => `${p.element}: мына кодтардың бірі бар coding қажет: ${p.allowed} (${p.valueSet})`,
  form: (p) => `${p.found}: ${p.type} түріндегі мән емес; дұрыс түрі: ${p.expected}`,
  'form-base64Binary': () => 'base64',
  'form-boolean': () => 'true немесе false',
  'form-code': () => 'басында, соңында бос орны жоқ және қатар екі бос орны жоқ код',
  'form-date': () => 'бар күн, ай немесе жыл: ЖЖЖЖ, ЖЖЖЖ-АА немесе ЖЖЖЖ-АА-КК',
  'form-dateTime': () =>
    'ЖЖЖЖ, ЖЖЖЖ-АА, ЖЖЖЖ-АА-КК немесе уақыт белдеуі (Z немесе +сс:мм) бар ЖЖЖЖ-АА-ККTсс:мм:сс',
  'form-decimal': () => 'ондық сан',
  'form-id': () => 'A-Z, a-z, 0-9, «-» және «.» таңбаларынан тұратын 1–64 таңба',
  'form-instant': () => 'уақыт белдеуі (Z немесе +сс:мм) бар ЖЖЖЖ-АА-ККTсс:мм:сс',
  'form-integer': () => '32 разрядты бүтін сан',
  'form-oid': () => 'URI түріндегі OID: urn:oid:1.2.3',
  'form-positiveInt': () => '1 мен 2147483647 аралығындағы бүтін сан',
  'form-string': () => 'басқару таңбалары жоқ, 1 МиБ-тан аспайтын бос емес мәтін',
  'form-time': () => 'уақыт белдеуі жоқ сс:мм:сс',
  'form-unsignedInt': () => '0 мен 2147483647 аралығындағы бүтін сан',
  'form-uri': () => 'бос орны жоқ URI',
  'form-uuid': () =>
    'кіші әріптермен жазылған URI түріндегі UUID: urn:uuid:c757873d-ec9a-4326-a141-556f43239520',
  'form-xhtml': () =>
    'тек пішімдеу элементтерінен тұратын дұрыс <div xmlns="http://www.w3.org/1999/xhtml">',

  minimum: (p) => `${p.element}: кемінде ${p.least} қажет; көрсетілгені: ${p.count}`,
  maximum: (p) =>
    p.most === 0
      ? `${p.element}: бұл жерде рұқсат етілмейді`
      : `${p.element}: ең көбі ${p.most} рұқсат етіледі; көрсетілгені: ${p.count}`,
  type: (p) => `${p.element}: түрі ${p.found}; рұқсат етілетіні ${p.allowed}`,
  fixed: (p) => `${p.element}: мәні ${p.expected} болуы керек; көрсетілгені: ${p.found}`,
  pattern: (p) => `${p.element}: мына мазмұн болуы керек: ${p.expected}`,
  below: (p) => `${p.found}: рұқсат етілген ең кіші мәннен (${p.limit}) аз`,
  above: (p) => `${p.found}: рұқсат етілген ең үлкен мәннен (${p.limit}) көп`,
  length: (p) => `${p.element}: ең көбі ${p.most} таңба рұқсат етіледі; көрсетілгені: ${p.count}`,
  binding: (p) => `${p.found}: ${p.valueSet} мәндер жиынында жоқ`,
  'binding-missing': (p) => `${p.element}: ${p.valueSet} мәндер жиынынан код қажет`,
  'binding-extensible': (p) =>
    `${p.found}: ${p.valueSet} мәндер жиынында жоқ; жиында сәйкес код болса, соны көрсету керек`,
  'code-unknown': (p) => `${p.system} кодтар жүйесінде ${p.found} коды жоқ`,
  'code-form': (p) => `${p.found}: ${p.system} кодтар жүйесінің коды бола алмайды; ${p.like}`,
  'code-loinc': () => 'код цифрлардан, сызықшадан және бақылау цифрынан тұрады, мысалы 2339-0',
  'code-snomed': () => 'ұғым идентификаторы 6–18 цифрдан тұрады, соңғысы — бақылау цифры',
  'code-icd10': () => 'код бір әріптен және екі цифрдан басталады, мысалы E11.9',
  'code-country': () => 'ел коды — екі немесе үш бас әріп немесе үш цифр',
  'code-currency': () => 'валюта коды — үш бас әріп',
  'code-language': () => 'тіл белгісі ko, ru-RU немесе kk-Cyrl-KZ түрінде жазылады',
  'code-media-type': () => 'мазмұн түрі text/plain түрінде жазылады',
  'code-display': (p) =>
    `${p.system} жүйесіндегі ${p.code} кодының атауы басқа; дұрысы: ${p.expected}, көрсетілгені: ${p.found}`,
  'system-relative': (p) =>
    `${p.type} түрінің system элементі абсолютті URI болуы керек (мысалы, http://loinc.org немесе urn:oid:1.2.3); көрсетілгені: ${p.found}`,
  unit: (p) => `${p.found}: UCUM бірлігі емес (${p.why})${p.hint ?? ''}`,
  'sampled-data': (p) =>
    `data элементі бір бос орынмен бөлінген сандардан немесе E, U, L таңбаларынан тұрады; көрсетілгені: ${p.found}`,

  'check-digit': () =>
    'Бақылау цифры сәйкес келмейді: нөмір қате терілген немесе бұл басқа түрдегі нөмір',
  'check-digit-2020': () =>
    'Бақылау цифры сәйкес келмейді: нөмір тек 2020 жылғы қазаннан кейін берілген болса ғана дұрыс',
  'identifier-date': (p) => `Нөмір ${p.digits} цифрларынан басталады, ал ондай күн жоқ`,
  'identifier-rrn': () =>
    'Бұл Корея тұрғынының тіркеу нөмірі емес: онда 13 цифр болады, алғашқы алтауы — күн, мысалы 971013-9019902',
  'identifier-iin': () => 'Бұл Қазақстанның ЖСН-і емес: ЖСН 12 цифрдан тұрады',
  'identifier-snils': () => 'Бұл СНИЛС емес: СНИЛС 11 цифрдан тұрады, мысалы 112-233-445 95',
  'identifier-enp': () =>
    'Бұл міндетті медициналық сақтандыру полисінің нөмірі (ЕНП) емес: онда 16 цифр болады',
  'identifier-inn': () => 'Бұл салық төлеушінің нөмірі (ИНН) емес: онда 12 цифр болады',
  'identifier-by': () =>
    'Бұл Беларусьтің сәйкестендіру нөмірі емес: онда 14 таңба болады, мысалы 1010100A000PB3',
  'identifier-kg': () =>
    'Бұл Қырғызстанның жеке нөмірі емес: онда 14 цифр болады, біріншісі — 1 немесе 2',
  'identifier-am': () =>
    'Бұл Арменияның мемлекеттік қызметтер нөмірі емес: онда 10 цифр болады, біріншісі 0 емес',
  'identifier-krnpi': () =>
    'Бұл Корея медициналық ұйымының нөмірі емес: онда 8 цифр болады немесе бұл сол цифрлармен аяқталатын OID',

  'slice-minimum': (p) =>
    `${p.element}: «${p.slice}» тілімі${p.what === undefined ? '' : ` (${p.what})`} кемінде ${p.least} қажет; көрсетілгені: ${p.count}`,
  'slice-maximum': (p) =>
    `${p.element}: «${p.slice}» тілімі ең көбі ${p.most} рұқсат етіледі; көрсетілгені: ${p.count}`,
  'slice-closed': (p) =>
    `${p.element}: рұқсат етілген тілімдердің ешқайсысына жатпайды: ${p.slices}`,
  'slice-order': (p) => `${p.element}: «${p.slice}» тілімі бұдан бұрын тұруы керек`,
  'slice-end': (p) => `${p.element}: тілімге кірмейтін мән тілімге кіретін мәннің алдында тұр`,

  conforms: (p) => `${p.element}: мына профильдерге сәйкес келмейді: ${p.profiles}`,
  target: (p) =>
    `${p.element}: сілтеме мынаған болуы керек: ${p.targets}; көрсетілгені: ${p.found}`,
  'target-profile': (p) =>
    `${p.element}: сілтеме көрсететін ресурс (${p.found}) мына профильдерге сәйкес келмейді: ${p.targets}`,
  aggregation: (p) =>
    `${p.element}: сілтеменің рұқсат етілген түрі — ${p.allowed}; көрсетілгені: ${p.found}`,
  'reference-dangling': (p) => `${p.found}: сілтеме көрсететін кірістірілген ресурс жоқ (ref-1)`,
  'reference-form': (p) => `${p.found}: сілтеме емес, өйткені бос орындар бар`,
  'reference-absent': (p) =>
    `Бұл серверде ${p.found} ресурсы жоқ, ал сілтемелер осында бар ресурстарды көрсетуі керек`,
  'contained-nested': () =>
    'Кірістірілген ресурстың ішінде басқа кірістірілген ресурс болмауы керек (dom-2)',
  'contained-id': () => 'Кірістірілген ресурста оған сілтеме жасалатын id болуы керек',
  'contained-unused': (p) =>
    `«${p.id}» кірістірілген ресурсына ештеңе сілтемейді, өзі де сыртқы ресурсқа сілтемейді (dom-3)`,
  'contained-version': () =>
    'Кірістірілген ресурста meta.versionId және meta.lastUpdated болмауы керек (dom-4)',
  'contained-security': () => 'Кірістірілген ресурста қауіпсіздік белгісі болмауы керек (dom-5)',
  'contained-twice': (p) => `Екі кірістірілген ресурстың id мәні бірдей: «${p.id}»`,

  invariant: (p) => `Шектеу бұзылған: ${p.human} (${p.constraint})`,
  'invariant-unknown': (p) =>
    `${p.constraint} шектеуін есептеу мүмкін емес, сондықтан ол тексерілмеді`,
  'extension-unknown': (p) => `${p.found} кеңейтілімі мұнда белгісіз, сондықтан тексерілмеді`,
  'extension-modifier': (p) =>
    `Мағынаны өзгертетін ${p.found} кеңейтілімі (modifierExtension) мұнда белгісіз: оның нені өзгертетінін айту мүмкін емес`,
  'extension-relative': (p) =>
    `Кеңейтілімнің url мәні абсолютті URI болуы керек; көрсетілгені: ${p.found}`,
  'extension-nested': (p) =>
    `${p.extension} кеңейтілімінің ішінде «${p.found}» кеңейтілімі болмайды`,
  'extension-is-modifier': (p) =>
    `${p.found} кеңейтілімі мағынаны өзгертеді: оның орны — modifierExtension`,
  'extension-no-modifier': (p) =>
    `${p.found} кеңейтілімі мағынаны өзгертпейді: оның орны — extension`,
  'extension-context': (p) =>
    `${p.found} кеңейтілімі ${p.place} үшін емес, мыналар үшін: ${p.allowed}`,
  'extension-invariant': (p) =>
    `${p.found} кеңейтілімін мұнда қолдану шарты орындалмаған: ${p.expression}`,
  'extension-type': (p) => `${p.found} — кеңейтілімнің емес, ${p.type} профилінің URL мекенжайы`,
  'profile-unknown': (p) => `${p.found} профилі мұнда белгісіз, сондықтан тексерілмеді`,
  'profile-type': (p) => `${p.found} — ${p.type} профилі, ал бұл ресурс — ${p.resource}`,
  'profile-broken': (p) => `${p.found} профилін пайдалану мүмкін емес: ${p.why}`,
  'definition-circular': (p) => `${p.found}: анықтама өзіне өзі негізделген`,
  'expression-broken': (p) => `Өрнек FHIRPath емес: ${p.found}`,
  'full-url': (p) => `fullUrl абсолютті URI болуы керек; көрсетілгені: ${p.found}`,
  'full-url-id': (p) => `fullUrl мәнінің соңы ${p.found}, ал ресурс — ${p.resource}`,
  'full-url-twice': (p) =>
    `Екі жазбаның (entry) fullUrl мәні (${p.found}) және нұсқасы бірдей (bdl-7)`,
  'document-reference': (p) =>
    `Құжатта Composition сілтейтін барлық ресурс болуы керек; онда жоғы: ${p.found}`,

  absent: (p) => `${p.what}: мұнда мұндай ресурс жоқ`,
  deleted: (p) => `${p.what}: ресурс жойылған (${p.version}-нұсқа)`,
  'type-unknown': (p) => `FHIR R4 стандартында ${p.type} ресурс түрі жоқ`,
  'operation-unknown': (p) =>
    `${p.place} деңгейінде ${p.operation} операциясы жоқ; қолжетімді операциялар CapabilityStatement ішінде көрсетілген`,
  method: (p) =>
    `${p.place} мекенжайында ${p.method} әдісі қолданылмайды; рұқсат етілетіні: ${p.allowed}`,
  'id-form': (p) =>
    `«${p.found}» id бола алмайды: id 1–64 латын әріптерінен, цифрлардан, «-» және «.» таңбаларынан тұрады`,
  'parameter-unknown': (p) => `${p.types} үшін ${p.found} іздеу параметрі жоқ${p.hint ?? ''}`,
  'all-types': () => 'барлық түрлер',
  'parameter-empty': (p) => `${p.name} параметрінің мәні жоқ`,
  'parameter-date': (p) =>
    `${p.found}: күн емес; дұрыс түрі yyyy, yyyy-mm, yyyy-mm-dd немесе yyyy-mm-ddThh:mm:ss±hh:mm, алдында eq ne gt lt ge le sa eb ap белгілерінің бірі тұруы мүмкін`,
  'media-type': (p) =>
    `Ресурс application/fhir+json немесе application/fhir+xml түрінде жіберіледі; көрсетілгені: ${p.found}`,
  'not-acceptable': () =>
    'Сервер application/fhir+json немесе application/fhir+xml түрінде жауап береді, ал Accept тақырыбы екеуіне де рұқсат бермейді',
  'fhir-version': (p) => `Сервер FHIR 4.0.1 нұсқасымен жұмыс істейді; сұралғаны: ${p.found}`,
  'body-missing': () => 'Сұраудың денесінде ресурс болуы керек, бірақ ол жоқ',
  'update-id': (p) => `${p.type}/${p.id} ресурсын жаңарту үшін id мәні «${p.id}» ресурс қажет`,
  'create-id': () => 'Жаңа ресурс құрғанда URL ішінде id болмайды: түр деңгейінде тексеріңіз',
  'body-untyped': () => 'Денеде «resourceType» жоқ: FHIR ресурсы өз түрін сонда көрсетеді',
  'body-type': (p) => `Денедегі ресурс — ${p.found}, ал URL мекенжайы — ${p.type}`,
  changed: () => 'Осы ресурстарды дәл сол уақытта басқа біреу өзгертті; сұрауды қайта жіберіңіз',
  'if-match-absent': (p) => `If-Match: ${p.what} ресурсы жоқ`,
  'if-match': (p) =>
    `If-Match: ${p.what} ресурсының ағымдағы нұсқасы — ${p.version}, жіберілген нұсқа емес; ресурсты қайта оқып, өзгерісті қайталаңыз`,
  'if-none-match': (p) => `If-None-Match: ${p.what} ресурсы бұрыннан бар`,
  'several-match': (p) =>
    `${p.what}: шартқа бірнеше ${p.type} ресурсы сәйкес келеді, ал біреуі ғана сәйкес келуі керек`,

  'task-step': (p) =>
    `${p.from} күйіндегі Task ${p.to} күйіне өте алмайды; келесі мүмкін күйлер: ${p.allowed}`,
  'task-ended': (p) =>
    `${p.from} күйіндегі Task ${p.to} күйіне өте алмайды: бұл күйден кейін басқа күй жоқ`,
  'task-begin': (p) =>
    `Басқа ұйымға арналған Task мына күйден басталады: ${p.allowed}; берілгені: ${p.status}. Одан кейінгі қадамдарды орындаушы ұйым (owner) жасайды`,
  'task-delete': (p) =>
    `${p.status} күйіндегі Task жойылмайды: онымен жұмыс жүріп жатыр; алдымен оны тоқтатыңыз (cancelled)`,
  'task-agreed': (p) =>
    `Task күйі ${p.status} болғаннан кейін мына элемент өзгермейді: ${p.element}; оны тоқтатып, жаңадан сұраңыз`,
  'task-stranger': (p) =>
    `${p.task} сіздің ұйымға тиесілі емес және оған тапсырылмаған: орындаушысы ${p.owner}; оны тек орындаушы мен сұраған ұйым өзгерте алады`,
  'task-of-owner': (p) =>
    `Тек тапсырылған ұйым (${p.owner}) мына Task күйін ${p.to} ете алады: ${p.task}`,
  'task-of-requester': (p) => `Тек сұраған ұйым мына Task күйін ${p.to} ете алады: ${p.task}`,
  'task-element-of-requester': (p) =>
    `Мына элементті тек сұраған ұйым өзгертеді: ${p.task}, ${p.element}; орындаушы күйді себебімен, жұмыс күйін, уақытты, ескертпелерді және нәтижені (output) өзгертеді`,
  'answer-hidden': (p) =>
    `Сіздің ұйым мына сұрауды (енді) көрмейді: ${p.request}; оны қамтитын күшіндегі келісім жоқ. Ештеңе сақталмады; ${p.task} сол қалпында қалады, оны себебін жазып failed күйіне өткізуге болады`,
  'report-step': (p) =>
    `${p.from} күйіндегі есеп ${p.to} күйіне өте алмайды; келесі мүмкін күйлер: ${p.allowed}`,
  'report-ended': (p) =>
    `${p.from} күйіндегі есеп ${p.to} күйіне өте алмайды: бұл күйден кейін басқа күй жоқ`,
  'report-changed': (p) =>
    `Түпкілікті (final) есептің мына элементі өзгерісті білдіретін күймен ғана өзгереді: ${p.element}; мүмкін күйлер: ${p.allowed}`,
  'ai-final': (p) =>
    `${p.what} — алгоритмнің тұжырымы, ол өздігінен ${p.status} бола алмайды: ағымдағы нұсқаны растаған не түзеткен Practitioner немесе PractitionerRole agent ретінде, ал осы тұжырым entity ретінде аталған Provenance болғанша preliminary күйінде қалады`,
  'ai-provenance': (p) =>
    `Бағдарлама (${p.device}) дәрігердің не істегенін жаза алмайды: оның Provenance жазбасындағы agent — өзі`,

  fault: (p) =>
    `Сервер бұл сұрауды орындай алмады. Әкімші себебін ${p.id} сұрау нөмірі бойынша таба алады.`,
}
