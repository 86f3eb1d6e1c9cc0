import { DatabaseSync } from 'node:sqlite';
import {
  engineTables,
  type OrderPlan,
  planTable,
  type RangePlan,
  type TablePlan,
} from '@causeway/homeserver';
import { contractTables } from '@causeway/testing/store-contract';
import { expect, it } from 'vitest';
import { countRange, createIndexes, createTable, deleteRange, selectByKey, selectRange } from './sql.ts';

const plans = [...engineTables, ...Object.values(contractTables)].map((table) => planTable(table));

const open = (plan: TablePlan): DatabaseSync => {
  const database = new DatabaseSync(':memory:');
  database.exec(createTable(plan));
  for (const statement of createIndexes(plan).values()) database.exec(statement);
  return database;
};

/** Every range that fixes the first columns, from none to all, with a bound after them or without. */
function* rangesOf(order: OrderPlan): Generator<RangePlan> {
  const sample = { integer: 1, text: 'x', blob: new Uint8Array([1]) };
  for (let fixed = 0; fixed <= order.columns.length; fixed++) {
    const where = order.columns.slice(0, fixed).map(({ kind }) => sample[kind]);
    const next = order.columns[fixed];
    const boundsOfNext = next ? [[], [{ operator: '>' as const, value: sample[next.kind] }]] : [[]];
    for (const bounds of boundsOfNext) {
      for (const reverse of [false, true]) yield { order, where, bounds, reverse, limit: 10 };
    }
  }
}

const planOfQuery = (database: DatabaseSync, sql: string): string =>
  database
    .prepare(`EXPLAIN QUERY PLAN ${sql}`)
    .all()
    .map((step) => step.detail)
    .join('; ');

it.each(plans.map((plan) => [plan.name, plan] as const))('%s: no range is sorted or filtered', (_, plan) => {
  const database = open(plan);
  expect(planOfQuery(database, selectByKey(plan))).toMatch(/^SEARCH [^;]*$/);
  for (const order of [plan.keyOrder, ...plan.orders.values()]) {
    const hasNulls = order.uniqueColumns > 0 && order.columns.some((column) => column.nullable);
    if (hasNulls) continue;
    for (const range of rangesOf(order)) {
      const isWhole = range.where.length === 0 && range.bounds.length === 0;
      for (const statement of [selectRange, countRange, deleteRange]) {
        const steps = planOfQuery(database, statement(plan, range));
        expect(steps, statement(plan, range)).not.toContain('TEMP B-TREE');
        if (!isWhole) expect(steps, statement(plan, range)).not.toMatch(/SCAN [^(]/);
      }
    }
  }
});
