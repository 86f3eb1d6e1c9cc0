import type { Store } from '@causeway/homeserver';
import { type JsonValue, parseJson } from '@causeway/protocol';
import { type ChosenSettingRow, chosenSettings } from '../tables.ts';
import { catalogue, isSettingKey } from './catalogue.ts';
import type { SettingKey, SettingValues } from './setting.ts';

/** What is in force, from memory: asked for every request. */
export interface Settings {
  get<K extends SettingKey>(key: K): SettingValues[K];
  /** Takes up what was committed; an older version than the one known is passed over. */
  take(row: ChosenSettingRow): void;
}

type Known = { readonly version: number; readonly value: unknown };

/** `rows`: what admins chose so far. */
export const createSettings = (ownName: string, rows: readonly ChosenSettingRow[] = []): Settings => {
  const known = new Map<string, Known>();
  const settings: Settings = {
    get<K extends SettingKey>(key: K): SettingValues[K] {
      const entry = known.get(key);
      return entry === undefined ? catalogue[key].default : (entry.value as SettingValues[K]);
    },
    take(row) {
      if (!isSettingKey(row.key) || (known.get(row.key)?.version ?? 0) >= row.version) return;
      known.set(row.key, { version: row.version, value: readChosen(row.key, row.value, ownName) });
    },
  };
  for (const row of rows) settings.take(row);
  return settings;
};

export const loadSettings = async (store: Store, ownName: string): Promise<Settings> =>
  createSettings(ownName, await store.read((reader) => reader.scan(chosenSettings, {})));

/** A value that an earlier version kept and this one refuses counts as the default. */
export const readChosen = (key: SettingKey, text: string | null, ownName: string): JsonValue => {
  const parsed = text === null ? undefined : parseJson(Buffer.from(text));
  const value = parsed?.ok === true ? catalogue[key].parse(parsed.value, ownName) : undefined;
  return (value?.ok === true ? value.value : catalogue[key].default) as JsonValue;
};
