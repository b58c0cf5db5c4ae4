// Narratives that try to bring something active past the check, by every way that browsers and parsers read differently.
import assert from 'node:assert/strict'
import { checkXhtml } from '../../src/validation/xhtml.ts'
import { onBothStores } from '../support/server.ts'

const div = (inner: string, attributes = '') =>
  `<div xmlns="http://www.w3.org/1999/xhtml"${attributes}>${inner}</div>`

const refused: readonly string[] = [
  '<script>alert(1)</script>',
  '<SCRIPT>alert(1)</SCRIPT>',
  '<scr\u0000ipt>alert(1)</scr\u0000ipt>',
  '<x:script xmlns:x="http://www.w3.org/1999/xhtml">alert(1)</x:script>',
  '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
  '<svg><script>alert(1)</script></svg>',
  '<math><mtext></mtext></math>',
  '<iframe src="http://example.org"></iframe>',
  '<object data="x"></object>',
  '<embed src="x"/>',
  '<applet code="x"></applet>',
  '<form action="http://example.org"><input name="a"/></form>',
  '<input value="a"/>',
  '<button>a</button>',
  '<textarea>a</textarea>',
  '<meta http-equiv="refresh" content="0;url=http://example.org"/>',
  '<base href="http://example.org"/>',
  '<link rel="stylesheet" href="http://example.org/a.css"/>',
  '<style>@import url(http://example.org/a.css);</style>',
  '<title>a</title>',
  '<body onload="alert(1)">a</body>',
  '<html>a</html>',
  '<video src="x">a</video>',
  '<audio src="x">a</audio>',
  '<template>a</template>',
  '<noscript>a</noscript>',
  '<p onclick="alert(1)">a</p>',
  '<p ONCLICK="alert(1)">a</p>',
  '<p on="a">a</p>',
  '<img src="x" onerror="alert(1)"/>',
  '<img src="javascript:alert(1)"/>',
  '<img src="data:text/html;base64,PHNjcmlwdD4="/>',
  '<img src="data:image/svg+xml;base64,PHN2Zz4="/>',
  '<img longdesc="javascript:alert(1)" src="x"/>',
  '<img usemap="javascript:alert(1)" src="x"/>',
  '<img srcset="http://example.org/a 1x"/>',
  '<a href="javascript:alert(1)">a</a>',
  '<a href="JaVaScRiPt:alert(1)">a</a>',
  '<a href=" javascript:alert(1)">a</a>',
  '<a href="java&#10;script:alert(1)">a</a>',
  '<a href="java&#x0A;script:alert(1)">a</a>',
  '<a href="java\tscript:alert(1)">a</a>',
  '<a href="java&#9;script:alert(1)">a</a>',
  '<a href="&#106;avascript:alert(1)">a</a>',
  '<a href="&#x6A;avascript:alert(1)">a</a>',
  '<a href="&#0000106;avascript:alert(1)">a</a>',
  '<a href="javascript&#58;alert(1)">a</a>',
  '<a href="javascript&colon;alert(1)">a</a>',
  '<a href="java&Tab;script:alert(1)">a</a>',
  '<a href="&#1;javascript:alert(1)">a</a>',
  '<a href="vbscript:msgbox(1)">a</a>',
  '<a href="data:text/html,a">a</a>',
  '<a href="data:image/png;base64,AA">a</a>',
  '<a xlink:href="javascript:alert(1)">a</a>',
  '<a xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="javascript:alert(1)">a</a>',
  '<blockquote cite="javascript:alert(1)">a</blockquote>',
  '<q cite="javascript:alert(1)">a</q>',
  '<p style="background:url(javascript:alert(1))">a</p>',
  '<p style="background:url(http://example.org/a)">a</p>',
  '<p style="background:url( //example.org/a)">a</p>',
  '<p style="background:url(data:image/svg+xml,a)">a</p>',
  '<p style="background:u\\72l(http://example.org/a)">a</p>',
  '<p style="background:url&#40;http://example.org/a)">a</p>',
  '<p style="width:expression(alert(1))">a</p>',
  '<p style="width:exp/**/ression(alert(1))">a</p>',
  '<p style="behavior:url(x)">a</p>',
  '<p style="-moz-binding:url(x)">a</p>',
  '<p style="@import \'x\'">a</p>',
  '<p style="background:image-set(&quot;http://example.org/a&quot; 1x)">a</p>',
  '<p xml:base="javascript:alert(1)">a</p>',
  '<p xmlns="http://www.w3.org/2000/svg">a</p>',
  '<p xmlns:a="b">a</p>',
  '<p srcdoc="a">a</p>',
  '<p formaction="javascript:alert(1)">a</p>',
  '<p background="http://example.org">a</p>',
  '<p dynsrc="a">a</p>',
  '<![CDATA[<script>alert(1)</script>]]>',
  '<?php a ?>',
  '<?xml-stylesheet href="http://example.org"?>a',
  '<!DOCTYPE a>',
  '<!ENTITY a "b">',
  '<!-- a --><!-->alert(1)-->',
  '<!-- a -- b -->c',
  '<!--[if IE]><script>alert(1)</script><![endif]-->a',
  '&xxe;',
  '&nbsp;',
  '&#0;',
  '&#xD800;',
  '&#xFFFF;',
  '&#x110000;',
  '&#9999999;',
  'a & b',
  '<p>a',
  'a</p>',
  '<p><b>a</p></b>',
  '<p a=b>a</p>',
  '<p title="a>b</p>',
  '<p title=\'a">b</p>',
  '<p title="a" title="b">c</p>',
  '<p/title="a">a</p>',
  '<p title="<script>">a</p>',
  '<>a</>',
  '< p>a</p>',
  'a\u0000b',
  'a\ufffeb',
  'a\ud800b',
]

