// Where a store tells how many commits it made durable together; metrics/ listens.
// https://nodejs.org/api/diagnostics_channel.html: costs nothing while nobody does.
import { channel } from 'node:diagnostics_channel'

/** Messages are `{ size: number }`. */
export const commitGroups = channel('ieum.commit.group')
