// The index entries of one resource as its tables hold them, for who compares them with its text.
// Must not hide a number whose name is lost: its name is then '', which no entry has.
import type { Entry } from '../../search/entry.ts'
import type { Database } from './database.ts'

/** All entries under a primary key, whatever `resource.kinds` says. */
export function keptEntries(db: Database, pk: number): Entry[] {
  const pathOf = (id: unknown): string => db.paths.nameOf(id as number)
  return [
    ...db
      .all('select path, code, system, grp from token where pk = ?', [pk])
      .map(([path, code, system, group]): Entry => ({
        kind: 'token',
        path: pathOf(path),
        code: code as string,
        system: system === 0 ? '' : db.systems.nameOf(system as number) || '(lost)',
        group: group as number,
      })),
    ...db
      .all('select path, value, exact, grp from string where pk = ?', [pk])
      .map(([path, value, exact, group]): Entry => ({
        kind: 'string',
        path: pathOf(path),
        value: value as string,
        exact: exact as string,
        group: group as number,
      })),
    ...(['date', 'number'] as const).flatMap((kind) =>
      db
        .all(`select path, low, high, grp from ${kind} where pk = ?`, [pk])
        .map(([path, low, high, group]): Entry => ({
          kind,
          path: pathOf(path),
          low: low as number,
          high: high as number,
          group: group as number,
        })),
    ),
    ...db
      .all(
        `select path, low, high, u.system, u.code, u.unit, grp
        from quantity left join unit u on u.id = quantity.unit where pk = ?`,
        [pk],
      )
      .map(([path, low, high, system, code, unit, group]): Entry => ({
        kind: 'quantity',
        path: pathOf(path),
        low: low as number,
        high: high as number,
        system: (system as string | null) ?? '(lost)',
        code: code as string,
        unit: unit as string,
        group: group as number,
      })),
    ...db
      .all(
        `select path, t.type, t.id, e.grp
        from reference e left join resource t on t.pk = e.target where e.pk = ?`,
        [pk],
      )
      .map(([path, type, id, group]): Entry => ({
        kind: 'reference',
        path: pathOf(path),
        type: type === null ? '(lost)' : db.types.nameOf(type as number),
        id: id as string,
        group: group as number,
      })),
    ...db
      .all('select path, value, grp from uri where pk = ?', [pk])
      .map(([path, value, group]): Entry => ({
        kind: 'uri',
        path: pathOf(path),
        value: value as string,
        group: group as number,
      })),
  ]
}
