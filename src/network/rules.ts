// The rules of the network on what is written, by type. docs/network.md
// Must not hold a type for which nothing is asked: the others cost nothing.
import type { Rules } from '../interaction/rule.ts'
import { taskRule } from './task-rule.ts'

export const networkRules: Rules = new Map([['Task', taskRule]])
