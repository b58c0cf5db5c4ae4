// FHIR XML to a resource and back, without losing a digit, an id or an extension of a primitive.
// https://hl7.org/fhir/R4/xml.html
// Everything inside works on JSON: XML exists at the edge only. Must not check more than the names and the forms
// that decide how the JSON looks: the rest is validation/.

export { xmlToResource } from './xml-read.ts'
export { resourceToXml } from './xml-write.ts'
