// What the checks of types and profiles are made of and share. Profiles are compiled anew when what is known changes.
// https://hl7.org/fhir/R4/profiling.html
// Must not check anything itself.
import type { Definitions } from '../fhir/definitions.ts'
import {
  typeUrl,
  type FindStructure,
  type StructureDefinition,
} from '../fhir/structure-definition.ts'
import type { Membership } from '../terminology/membership.ts'
import { bundleCheck } from './bundle.ts'
import { extensionCheck } from './extension.ts'
import { profileRules } from './profile.ts'
import { resourceCheck } from './resource.ts'
import type { Check } from './scope.ts'
import { createSnapshots, ProfileError, type Snapshots } from './snapshot.ts'
import type { Node } from './tree.ts'
import { typeRules } from './type-rules.ts'

/** Why a code isn't a unit of UCUM, and the one that is surely meant; undefined if it is one. */
export type UnitProblem = (
  code: string,
) => { readonly why: string; readonly meant: string | undefined } | undefined

export type Materials = {
  readonly definitions: Definitions
  readonly find: FindStructure
  readonly membership: Membership
  readonly unitProblem: UnitProblem | undefined
  /** Whether a profile that isn't known is an error. */
  readonly unknownProfile: 'warning' | 'error'
}

export type Workshop = Materials & {
  readonly snapshots: Snapshots
  /** The definition of a type, or of a backbone element by its path, as a tree. */
  nodeOf(type: string): Node | undefined
  /** R4's own rules for the values of a type. */
  typeCheck(type: string): Check
  /** Any resource, by its own type, with the profiles that it declares. */
  readonly resourceCheck: (kind: 'contained' | 'entry') => Check
  extensionCheck(kind: 'extension' | 'modifier' | 'nested'): Check
  readonly bundleCheck: Check
  /** What a profile demands beyond R4; undefined for one that isn't known. The check throws ProfileError. */
  readonly profileCheck: (canonical: string) => Check | undefined
  /** Forget what was made of definitions that may have changed; R4's own never do. */
  refresh(): void
}

/** Everything in it is made when it is first needed. */
export function createWorkshop(materials: Materials): Workshop {
  const { definitions, find } = materials
  const snapshots = createSnapshots(find)
  const types = new Map<string, Check>()
  let profiles = new Map<StructureDefinition, Check>()

  const nodeOf = (type: string): Node | undefined => {
    const [root = '', ...names] = type.split('.')
    const structure = find(typeUrl(root))
    if (structure === undefined) return undefined
    return names.reduce<Node | undefined>(
      (node, name) => node?.children.get(name),
      snapshots.of(structure),
    )
  }

  const workshop: Workshop = {
    ...materials,
    snapshots,
    nodeOf,
    typeCheck(type) {
      let check = types.get(type)
      if (check === undefined) {
        check = later(() => typeRules(type, workshop))
        types.set(type, check)
      }
      return check
    },
    resourceCheck: (kind) => (value, scope) => {
      resourceCheck(value, scope, kind, workshop)
    },
    extensionCheck: (kind) => (value, scope) => {
      extensionCheck(value, scope, kind, workshop)
    },
    bundleCheck: (value, scope) => {
      bundleCheck(value, scope)
    },
    refresh() {
      profiles = new Map()
      snapshots.forget()
      materials.membership.forget()
    },
    profileCheck(canonical) {
      const structure = find(canonical)
      if (structure === undefined) return undefined
      let check = profiles.get(structure)
      if (check === undefined) {
        if (definitions.types.get(structure.type) === undefined)
          throw new ProfileError(`${structure.type} is not a type of R4`)
        // Made when it is first used: profiles refer to one another in circles.
        check = later(() => profileRules(structure, workshop))
        profiles.set(structure, check)
      }
      return check
    },
  }
  return workshop
}

/** A check that is made when it is first needed. */
function later(make: () => Check): Check {
  let check: Check | undefined
  return (value, scope) => {
    check ??= make()
    check(value, scope)
  }
}
