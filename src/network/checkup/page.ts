// A report for people: the narrative of the resource, and a page to print with the course of each item.
// https://hl7.org/fhir/R4/narrative.html, https://www.w3.org/TR/2011/WD-html5-20110525/
// Must not carry a script, nor load anything.
import { hash } from 'node:crypto'
import type { Language } from '../../words/language.ts'
import { REPORT_WORDS } from '../../words/report.ts'
import { chart } from './chart.ts'
import { escaped, row as line, type Cell } from './markup.ts'
import type { Programme } from './programme.ts'
import type { Row } from './row.ts'
import {
  bandText,
  beforeText,
  changeText,
  conclusionOf,
  dateText,
  flagText,
  GENDER,
  normalText,
  personName,
  receivedText,
  resultText,
  rowName,
} from './speech.ts'
import type { Terms } from './terms.ts'
import type { Visit } from './visit.ts'

/** What is told, in which language. */
export type Telling = {
  readonly visit: Visit
  readonly rows: readonly Row[]
  readonly terms: Terms
  readonly language: Language
  readonly programme: Programme
  /** Whether no doctor answers for it yet. */
  readonly isPreliminary: boolean
  readonly issued: string
}

/** `Narrative.div`: what a reader needs who sees nothing else of the resource. */
export function narrativeOf(telling: Telling): string {
  const { rows, terms, language, isPreliminary } = telling
  const words = REPORT_WORDS[language]
  return [
    `<div xmlns="http://www.w3.org/1999/xhtml" lang="${language}" xml:lang="${language}">`,
    `<h1>${escaped(words.title)}</h1>`,
    ...(isPreliminary ? [`<p>${escaped(words.preliminary)}</p>`] : []),
    `<table>${facts(telling)
      .map((cells) => line(cells))
      .join('')}</table>`,
    `<h2>${escaped(words.conclusion)}</h2>`,
    `<p>${escaped(conclusionOf(rows, terms, language))}</p>`,
    table(telling, false),
    '</div>',
  ].join('')
}

/** Who, when, where, and by which criteria. */
function facts({ visit, terms, language, programme, issued }: Telling): readonly Cell[][] {
  const words = REPORT_WORDS[language]
  const { patient, person, organizationName } = visit
  const birth = patient?.['birthDate']
  return [
    [words.patient, personName(patient, language)],
    ...(typeof birth === 'string' ? [[words.born, dateText(birth)]] : []),
    ...(person.gender === undefined
      ? []
      : [[words.sex, terms.name({ system: GENDER, code: person.gender }, language)]]),
    [words.visit, dateText(visit.at)],
    ...(organizationName === undefined ? [] : [[words.centre, organizationName]]),
    [words.issued, dateText(issued)],
    [words.criteria, programme.edition],
  ]
}

function table({ rows, terms, language }: Telling, withCourse: boolean): string {
  const words = REPORT_WORDS[language]
  const heads = [words.item, words.result, words.normal, words.flag, words.band, words.before]
  const all = [...heads, words.change, ...(withCourse ? [words.course] : [])]
  const body = rows.map((row) => {
    const name = rowName(row, terms, language)
    const received = receivedText(row, terms, language)
    const result = resultText(row, terms, language)
    const cells: Cell[] = [
      row.count > 1 ? `${name} (${words.repeated(row.count)})` : name,
      received === undefined ? result : `${result} (${words.received}: ${received})`,
      normalText(row, language),
      flagText(row, terms, language),
      bandText(row, terms, language),
      beforeText(row, terms, language),
      changeText(row, language),
      ...(withCourse ? [{ html: chart(row.parts, `${name}: ${words.course}`) }] : []),
    ]
    const kind = row.band ?? (row.reason === undefined ? undefined : 'not-judged')
    return line(cells, 'td', withCourse ? kind : undefined)
  })
  return `<table><thead>${line(all, 'th')}</thead><tbody>${body.join('')}</tbody></table>`
}

const STYLE =
  'body{font:10pt/1.35 sans-serif;margin:1.2cm;color:#111}h1{font-size:16pt;margin:0 0 .3em}h2{font-size:12pt}' +
  'table{border-collapse:collapse;width:100%;margin:.6em 0}td,th{border:1px solid #999;padding:.2em .4em;text-align:left;vertical-align:top}' +
  'th{background:#eee}.facts{width:auto}.facts td:first-child{color:#555}.suspected td{background:#fbe3e0}.normal-b td{background:#fdf6dc}' +
  '.not-judged td{background:#f0f0f0;color:#444}.note{border:1px solid #a04000;padding:.4em}svg{display:block}' +
  '@page{size:A4;margin:1.2cm}@media print{body{margin:0}tr{break-inside:avoid}}'

/** What a browser may use of the page: its own style, and nothing else. */
export const PAGE_POLICY = `default-src 'none'; style-src 'sha256-${hash('sha256', STYLE, 'base64')}'; sandbox allow-modals`

/** The page to print. */
export function pageOf(telling: Telling): string {
  const { rows, terms, language, isPreliminary } = telling
  const words = REPORT_WORDS[language]
  return [
    '<!DOCTYPE html>',
    `<html lang="${language}"><head><meta charset="utf-8"/><title>${escaped(words.title)}</title><style>${STYLE}</style></head><body>`,
    `<h1>${escaped(words.title)}</h1>`,
    ...(isPreliminary ? [`<p class="note">${escaped(words.preliminary)}</p>`] : []),
    `<table class="facts">${facts(telling)
      .map((cells) => line(cells))
      .join('')}</table>`,
    `<h2>${escaped(words.conclusion)}</h2>`,
    `<p>${escaped(conclusionOf(rows, terms, language))}</p>`,
    table(telling, true),
    '</body></html>',
  ].join('\n')
}
