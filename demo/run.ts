// `npm run demo -- NAME`: plays a story of the network on servers of its own, on free ports, and leaves nothing behind.
// Must not need anything that isn't in this folder and the product, nor touch ./data.
import { ai, aiScene } from './ai.ts'
import { checkup, MOSCOW } from './checkup.ts'
import { consent } from './consent.ts'
import { kit, kitCast, kitSettings } from './kit.ts'
import { newborn, newbornScene } from './newborn.ts'
import { remoteReading, remoteReadingScene } from './remote-reading.ts'
import { ship, shipCast } from './ship.ts'
import type { Scene, Stage } from './stage.ts'
import { openStage } from './stage.ts'
import { teaching, teachingCast } from './teaching.ts'
import { traveller } from './traveller.ts'

/** What each story is, in a line; the first is played when none is named. */
const STORIES: Readonly<
  Record<string, Scene & { readonly about: string; play(stage: Stage): Promise<void> }>
> = {
  ai: {
    ...aiScene,
    about:
      'a program hears of results and posts what it finds; a doctor confirms or rejects it; nothing of it is final by itself',
    play: ai,
  },
  checkup: {
    about:
      'Moscow examines, the report is judged, compared, told in two languages and units; a doctor answers for it',
    cast: [MOSCOW],
    play: checkup,
  },
  consent: {
    about:
      'Almaty posts, Busan is refused; the patient consents, Busan reads; withdrawn; the auditor sees all of it',
    play: consent,
  },
  kit: {
    about:
      'a kit in Almaty sends over MLLP; the centre at Al-Farabi sees it, Busan advises; a bad message is refused and kept',
    cast: kitCast,
    settings: kitSettings,
    play: kit,
  },
  newborn: {
    ...newbornScene,
    about:
      'a child is born in Almaty; Busan is told when bilirubin is high, and sees how fast it rose, by hour of age',
    play: newborn,
  },
  'remote-reading': {
    ...remoteReadingScene,
    about:
      'Almaty asks, Busan reads: each step, preliminary to amended, a second opinion, a consent withdrawn on the way',
    play: remoteReading,
  },
  ship: {
    about:
      'a ship works for days without a line; when it is back all of it is at the hub, once, and the report comes aboard',
    cast: shipCast,
    play: ship,
  },
  teaching: {
    about:
      'Busan makes a case of those who agreed, hides them among five, has it reviewed; Al-Farabi teaches with it',
    cast: teachingCast,
    play: teaching,
  },
  traveller: {
    about:
      'Almaty refers to Busan with a summary; who it is, across scripts; a report, a follow-up home; consent by country',
    play: traveller,
  },
}

const [name = 'consent'] = process.argv.slice(2)
const story = STORIES[name]
if (story === undefined) {
  console.error(`There is no story "${name}". There are:`)
  for (const [known, { about }] of Object.entries(STORIES)) console.error(`  ${known}  ${about}`)
  process.exit(2)
}
const stage = await openStage(story)
try {
  await story.play(stage)
  console.log(`\n${String(stage.checks())} things were as they should be.`)
} catch (error) {
  console.error(error instanceof Error ? `\n${error.message}` : error)
  process.exitCode = 1
} finally {
  await stage.close()
}