const allowed: readonly string[] = [
  'a',
  '<p title="a &gt; b">한국어 &lt; Қазақ &#160;&amp;</p>',
  '<p style="color: red; text-align:center">a</p>',
  '<p style="background-color: rgb(1, 2, 3)">a</p>',
  '<p style="background-image: url(tbl_bck01.png)">a</p>',
  '<a href="http://example.org/a?b=c&amp;d=e#f">a</a>',
  '<a href="#x">a</a><a name="x"/>',
  '<a href="mailto:a@example.org">a</a>',
  '<a href="Patient/1">a</a>',
  '<img src="data:image/png;base64,AAAA" alt="a"/>',
  '<img src="#image"/>',
  '<table border="1"><thead><tr><th scope="col">a</th></tr></thead><tbody><tr><td>b</td></tr></tbody></table>',
  '<!-- a comment --><pre xml:space="preserve">a\n b</pre>',
  '<blockquote cite="http://example.org">a</blockquote>',
]

describe('narrative', () => {
  for (const inner of refused)
    it(`refuses ${JSON.stringify(inner)}`, () => {
      assert.ok(checkXhtml(div(inner)), 'was taken')
    })
  for (const inner of allowed)
    it(`takes ${JSON.stringify(inner)}`, () => {
      assert.equal(checkXhtml(div(inner)), undefined)
    })
  const roots = [
    div('a', ' onload="x"'),
    div('a', ' xmlns:x="y"'),
    '<div>a</div>',
    '<div xmlns="http://www.w3.org/2000/svg">a</div>',
    `<?xml version="1.0"?>${div('a')}`,
    `${div('a')}<script/>`,
    `${div('a')}${div('b')}`,
    `<!-- a -->${div('a')}`,
    `a${div('b')}`,
    `<DIV xmlns="http://www.w3.org/1999/xhtml">a</DIV>`,
  ]
  for (const text of roots)
    it(`refuses ${JSON.stringify(text)}`, () => {
      assert.ok(checkXhtml(text), 'was taken')
    })
})

onBothStores('narrative', (server) => {
  it('that is active comes in neither as JSON nor as XML', async () => {
    // What is no Unicode can't be sent as XML at all.
    for (const inner of refused.filter((text) => text.isWellFormed())) {
      const json = await server().send('POST', '/Patient', {
        resourceType: 'Patient',
        text: { status: 'generated', div: div(inner) },
      })
      assert.ok(json.status === 400 || json.status === 422, `${json.status} ${inner}`)
      const xml = await server().send(
        'POST',
        '/Patient',
        `<Patient xmlns="http://hl7.org/fhir"><text><status value="generated"/>${div(inner)}</text></Patient>`,
        { 'content-type': 'application/fhir+xml' },
      )
      assert.ok(xml.status === 400 || xml.status === 422, `${xml.status} ${inner}`)
    }
    assert.equal((await server().send('GET', '/Patient?_summary=count')).body.total, 0)
  }).timeout(30_000)

  it('that is allowed comes back in both forms as it was', async () => {
    for (const inner of allowed) {
      const sent = { resourceType: 'Patient', text: { status: 'generated', div: div(inner) } }
      const answer = await server().send('POST', '/Patient', sent)
      assert.equal(answer.status, 201, answer.text)
      assert.equal(answer.body.text.div, sent.text.div)
      const xml = await server().send('GET', `/Patient/${answer.body.id}?_format=xml`)
      assert.ok(xml.text.includes(sent.text.div), xml.text)
    }
  }).timeout(30_000)
})
