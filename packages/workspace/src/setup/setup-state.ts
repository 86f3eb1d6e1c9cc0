import type { Store, StoreReader, StoreTx } from '@causeway/homeserver';
import { parseServerName, type ServerName } from '@causeway/protocol';
import { accounts, settings } from '../tables.ts';

export type SetupState = {
  /** Undefined until it was configured or chosen at set-up; it never changes afterwards. */
  readonly serverName?: ServerName;
  readonly workspaceName?: string;
  /** Whether somebody could sign in: set-up was completed, or an account was made in another way. */
  readonly ready: boolean;
  /** Whether there is an admin: from then on the set-up page is closed. */
  readonly hasAdmin: boolean;
};

export const readSetupState = (store: Store): Promise<SetupState> => store.read(setupStateOf);

export const setupStateOf = async (reader: StoreReader): Promise<SetupState> => {
  const serverName = parseServerName((await readSetting(reader, 'server_name')) ?? '');
  const workspaceName = await readSetting(reader, 'workspace_name');
  const people = await reader.scan(accounts, {});
  return {
    ...(serverName === undefined ? {} : { serverName }),
    ...(workspaceName === undefined ? {} : { workspaceName }),
    ready: serverName !== undefined && people.length > 0,
    hasAdmin: people.some((account) => account.role === 'admin' && account.deactivated_ts === null),
  };
};

export type PinResult =
  | { readonly kind: 'pinned' }
  /** This data belongs to another server name. */
  | { readonly kind: 'differs'; readonly serverName: string };

/**
 * Writes the configured server name down, once. All signatures, rooms and user IDs bear the name, so the data
 * of one name is of no use under another.
 */
export const pinServerName = (store: Store, serverName: ServerName): Promise<PinResult> =>
  store.transact(async (tx) => {
    const known = await readSetting(tx, 'server_name');
    if (known !== undefined && known !== serverName) return { kind: 'differs', serverName: known };
    await writeSetting(tx, 'server_name', serverName);
    return { kind: 'pinned' };
  });

export type SettingName = 'server_name' | 'workspace_name' | 'setup_token';

export const readSetting = async (reader: StoreReader, name: SettingName): Promise<string | undefined> =>
  (await reader.get(settings, { name }))?.value;

export const writeSetting = (tx: StoreTx, name: SettingName, value: string): Promise<void> =>
  tx.put(settings, { name, value });
