import type { JsonValue } from '@causeway/protocol';
import type { WorkspaceContext } from '../context.ts';
import { chosenSettings } from '../tables.ts';
import { catalogue, settingKeys } from './catalogue.ts';
import type { Setting, SettingKey } from './setting.ts';
import { readChosen } from './settings.ts';

export type ListedSetting = Pick<
  Setting<unknown>,
  'group' | 'label' | 'sentence' | 'control' | 'takesEffect'
> & {
  readonly key: SettingKey;
  readonly value: JsonValue;
  readonly default: JsonValue;
  readonly isDefault: boolean;
  readonly version: number;
  /** Absent when it was never changed. */
  readonly changedBy?: string;
  readonly changedTs?: number;
};

/** The version of one, for a change that is made from another page than that of the settings. */
export const versionOfSetting = async (context: WorkspaceContext, key: SettingKey): Promise<number> =>
  (await context.store.read((reader) => reader.get(chosenSettings, { key })))?.version ?? 0;

/** All settings in the order of the catalogue, as one snapshot shows them. */
export const listSettings = async (context: WorkspaceContext): Promise<readonly ListedSetting[]> => {
  const rows = await context.store.read((reader) => reader.scan(chosenSettings, {}));
  const byKey = new Map(rows.map((row) => [row.key, row]));
  return settingKeys.map((key) => {
    const { group, label, sentence, control, takesEffect, default: initial } = catalogue[key];
    const row = byKey.get(key);
    return {
      ...{ key, group, label, sentence, control, takesEffect },
      value: readChosen(key, row?.value ?? null, context.serverName),
      default: initial as JsonValue,
      isDefault: row === undefined || row.value === null,
      version: row?.version ?? 0,
      ...(row === undefined ? {} : { changedBy: row.changed_by, changedTs: row.changed_ts }),
    };
  });
};
