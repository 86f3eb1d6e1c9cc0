import { type MatrixError, refusal } from '@causeway/homeserver';
import { canonicalJson, type JsonValue } from '@causeway/protocol';
import type { Actor } from '../audit/actor.ts';
import { appendAudit } from '../audit/append-audit.ts';
import { approveKnown } from '../contacts/approve-known.ts';
import type { WorkspaceContext } from '../context.ts';
import { faultOf } from '../faults.ts';
import { withHearing } from '../permissions/hearing.ts';
import { emailRuleOf } from '../permissions/rights.ts';
import { chosenSettings } from '../tables.ts';
import { catalogue, isSettingKey } from './catalogue.ts';
import type { SettingKey } from './setting.ts';
import { createSettings, readChosen } from './settings.ts';

export type SettingChange = {
  readonly key: string;
  /** Null: the default again. */
  readonly value: JsonValue;
  /** The version that the admin saw; 0 for a setting that was never changed. */
  readonly basedOn: number;
  readonly by: Actor;
};

/**
 * Changes a setting; it is in force when this returns. Refuses with M_NOT_FOUND, with M_INVALID_PARAM for a
 * value that cannot be, and with M_CONFLICT when somebody else changed it since.
 */
export const changeSetting = async (context: WorkspaceContext, change: SettingChange): Promise<void> => {
  const { key, basedOn, by } = change;
  if (!isSettingKey(key))
    throw refusal('M_NOT_FOUND', faultOf('setting-unknown', { setting: key.slice(0, 100) }));
  const value = checkValue(context, key, change.value);
  const { row, known, hearing } = await context.store.transact(async (tx) => {
    const before = await tx.get(chosenSettings, { key });
    const version = before?.version ?? 0;
    if (version !== basedOn) throw conflict(key, before);
    const changed = {
      key,
      value: value === undefined ? null : canonicalJson(value),
      version: version + 1,
      changed_ts: context.clock.now(),
      changed_by: by.name,
    };
    await tx.put(chosenSettings, changed);
    await appendAudit(tx, {
      ts: changed.changed_ts,
      action: 'setting.change',
      by,
      target: key,
      before: readChosen(key, before?.value ?? null, context.serverName),
      after: readChosen(key, changed.value, context.serverName),
    });
    const known =
      key === 'federation.first-contact' && value === true ? await approveKnown(context, tx, by) : [];
    // Who hears may follow from the setting, which is not in force before the commit.
    const after = createSettings(context.serverName, await tx.scan(chosenSettings, {}));
    const rule = emailRuleOf(after, context.serverName);
    return { row: changed, known, hearing: await withHearing(context, tx, async () => {}, rule) };
  });
  // Known first: from the moment the setting is in force they must count as approved.
  for (const contact of known) context.contacts.take(contact);
  context.settings.take(row);
  if (hearing !== undefined) context.changes.tell({ kind: 'hearing', ...hearing });
  context.changes.tell({ kind: 'setting', key });
};

const checkValue = (context: WorkspaceContext, key: SettingKey, value: JsonValue): JsonValue | undefined => {
  if (value === null) return undefined;
  const parsed = catalogue[key].parse(value, context.serverName);
  if (!parsed.ok) throw refusal('M_INVALID_PARAM', parsed.fault);
  return parsed.value as JsonValue;
};

const conflict = (
  key: SettingKey,
  row: { readonly version: number; readonly changed_by: string; readonly changed_ts: number } | undefined,
): MatrixError => {
  const called = { setting: catalogue[key].label };
  if (row === undefined) {
    return refusal('M_CONFLICT', faultOf('setting-unchanged', { setting: key }, called), { version: 0 });
  }
  const { version, changed_by, changed_ts } = row;
  const fault = faultOf('setting-changed', { who: changed_by, setting: key, ts: changed_ts }, called);
  return refusal('M_CONFLICT', fault, { version, changed_by, changed_ts });
};
