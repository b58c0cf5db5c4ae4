import assert from 'node:assert/strict'
import { checkXhtml } from '../../src/validation/xhtml.ts'

const div = (inner: string) => `<div xmlns="http://www.w3.org/1999/xhtml">${inner}</div>`

const GOOD: Record<string, string> = {
  text: div('a'),
  'blanks around': ` ${div('a')}\n`,
  'single quotes and blanks': `<div\n xmlns = 'http://www.w3.org/1999/xhtml' >a</div >`,
  nested: div(
    '<table class="x"><tbody><tr><td colspan="2"><b>a</b><br/></td></tr></tbody></table>',
  ),
  'an image only': div('<img src="#a" alt="x"/>'),
  'an image within': div('<img src="data:image/png;base64,AAAA" alt="x"/>'),
  references: div('&lt;&amp;&gt;&quot;&apos;&#160;&#xA0;'),
  comment: div('a<!-- <script> -->b'),
  link: div('<a href="https://example.org/?a=b&amp;c=d">a</a><a name="x"/>'),
  scripts: div('김민수 Қайрат 👩‍⚕️'),
  'a greater-than sign': div('a > b'),
}

const BAD: Record<string, readonly [text: string, problem: RegExp]> = {
  'no element': ['just text', /outside/],
  empty: ['', /no <div>/],
  'another root': ['<p xmlns="http://www.w3.org/1999/xhtml">a</p>', /begins with <p>/],
  'no namespace': ['<div><p>a</p></div>', /lacks xmlns/],
  'another namespace': ['<div xmlns="http://example.org/html">a</div>', /namespace/],
  'two roots': [div('a') + div('b'), /more than one/],
  'text behind': [`${div('a')}b`, /outside/],
  'nothing inside': [div('  '), /nothing in it/],
  'self-closed': ['<div xmlns="http://www.w3.org/1999/xhtml"/>', /nothing in it/],
  unclosed: [div('<p>a'), /<\/div> where <\/p>/],
  'never closed': ['<div xmlns="http://www.w3.org/1999/xhtml">a', /does not close <div>/],
  'closed twice': [`${div('a')}</div>`, /nothing has to be closed/],
  'a bare less-than sign': [div('a < b'), /not well-formed/],
  'a cut tag': [div('a<b'), /not well-formed/],
  'an attribute without quotes': [div('<p class=x>a</p>'), /not well-formed/],
  'an attribute twice': [div('<p class="x" class="y">a</p>'), /twice/],
  'capital letters': [div('<P>a</P>'), /<P>, which is not allowed/],
  'a bare ampersand': [div('a & b'), /"&"/],
  "HTML's references": [div('a&nbsp;b'), /"&nbsp;".*&#160;/],
  doctype: [`<!DOCTYPE div [<!ENTITY x "y">]>${div('&lt;')}`, /not well-formed/],
  'a processing instruction': [div('<?php x?>a'), /not well-formed/],
  CDATA: [div('<![CDATA[a]]>'), /not well-formed/],
  'an open comment': [div('a<!-- b'), /comment/],
  script: [div('<p>a</p><script>alert(1)</script>'), /<script>/],
  style: [div('<style>p{}</style><p>a</p>'), /<style>/],
  form: [div('<form><input type="text"/></form>'), /<form>/],
  iframe: [div('<iframe src="http://a"/>'), /<iframe>/],
  object: [div('<object data="x"/>'), /<object>/],
  'an event': [div('<p onclick="x()">a</p>'), /onclick/],
  'an unknown attribute': [div('<p foo="bar">a</p>'), /foo/],
  'javascript:': [div('<a href="javascript:alert(1)">a</a>'), /active content/],
  'javascript: in disguise': [
    div('<a href=" java&#x73;cri&#10;pt:alert(1)">a</a>'),
    /active content/,
  ],
  'data: in a link': [div('<a href="data:text/html,x">a</a>'), /active content/],
  'a control character': [div('a\u0001'), /control/],
}

describe('xhtml', () => {
  for (const [what, text] of Object.entries(GOOD)) {
    it(`accepts ${what}`, () => assert.equal(checkXhtml(text), undefined))
  }
  for (const [what, [text, problem]] of Object.entries(BAD)) {
    it(`refuses ${what}`, () => assert.match(checkXhtml(text) ?? 'accepted', problem))
  }

  it('takes time in proportion to the length, however broken', function () {
    this.timeout(5000)
    const n = 200_000
    for (const inner of [
      '<'.repeat(n),
      `<a${' '.repeat(n)}`,
      `<a${' b="c"'.repeat(n)}`,
      `<a b="${'x'.repeat(n)}`,
      '&'.repeat(n),
      '<!--'.repeat(n),
      '<b>'.repeat(n),
    ]) {
      assert.notEqual(checkXhtml(div(inner)), undefined)
    }
  })
})
