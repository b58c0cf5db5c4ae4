// The div of a narrative as XML: the same text, with the entities of HTML as characters, since XML knows five only.
// https://hl7.org/fhir/R4/narrative.html and https://www.w3.org/TR/html401/sgml/entities.html
// Must not make a document ill-formed: a div that is no XML is written as escaped text.

import { SaxesParser } from 'saxes'
import { fail } from '../errors.ts'
import { XHTML_NAMESPACE } from './xml-parse.ts'

// Names of U+00A0 to U+00FF in order, then runs of names by their first code point.
const LATIN =
  'nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn ' +
  'sup2 sup3 acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave ' +
  'Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ' +
  'ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN ' +
  'szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave iacute ' +
  'icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml ' +
  'yacute thorn yuml'
const RUNS =
  '152:OElig,oelig 160:Scaron,scaron 178:Yuml 192:fnof 2c6:circ 2dc:tilde ' +
  '391:Alpha,Beta,Gamma,Delta,Epsilon,Zeta,Eta,Theta,Iota,Kappa,Lambda,Mu,Nu,Xi,Omicron,Pi,Rho ' +
  '3a3:Sigma,Tau,Upsilon,Phi,Chi,Psi,Omega ' +
  '3b1:alpha,beta,gamma,delta,epsilon,zeta,eta,theta,iota,kappa,lambda,mu,nu,xi,omicron,pi,rho,sigmaf,sigma,tau,upsilon,phi,chi,psi,omega ' +
  '3d1:thetasym,upsih 3d6:piv 2002:ensp,emsp 2009:thinsp 200c:zwnj,zwj,lrm,rlm 2013:ndash,mdash ' +
  '2018:lsquo,rsquo,sbquo 201c:ldquo,rdquo,bdquo 2020:dagger,Dagger,bull 2026:hellip 2030:permil ' +
  '2032:prime,Prime 2039:lsaquo,rsaquo 203e:oline 2044:frasl 20ac:euro 2111:image 2118:weierp ' +
  '211c:real 2122:trade 2135:alefsym 2190:larr,uarr,rarr,darr,harr 21b5:crarr ' +
  '21d0:lArr,uArr,rArr,dArr,hArr 2200:forall 2202:part,exist 2205:empty 2207:nabla,isin,notin ' +
  '220b:ni 220f:prod 2211:sum,minus 2217:lowast 221a:radic 221d:prop,infin 2220:ang ' +
  '2227:and,or,cap,cup,int 2234:there4 223c:sim 2245:cong 2248:asymp 2260:ne,equiv 2264:le,ge ' +
  '2282:sub,sup,nsub 2286:sube,supe 2295:oplus 2297:otimes 22a5:perp 22c5:sdot ' +
  '2308:lceil,rceil,lfloor,rfloor 2329:lang,rang 25ca:loz 2660:spades 2663:clubs 2665:hearts,diams'

const ENTITIES: ReadonlyMap<string, string> = new Map(
  [`a0:${LATIN.replaceAll(' ', ',')}`, ...RUNS.split(' ')].flatMap((run) => {
    const [first = '', names = ''] = run.split(':')
    return names
      .split(',')
      .map((name, i): [string, string] => [name, String.fromCodePoint(parseInt(first, 16) + i)])
  }),
)

/**
 * The text of a narrative's div, fit to stand in a FHIR XML document.
 * @param path FHIRPath of the div, for the failure
 * @throws Failure `not-acceptable` for characters that XML can't hold
 */
export function narrativeXml(div: string, path: string): string {
  const text = div
    .trim()
    .replace(
      /&([A-Za-z][A-Za-z0-9]*);/g,
      (reference, name: string) => ENTITIES.get(name) ?? reference,
    )
  if (isXhtmlDiv(text)) return text
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.test(text) || !text.isWellFormed()) {
    throw fail(
      'not-acceptable',
      'The narrative has a character that XML cannot hold; ask for JSON',
      path,
    )
  }
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
  return `<div xmlns="${XHTML_NAMESPACE}">${escaped}</div>`
}

/** Whether the text is one well-formed div in the XHTML namespace, without a document type or a declaration. */
function isXhtmlDiv(text: string): boolean {
  if (!text.startsWith('<div') || !text.endsWith('>')) return false
  const parser = new SaxesParser({ xmlns: true })
  let valid = true
  parser.on('error', () => (valid = false))
  parser.on('opentag', (tag) => {
    valid &&= tag.uri === XHTML_NAMESPACE && tag.prefix === ''
  })
  parser.write(text)
  if (valid) parser.close()
  return valid
}
