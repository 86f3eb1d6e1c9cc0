import { checkValue } from './check-row.ts';
import type { Range } from './store.ts';
import type { Table } from './table.ts';
import type { OrderPlan, StoreValue, TablePlan } from './table-plan.ts';

/** A range with its values checked. */
export type RangePlan = {
  readonly order: OrderPlan;
  /** Values of the first columns of the order. */
  readonly where: readonly StoreValue[];
  /** Conditions on the column after those; a row with null there meets none. */
  readonly bounds: readonly Bound[];
  readonly reverse: boolean;
  readonly limit: number | undefined;
};

/** A condition on one column. */
export type Bound = { readonly operator: '>' | '>=' | '<' | '<='; readonly value: StoreValue };

/**
 * Reads a range. `where` has to name the first columns of the order, without a gap and without undefined: a
 * forgotten value would otherwise turn the deletion of one room into that of all.
 */
export const planRange = (plan: TablePlan, range: Range<Table>): RangePlan => {
  const order = range.index === undefined ? plan.keyOrder : plan.orders.get(range.index);
  if (order === undefined) throw new TypeError(`${plan.name} has no index ${JSON.stringify(range.index)}`);

  const given: { readonly [column: string]: unknown } = range.where ?? {};
  const where: StoreValue[] = [];
  for (const column of order.columns) {
    if (!(column.name in given)) break;
    where.push(checkValue(plan, column, given[column.name]));
  }
  for (const name in given) {
    if (!order.columns.slice(0, where.length).some((column) => column.name === name)) {
      throw new TypeError(
        `${plan.name}: ${JSON.stringify(name)} does not follow in the order ${describeOrder(order)}`,
      );
    }
  }

  const { limit, reverse = false } = range;
  if (limit !== undefined && !(Number.isSafeInteger(limit) && limit >= 0)) {
    throw new RangeError(`${plan.name}: ${limit} is not a limit`);
  }
  return { order, where, bounds: planBounds(plan, order, where.length, range), reverse, limit };
};

const NO_BOUNDS: readonly Bound[] = [];

const planBounds = (
  plan: TablePlan,
  order: OrderPlan,
  fixed: number,
  { gt, gte, lt, lte }: Range<Table>,
): readonly Bound[] => {
  if (gt === undefined && gte === undefined && lt === undefined && lte === undefined) return NO_BOUNDS;
  const column = order.columns[fixed];
  if (column === undefined) throw new TypeError(`${plan.name}: no column is left for a bound`);
  const bounds: Bound[] = [];
  const add = (operator: Bound['operator'], value: StoreValue | undefined) => {
    if (value === undefined) return;
    if (value === null) throw new TypeError(`${plan.name}.${column.name}: null is no bound`);
    bounds.push({ operator, value: checkValue(plan, column, value) });
  };
  add('>', gt);
  add('>=', gte);
  add('<', lt);
  add('<=', lte);
  return bounds;
};

const describeOrder = (order: OrderPlan): string => order.columns.map((column) => column.name).join(', ');
