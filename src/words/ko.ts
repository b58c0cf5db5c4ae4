// What issues say, in Korean; see en.ts.
// https://hl7.org/fhir/R4/languages.html
// Must not differ from the English in what it says. A value stands before a noun, so that no particle hangs on its end.
import type { Words } from './message.ts'

export const KO: Words = {
  'of-profile': (p) => `${p.text} (프로파일 ${p.profile})`,
  fine: () => '문제가 없습니다',
  meant: (p) => `. 혹시 "${p.name}"입니까?`,
  near: (p) => `. 혹시 다음 중 하나입니까? ${p.names}`,
  pair: (p) => `${p.one}, ${p.other}`,
  'no-code': () => '코드 없음',
  nothing: () => '값 없음',
  array: () => '배열',
  object: () => '객체',
  'no-system': (p) => `${p.code} (system 없음)`,

  structure: () => '리소스의 구조가 R4와 다릅니다',
  nested: () => '리소스의 중첩이 너무 깊습니다',
  'resource-object': (p) => `리소스는 객체여야 합니다. 현재 값: ${p.found}`,
  'resource-untyped': () => '리소스에는 문자열 resourceType이 있어야 합니다',
  'resource-type-form': (p) => `리소스의 resourceType은 문자열이어야 합니다. 현재 값: ${p.found}`,
  'resource-abstract': (p) =>
    `${p.type} 유형은 추상 유형입니다. 여기에서 파생된 유형의 리소스를 사용해야 합니다`,
  'resource-unknown': (p) => `R4에는 ${p.found} 리소스 유형이 없습니다${p.hint ?? ''}`,
  'resource-other': (p) =>
    `resourceType이 ${p.expected}이어야 하는 자리입니다. 현재 값: ${p.found}`,
  'choice-several': (p) =>
    `${p.element}에는 한 가지 유형의 값 하나만 올 수 있습니다. 현재 있는 요소: ${p.found}`,
  required: (p) => `${p.type}의 필수 요소가 없습니다: ${p.element}`,
  'element-unknown': (p) => `${p.type}에는 ${p.found} 요소가 없습니다${p.hint ?? ''}`,
  'choice-untyped': (p) =>
    `${p.type}에는 ${p.found} 요소가 없습니다. ${p.element} 뒤에 자료형을 붙여 씁니다: ${p.allowed}`,
  'sibling-not-allowed': (p) =>
    `${p.found} 이름은 쓸 수 없습니다. 밑줄로 시작하는 이름은 기본 자료형 요소에만 쓸 수 있습니다`,
  'sibling-object': (p) =>
    `${p.name}의 값은 id와 extension을 가진 객체여야 합니다. 현재 값: ${p.found}`,
  'sibling-count': (p) => `${p.name}의 항목 수(${p.count})가 값의 수(${p.most})보다 많습니다`,
  'element-empty': () => '요소가 비어 있으면 안 됩니다',
  'element-only-id': () => '요소에는 id 외에 다른 내용이 있어야 합니다',
  'extension-both': () => '확장에는 값과 하위 확장 중 하나만 있어야 합니다 (ext-1)',
  'extension-neither': () => '확장에는 값 또는 하위 확장이 있어야 합니다 (ext-1)',
  'single-array': (p) => `${p.element} 요소는 배열이 아니라 단일 값이어야 합니다`,
  'array-single': (p) => `${p.element} 요소는 값이 하나라도 배열이어야 합니다. 현재 값: ${p.found}`,
  'array-empty': (p) => `${p.element} 배열이 비어 있습니다. 값이 없는 요소는 생략해야 합니다`,
  'array-maximum': (p) => `최대 ${p.most}개까지 허용됩니다. 현재 ${p.count}개입니다`,
  'array-minimum': (p) => `최소 ${p.least}개가 필요합니다. 현재 ${p.count}개입니다`,
  valueless: (p) => `${p.element} 요소에 값도 확장도 없습니다`,
  'null-sibling': (p) => `null은 _${p.element} 배열의 같은 자리에 확장이 있을 때만 쓸 수 있습니다`,
  'null-item': () => 'null은 허용되지 않습니다',
  null: (p) => `${p.element} 요소가 null입니다. 값이 없는 요소는 생략해야 합니다`,
  'object-expected': (p) => `${p.element} 요소는 객체여야 합니다. 현재 값: ${p.found}`,
  'object-of-type': (p) =>
    `${p.element} 요소는 ${p.type} 자료형의 객체여야 합니다. 현재 값: ${p.found}`,
  'json-type': (p) =>
    `${p.element} 요소는 JSON ${p.json} 값(${p.type})이어야 합니다. 현재 값: ${p.found}`,
  narrative: (p) => `서술 텍스트(narrative)가 올바르지 않습니다: ${p.problem}`,
  code: (p) =>
    `${p.found} 코드는 허용되지 않습니다. 허용되는 코드: ${p.allowed}${p.hint ?? ''} (${p.valueSet})`,
  coding: (p) =>
    `${p.element} 요소에는 다음 코드 중 하나를 가진 coding이 필요합니다: ${p.allowed} (${p.valueSet})`,
  form: (p) => `${p.found} 값은 ${p.type} 자료형이 아닙니다. 올바른 형식: ${p.expected}`,
  'form-base64Binary': () => 'base64',
  'form-boolean': () => 'true 또는 false',
  'form-code': () => '앞뒤에 공백이 없고 공백이 연속되지 않는 코드',
  'form-date': () => '실제로 있는 날짜, 월 또는 연도: YYYY, YYYY-MM 또는 YYYY-MM-DD',
  'form-dateTime': () =>
    'YYYY, YYYY-MM, YYYY-MM-DD 또는 시간대(Z 또는 +hh:mm)가 있는 YYYY-MM-DDThh:mm:ss',
  'form-decimal': () => '십진수',
  'form-id': () => 'A-Z, a-z, 0-9, "-", "."로 이루어진 1~64자',
  'form-instant': () => '시간대(Z 또는 +hh:mm)가 있는 YYYY-MM-DDThh:mm:ss',
  'form-integer': () => '32비트 정수',
  'form-oid': () => 'URI 형식의 OID: urn:oid:1.2.3',
  'form-positiveInt': () => '1부터 2147483647까지의 정수',
  'form-string': () => '비어 있지 않고 제어 문자가 없는 1 MiB 이하의 텍스트',
  'form-time': () => '시간대가 없는 hh:mm:ss',
  'form-unsignedInt': () => '0부터 2147483647까지의 정수',
  'form-uri': () => '공백이 없는 URI',
  'form-uuid': () => '소문자로 쓴 URI 형식의 UUID: urn:uuid:c757873d-ec9a-4326-a141-556f43239520',
  'form-xhtml': () => '서식 요소만 있는 올바른 <div xmlns="http://www.w3.org/1999/xhtml">',

  minimum: (p) => `${p.element}: 최소 ${p.least}개가 필요합니다. 현재 ${p.count}개입니다`,
  maximum: (p) =>
    p.most === 0
      ? `${p.element}: 여기에서는 허용되지 않습니다`
      : `${p.element}: 최대 ${p.most}개까지 허용됩니다. 현재 ${p.count}개입니다`,
  type: (p) => `${p.element}: 허용되는 자료형은 ${p.allowed}입니다. 현재 자료형: ${p.found}`,
  fixed: (p) => `${p.element}: 값이 정해져 있습니다. 정해진 값: ${p.expected}, 현재 값: ${p.found}`,
  pattern: (p) => `${p.element}: 다음 내용을 포함해야 합니다: ${p.expected}`,
  below: (p) => `${p.found}: 허용되는 최솟값 ${p.limit}보다 작습니다`,
  above: (p) => `${p.found}: 허용되는 최댓값 ${p.limit}보다 큽니다`,
  length: (p) => `${p.element}: 최대 ${p.most}자까지 허용됩니다. 현재 ${p.count}자입니다`,
  binding: (p) => `${p.found}: 값 집합 ${p.valueSet}에 없습니다`,
  'binding-missing': (p) => `${p.element}: 값 집합 ${p.valueSet}의 코드가 필요합니다`,
  'binding-extensible': (p) =>
    `${p.found}: 값 집합 ${p.valueSet}에 없습니다. 값 집합에 알맞은 코드가 있으면 그 코드를 사용해야 합니다`,
  'code-unknown': (p) => `코드 체계 ${p.system}에 ${p.found} 코드가 없습니다`,
  'code-form': (p) => `${p.found} 값은 코드 체계 ${p.system}의 코드가 될 수 없습니다: ${p.like}`,
  'code-loinc': () => '숫자, 하이픈, 검증 숫자로 이루어져야 합니다 (예: 2339-0)',
  'code-snomed': () => '개념 ID는 6~18자리 숫자이며 마지막 자리는 검증 숫자입니다',
  'code-icd10': () => '문자 하나와 숫자 두 개로 시작해야 합니다 (예: E11.9)',
  'code-country': () => '국가 코드는 대문자 두세 자 또는 숫자 세 자리입니다',
  'code-currency': () => '통화 코드는 대문자 세 자입니다',
  'code-language': () => '언어 태그의 예: ko, ru-RU, kk-Cyrl-KZ',
  'code-media-type': () => '미디어 유형의 예: text/plain',
  'code-display': (p) =>
    `${p.system}의 ${p.code} 코드의 표시 이름이 다릅니다. 올바른 이름: ${p.expected}, 현재 이름: ${p.found}`,
  'system-relative': (p) =>
    `${p.type}의 system은 절대 URI여야 합니다(예: http://loinc.org, urn:oid:1.2.3). 현재 값: ${p.found}`,
  unit: (p) => `${p.found}: UCUM 단위가 아닙니다 (${p.why})${p.hint ?? ''}`,
  'sampled-data': (p) =>
    `data는 공백 하나로 구분된 숫자 또는 E, U, L이어야 합니다. 현재 값: ${p.found}`,

  'check-digit': () => '검증 숫자가 맞지 않습니다. 번호를 잘못 입력했거나 다른 종류의 번호입니다',
  'check-digit-2020': () =>
    '검증 숫자가 맞지 않습니다. 2020년 10월 이후에 부여된 번호일 때만 올바른 번호입니다',
  'identifier-date': (p) => `번호의 앞부분 ${p.digits}에 해당하는 날짜가 없습니다`,
  'identifier-rrn': () =>
    '주민등록번호가 아닙니다. 주민등록번호는 13자리이며 앞의 6자리는 날짜입니다 (예: 971013-9019902)',
  'identifier-iin': () => '카자흐스탄 개인식별번호(IIN)가 아닙니다. IIN은 12자리입니다',
  'identifier-snils': () => 'SNILS 번호가 아닙니다. SNILS는 11자리입니다 (예: 112-233-445 95)',
  'identifier-enp': () => '의무의료보험 번호(ENP)가 아닙니다. ENP는 16자리입니다',
  'identifier-inn': () => '납세자 번호(INN)가 아닙니다. INN은 12자리입니다',
  'identifier-by': () => '벨라루스 개인식별번호가 아닙니다. 번호는 14자입니다 (예: 1010100A000PB3)',
  'identifier-kg': () =>
    '키르기스스탄 개인번호가 아닙니다. 번호는 14자리이며 첫 자리는 1 또는 2입니다',
  'identifier-am': () =>
    '아르메니아 공공서비스 번호가 아닙니다. 번호는 10자리이며 첫 자리는 0이 아닙니다',
  'identifier-krnpi': () =>
    '요양기관번호가 아닙니다. 요양기관번호는 8자리 숫자이거나 8자리로 끝나는 OID입니다',

  'slice-minimum': (p) =>
    `${p.element}: 슬라이스 "${p.slice}"${p.what === undefined ? '' : ` (${p.what})`} 항목이 최소 ${p.least}개 필요합니다. 현재 ${p.count}개입니다`,
  'slice-maximum': (p) =>
    `${p.element}: 슬라이스 "${p.slice}" 항목은 최대 ${p.most}개까지 허용됩니다. 현재 ${p.count}개입니다`,
  'slice-closed': (p) =>
    `${p.element}: 허용되는 슬라이스 중 어느 것에도 해당하지 않습니다: ${p.slices}`,
  'slice-order': (p) => `${p.element}: 슬라이스 "${p.slice}" 항목은 더 앞에 있어야 합니다`,
  'slice-end': (p) =>
    `${p.element}: 슬라이스에 속하지 않는 항목은 슬라이스 항목보다 뒤에 있어야 합니다`,

  conforms: (p) => `${p.element}: 다음 프로파일을 따르지 않습니다: ${p.profiles}`,
  target: (p) => `${p.element}: 참조할 수 있는 대상은 ${p.targets}입니다. 현재 참조: ${p.found}`,
  'target-profile': (p) =>
    `${p.element}: 참조 대상(${p.found})이 다음 프로파일을 따르지 않습니다: ${p.targets}`,
  aggregation: (p) =>
    `${p.element}: 허용되는 참조 방식은 ${p.allowed}입니다. 현재 참조: ${p.found}`,
  'reference-dangling': (p) => `${p.found}: 참조하는 contained 리소스가 없습니다 (ref-1)`,
  'reference-form': (p) => `${p.found}: 공백이 있으므로 참조가 아닙니다`,
  'reference-absent': (p) =>
    `이 서버에 ${p.found} 리소스가 없습니다. 참조 대상은 이 서버에 있어야 합니다`,
  'contained-nested': () => 'contained 리소스는 다른 contained 리소스를 가질 수 없습니다 (dom-2)',
  'contained-id': () => 'contained 리소스에는 참조에 쓰이는 id가 있어야 합니다',
  'contained-unused': (p) =>
    `contained 리소스 "${p.id}": 이 리소스를 참조하는 곳이 없고, 이 리소스도 바깥 리소스를 참조하지 않습니다 (dom-3)`,
  'contained-version': () =>
    'contained 리소스에는 meta.versionId나 meta.lastUpdated가 있으면 안 됩니다 (dom-4)',
  'contained-security': () => 'contained 리소스에는 보안 레이블이 있으면 안 됩니다 (dom-5)',
  'contained-twice': (p) => `id가 "${p.id}"인 contained 리소스가 둘 이상 있습니다`,

  invariant: (p) => `제약 조건을 만족하지 않습니다: ${p.human} (${p.constraint})`,
  'invariant-unknown': (p) => `제약 조건 ${p.constraint}의 식을 계산할 수 없어 검사하지 않았습니다`,
  'extension-unknown': (p) => `알려지지 않은 확장이므로 검사하지 않았습니다: ${p.found}`,
  'extension-modifier': (p) =>
    `알려지지 않은 수정 확장(modifierExtension)이므로 의미가 어떻게 바뀌는지 알 수 없습니다: ${p.found}`,
  'extension-relative': (p) => `확장의 url은 절대 URI여야 합니다. 현재 값: ${p.found}`,
  'extension-nested': (p) => `확장 ${p.extension}에는 하위 확장 "${p.found}" 항목이 없습니다`,
  'extension-is-modifier': (p) =>
    `${p.found} 확장은 의미를 바꾸므로 modifierExtension에 있어야 합니다`,
  'extension-no-modifier': (p) =>
    `${p.found} 확장은 의미를 바꾸지 않으므로 extension에 있어야 합니다`,
  'extension-context': (p) =>
    `${p.found} 확장은 ${p.place}에 쓸 수 없습니다. 쓸 수 있는 곳: ${p.allowed}`,
  'extension-invariant': (p) =>
    `${p.found} 확장을 쓸 수 있는 조건을 만족하지 않습니다: ${p.expression}`,
  'extension-type': (p) => `${p.found} URL은 확장이 아니라 ${p.type} 프로파일의 URL입니다`,
  'profile-unknown': (p) => `알려지지 않은 프로파일이므로 검사하지 않았습니다: ${p.found}`,
  'profile-type': (p) =>
    `${p.found} 프로파일은 ${p.type} 프로파일이지만 이 리소스의 유형은 ${p.resource}입니다`,
  'profile-broken': (p) => `프로파일 ${p.found}을(를) 사용할 수 없습니다: ${p.why}`,
  'definition-circular': (p) => `자기 자신을 기반으로 하는 정의입니다: ${p.found}`,
  'expression-broken': (p) => `식이 올바른 FHIRPath가 아닙니다: ${p.found}`,
  'full-url': (p) => `fullUrl은 절대 URI여야 합니다. 현재 값: ${p.found}`,
  'full-url-id': (p) => `fullUrl은 ${p.found}로 끝나지만 리소스는 ${p.resource}입니다`,
  'full-url-twice': (p) => `fullUrl이 ${p.found}이고 버전이 같은 entry가 둘 있습니다 (bdl-7)`,
  'document-reference': (p) =>
    `문서에는 Composition이 참조하는 리소스가 모두 있어야 하지만 다음 리소스가 없습니다: ${p.found}`,

  absent: (p) => `이 서버에 ${p.what} 리소스가 없습니다`,
  deleted: (p) => `${p.what} 리소스는 삭제되었습니다 (버전 ${p.version})`,
  'type-unknown': (p) => `FHIR R4에는 ${p.type} 리소스 유형이 없습니다`,
  'operation-unknown': (p) =>
    `${p.place} 수준에는 ${p.operation} 오퍼레이션이 없습니다. 사용할 수 있는 오퍼레이션은 CapabilityStatement에 있습니다`,
  method: (p) =>
    `${p.place} 경로에는 ${p.method} 메서드를 쓸 수 없습니다. 허용되는 메서드: ${p.allowed}`,
  'id-form': (p) =>
    `"${p.found}" 값은 id가 될 수 없습니다. id는 영문자, 숫자, "-", "."로 이루어진 1~64자입니다`,
  'parameter-unknown': (p) => `${p.types} 검색에는 ${p.found} 매개변수가 없습니다${p.hint ?? ''}`,
  'all-types': () => '모든 유형의',
  'parameter-empty': (p) => `${p.name} 매개변수에 값이 없습니다`,
  'parameter-date': (p) =>
    `${p.found} 값은 날짜가 아닙니다. 올바른 형식은 yyyy, yyyy-mm, yyyy-mm-dd, yyyy-mm-ddThh:mm:ss±hh:mm이며 앞에 eq ne gt lt ge le sa eb ap 중 하나를 붙일 수 있습니다`,
  'media-type': (p) =>
    `리소스는 application/fhir+json 또는 application/fhir+xml로 보내야 합니다. 현재 유형: ${p.found}`,
  'not-acceptable': () =>
    '이 서버는 application/fhir+json 또는 application/fhir+xml로 응답하지만 Accept 헤더가 둘 다 허용하지 않습니다',
  'fhir-version': (p) => `이 서버는 FHIR 4.0.1을 사용합니다. 요청한 버전: ${p.found}`,
  'body-missing': () => '요청 본문에 리소스가 있어야 하지만 없습니다',
  'update-id': (p) => `${p.type}/${p.id} 리소스를 갱신하려면 본문의 id가 "${p.id}"여야 합니다`,
  'create-id': () => '생성 요청의 URL에는 id가 없습니다. 유형 수준에서 검증하십시오',
  'body-untyped': () => '본문에 "resourceType"이 없습니다. FHIR 리소스는 여기에 유형을 적습니다',
  'body-type': (p) => `본문의 리소스 유형은 ${p.found}이지만 URL의 유형은 ${p.type}입니다`,
  changed: () => '같은 리소스가 동시에 변경되었습니다. 요청을 다시 보내십시오',
  'if-match-absent': (p) => `If-Match: ${p.what} 리소스가 없습니다`,
  'if-match': (p) =>
    `If-Match: ${p.what} 리소스의 현재 버전은 ${p.version}이며 보낸 버전과 다릅니다. 다시 읽고 변경을 반복하십시오`,
  'if-none-match': (p) => `If-None-Match: ${p.what} 리소스가 이미 있습니다`,
  'several-match': (p) =>
    `${p.what}: 조건에 맞는 ${p.type} 리소스가 둘 이상입니다. 조건은 하나만 선택해야 합니다`,

  'task-step': (p) =>
    `Task 상태를 ${p.from}에서 ${p.to}(으)로 바꿀 수 없습니다. 다음 상태: ${p.allowed}`,
  'task-ended': (p) =>
    `Task 상태를 ${p.from}에서 ${p.to}(으)로 바꿀 수 없습니다. 이 상태 다음에는 다른 상태가 없습니다`,
  'task-begin': (p) =>
    `다른 기관에 요청하는 Task는 다음 상태로 시작합니다: ${p.allowed}. 현재 값: ${p.status}. 그 이후의 단계는 수행 기관(owner)이 진행합니다`,
  'task-delete': (p) =>
    `진행 중인 Task는 삭제할 수 없습니다. 현재 상태: ${p.status}. 먼저 취소(cancelled)하십시오`,
  'task-agreed': (p) =>
    `현재 상태(${p.status})의 Task에서는 다음 요소를 더 이상 바꿀 수 없습니다: ${p.element}. 취소한 뒤 새로 요청하십시오`,
  'task-stranger': (p) =>
    `다음 Task는 귀 기관의 것도, 귀 기관에 요청된 것도 아닙니다: ${p.task}. 수행 기관(${p.owner})과 요청 기관만 바꿀 수 있습니다`,
  'task-of-owner': (p) =>
    `다음 Task의 이 단계(${p.to})는 수행 기관(${p.owner})만 진행할 수 있습니다: ${p.task}`,
  'task-of-requester': (p) =>
    `다음 Task의 이 단계(${p.to})는 요청 기관만 진행할 수 있습니다: ${p.task}`,
  'task-element-of-requester': (p) =>
    `다음 요소는 요청 기관만 바꿀 수 있습니다: ${p.task}, ${p.element}. 수행 기관은 상태와 그 사유, 업무 상태, 시간, 메모, 결과(output)를 바꿉니다`,
  'answer-hidden': (p) =>
    `귀 기관은 다음 요청을 (더 이상) 볼 수 없습니다: ${p.request}. 유효한 동의가 없습니다. 아무것도 저장되지 않았습니다. 다음 Task는 그대로이며 사유와 함께 failed로 바꿀 수 있습니다: ${p.task}`,
  'report-step': (p) =>
    `보고서 상태를 ${p.from}에서 ${p.to}(으)로 바꿀 수 없습니다. 다음 상태: ${p.allowed}`,
  'report-ended': (p) =>
    `보고서 상태를 ${p.from}에서 ${p.to}(으)로 바꿀 수 없습니다. 이 상태 다음에는 다른 상태가 없습니다`,
  'report-changed': (p) =>
    `최종(final) 보고서의 다음 요소는 변경을 알리는 상태와 함께만 바꿀 수 있습니다: ${p.element}. 가능한 상태: ${p.allowed}`,
  'ai-final': (p) =>
    `알고리즘의 소견은 스스로 확정될 수 없습니다: ${p.what}, 상태 ${p.status}. 현재 버전을 확인하거나 수정한 Practitioner 또는 PractitionerRole이 agent로, 이 소견이 entity로 적힌 Provenance가 있을 때까지 preliminary로 남습니다`,
  'ai-provenance': (p) =>
    `프로그램(${p.device})은 의료인이 한 일을 기록할 수 없습니다. 그 Provenance의 agent는 프로그램 자신입니다`,

  'newborn-no-birth-time': () =>
    '출생 시각을 알 수 없어(birthDate의 확장 patient-birthTime) 생후 시간을 표시하지 않습니다',
  'newborn-rapid': () =>
    '빌리루빈이 용혈을 시사하는 속도로 상승했습니다: 생후 24시간 이내 시간당 0.3 mg/dL 이상, 그 이후 0.2 mg/dL 이상(AAP 2022)',
  'newborn-early': () =>
    '빌리루빈 상승 속도는 판단하지 않았습니다: 지침(AAP 2022)은 재태 35주 이상이고 재태 주수가 알려진 신생아에게 적용됩니다',
  'newborn-no-thresholds': () => '광선치료와 교환수혈의 기준값은 이 요약에 들어 있지 않습니다',
  'newborn-no-percentiles': () =>
    '성장 백분위수는 제외했습니다: 허용되는 라이선스로 구할 수 있는 기준표가 없었습니다',

  // What nobody but others may do or see, docs/access.md
  'for-administrators': (p) =>
    `다음 유형은 이 서버가 모두에게 작동하는 방식을 바꾸므로 관리자만 쓸 수 있습니다: ${p.type}`,
  'of-another': (p) => `다른 기관의 것이므로 보관 기관만 바꿀 수 있습니다: ${p.what}`,
  'id-not-yours': (p) =>
    `귀 기관에는 이 id의 ${p.type} 리소스가 없습니다. 새 id를 정하려면 "${p.prefix}"(으)로 시작하거나, ${p.type}에 POST하여 서버가 id를 정하게 하십시오`,
  'not-of-patient': (p) => `이 ${p.type} 리소스는 토큰이 가리키는 환자의 것이 아닙니다`,
  'scope-short': (p) => `토큰의 scope가 이 ${p.type} 리소스의 내용에 미치지 않습니다`,
  'scope-missing': (p) => `토큰의 scope가 이것을 허용하지 않습니다. 필요한 scope: ${p.scope}`,
  'role-missing': (p) =>
    `이것은 다음 역할에만 허용되며, 토큰에는 그 역할이 없습니다: ${p.what} (${p.roles})`,
  'glass-by-clinician': () => '응급 열람(break glass)은 로그인한 임상의만 할 수 있습니다',
  'glass-by-role': () =>
    '응급 열람(break glass)은 임상의만 할 수 있으며, 토큰에는 그 역할이 없습니다',
  'purpose-other': (p) =>
    `토큰의 사용 목적은 ${p.purposes}이며, X-Purpose-Of-Use로 다른 목적을 말할 수 없습니다`,
  residency: (p) =>
    `환자의 동의는 이것을 허용하지만, 기록이 국외로 나가려면 다음이 필요합니다: ${p.asks}. 규칙 ${p.rule}: ${p.source}`,
  'residency-destination': () => '동의서에 받는 자 또는 기록이 갈 수 있는 국가가 적혀 있을 것',
  'residency-kr': () => '동의서에 받는 자와 목적이 적혀 있을 것',
  'residency-ru': () => '동의서에 감독 기관에 대한 통지 번호가 적혀 있을 것',
  'residency-more': () => '동의서 하나가 법이 요구하는 것을 모두 적고 있을 것',
  'organization-country': (p) =>
    `기관의 국가는 무엇을 보고 내보낼 수 있는지를 결정하므로 관리자만 적을 수 있습니다: ${p.what}, 현재 ${p.from}, 요청 ${p.to}`,
  'country-none': () => '국가 없음',
  'consent-unjudged': () =>
    '이 부분은 판단할 수 없어, 허용(permit)은 이로써 성립하지 않고 거부(deny)는 내용과 상관없이 성립합니다 (docs/access.md)',
  'consent-void': () =>
    '이 동의서는 active이지만 여기서는 효력이 없습니다: scope가 patient-privacy가 아니거나 provision이 없습니다 (docs/access.md)',

  fault: (p) =>
    `서버가 이 요청을 처리하지 못했습니다. 운영자는 요청 ID ${p.id}로 원인을 찾을 수 있습니다.`,
}
