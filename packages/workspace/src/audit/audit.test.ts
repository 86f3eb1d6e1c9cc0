import { parseUserId } from '@causeway/protocol';
import { describe, expect, it } from 'vitest';
import { auditLog, settings } from '../tables.ts';
import { createTestWorkspace, type TestWorkspace } from '../test-support/workspace.ts';
import { COMMAND_LINE } from './actor.ts';
import { appendAudit } from './append-audit.ts';
import { exportAudit, listAudit } from './read-audit.ts';
import { verifyAudit } from './verify-audit.ts';

const ada = parseUserId('@ada:north.test');

const write = (context: TestWorkspace, count: number) =>
  context.store.transact(async (tx) => {
    for (let n = 1; n <= count; n++) {
      await appendAudit(tx, {
        ts: 1_000 + n,
        action: n % 2 === 0 ? 'setting.change' : 'sign-in.password',
        by: n % 2 === 0 || ada === undefined ? COMMAND_LINE : { name: ada, address: '192.0.2.7' },
        target: `thing ${n}`,
        before: { value: n, list: ['a', null, true] },
        after: n + 1,
      });
    }
  });

const withEntries = async (count: number) => {
  const context = createTestWorkspace();
  await write(context, count);
  return context;
};

describe('the audit log', () => {
  it('is sound when it is empty and when it was only added to', async () => {
    expect(await verifyAudit(createTestWorkspace().store)).toMatchObject({
      kind: 'sound',
      head: { sequence: 0 },
    });
    const context = await withEntries(7);
    expect(await verifyAudit(context.store)).toMatchObject({ kind: 'sound', head: { sequence: 7 } });
  });

  it.each([
    ['who it was', { actor: '@eve:north.test' }],
    ['from where', { address: null }],
    ['what it was', { action: 'sign-in.session' }],
    ['when', { ts: 1 }],
    ['to whom', { target: 'another' }],
    ['before and after', { change: '{"after":9}' }],
    ['a change that is no JSON any more', { change: '{"after":' }],
    ['its hash', { hash: 'f'.repeat(64) }],
  ])('names the entry in which somebody changed %s', async (_what, change) => {
    const context = await withEntries(7);
    await context.store.transact((tx) => tx.update(auditLog, { sequence: 3 }, change));
    expect(await verifyAudit(context.store)).toMatchObject({ kind: 'broken', sequence: 3 });
  });

  it('names the first entry that is missing, in the middle and at the end', async () => {
    const middle = await withEntries(7);
    await middle.store.transact((tx) => tx.delete(auditLog, { sequence: 4 }));
    expect(await verifyAudit(middle.store)).toMatchObject({ kind: 'broken', sequence: 4 });
    const end = await withEntries(7);
    await end.store.transact((tx) => tx.deleteRange(auditLog, { gte: 6 }));
    expect(await verifyAudit(end.store)).toMatchObject({ kind: 'broken', sequence: 6 });
  });

  it('is broken when its end was written anew with right hashes', async () => {
    const context = await withEntries(7);
    const head = await context.store.read((reader) => reader.get(settings, { name: 'audit_head' }));
    await context.store.transact(async (tx) => {
      await tx.deleteRange(auditLog, { gte: 1 });
      await tx.delete(settings, { name: 'audit_head' });
    });
    await write(context, 6);
    await write(context, 1);
    await context.store.transact((tx) => tx.put(settings, { name: 'audit_head', value: head?.value ?? '' }));
    expect(await verifyAudit(context.store)).toMatchObject({ kind: 'broken', sequence: 7 });
  });

  it('is read newest first, page by page, by area, person, thing and time', async () => {
    const { store } = await withEntries(7);
    const sequences = async (filter: object, more: object = {}) =>
      (await listAudit(store, { filter, limit: 100, ...more })).entries.map((entry) => entry.sequence);
    expect(await sequences({})).toEqual([7, 6, 5, 4, 3, 2, 1]);
    expect(await sequences({ action: 'setting' })).toEqual([6, 4, 2]);
    expect(await sequences({ action: 'sett' })).toEqual([]);
    expect(await sequences({ actor: '@ada:north.test' })).toEqual([7, 5, 3, 1]);
    expect(await sequences({ target: 'thing 4' })).toEqual([4]);
    expect(await sequences({ from: 1_002, to: 1_003 })).toEqual([3, 2]);
    const first = await listAudit(store, { filter: { action: 'setting' }, limit: 2 });
    expect(first.entries.map((entry) => entry.sequence)).toEqual([6, 4]);
    expect(await sequences({ action: 'setting' }, { before: first.before })).toEqual([2]);
  });

  it('is exported whole and in order', async () => {
    const { store } = await withEntries(1_203);
    const found: number[] = [];
    for await (const entry of exportAudit(store, { action: 'setting' })) found.push(entry.sequence);
    expect(found).toHaveLength(601);
    expect(found.at(-1)).toBe(1_202);
  });
});
