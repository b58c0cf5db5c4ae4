// The two keywords that FHIR's JSON needs and JSON schema lacks, as ajv code generators.
// https://ajv.js.org/keywords.html#define-keyword-with-code-generation-function
// `elements` does in one loop over the keys that are there what `properties`, `required`, `additionalProperties`,
// `oneOf` and `minProperties` would do by looking for each key that could be there.
// Must only be used with ajv's option allErrors off: a failure returns at once.
import { _, type Ajv, type Code, type KeywordCxt } from 'ajv'
import { arePaired, isExtended, type Name, type Names } from './names.ts'

/**
 * Adds the keywords
 * - `fhir`: a function (value) => boolean that the value has to pass, called without ajv's context;
 * - `elements`: the schema of each name that may stand in an object, with what the names count for beside it in
 *   `names` (see names.ts), and `resource`, which says that `resourceType` alone is enough.
 */
export function addKeywords(ajv: Ajv): void {
  ajv.addVocabulary(['names', 'resource'])
  ajv.addKeyword({
    keyword: 'fhir',
    code(cxt: KeywordCxt) {
      const check = cxt.gen.scopeValue('func', { ref: cxt.schema as (value: unknown) => boolean })
      cxt.pass(_`${check}(${cxt.data})`)
    },
  })
  ajv.addKeyword({ keyword: 'elements', type: 'object', schemaType: 'object', code: elementsCode })
}

function elementsCode(cxt: KeywordCxt): void {
  const { gen, data } = cxt
  const { names: all, resource } = cxt.parentSchema as { names: Names; resource: boolean }
  const { names, required, valueBit, idSuffices } = all
  const paired = gen.scopeValue('func', { ref: arePaired })
  const extended = gen.scopeValue('func', { ref: isExtended })
  const seen = gen.let('seen', 0)
  const content = gen.let('content', resource)
  const failIf = (condition: Code) => gen.if(condition, () => cxt.error())

  /** Counts an element that is there, and refuses the second of a choice. */
  const count = ({ bit, choice }: Name) => {
    if (bit === 0) return
    if (choice) failIf(_`${seen} & ${bit}`)
    gen.code(_`${seen} |= ${bit};`)
  }

  gen.forIn('key', data, (key) => {
    gen.code(_`switch(${key}){default:{`)
    cxt.error()
    gen.code(_`}`)
    for (const name of Object.keys(cxt.schema as object)) {
      gen.code(_`case ${name}:{`)
      cxt.subschema({ keyword: 'elements', schemaProp: name, dataProp: name }, gen.name('valid'))
      if (!resource && (idSuffices || name !== 'id')) gen.code(_`${content} = true;`)
      const known = names.get(name)
      if (known?.of !== undefined) {
        const { of, array } = known
        const [value, sibling] = [_`${data}[${of}]`, _`${data}[${name}]`]
        gen.if(
          _`${value} === undefined`,
          () => {
            failIf(array ? _`!${paired}(undefined, ${sibling})` : _`!${extended}(${sibling})`)
            count(known)
          },
          array ? () => failIf(_`!${paired}(${value}, ${sibling})`) : undefined,
        )
      } else if (known) {
        if (known.sibling !== undefined) {
          failIf(_`${data}[${known.sibling}] === undefined && ${data}[${name}].includes(null)`)
        }
        count(known)
      }
      gen.code(_`break;}`)
    }
    gen.code(_`}`)
  })
  failIf(_`!${content}`)
  if (required !== 0) failIf(_`(${seen} & ${required}) !== ${required}`)
  if (valueBit !== 0)
    failIf(_`(${data}.extension === undefined) === ((${seen} & ${valueBit}) === 0)`)
}
