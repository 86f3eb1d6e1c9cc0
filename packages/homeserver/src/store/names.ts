/** Servers, users and (type, state key) pairs as the engine's integers, and back. */
import { type ServerName, serverNameOf, type UserId } from '@causeway/protocol';
import { type TransactionalCache, TxCache } from './caching-store.ts';
import { servers, stateKeys, users } from './schema.ts';
import type { StoreReader, StoreTx } from './store.ts';

export type StateKey = { readonly type: string; readonly stateKey: string };

export class Names {
  readonly #userNids = new TxCache<string, number>(50_000);
  readonly #userIds = new TxCache<number, UserId>(50_000);
  readonly #serverNids = new TxCache<string, number>(10_000);
  readonly #serverNames = new TxCache<number, ServerName>(10_000);
  readonly #stateKeyNids = new TxCache<string, number>(50_000);
  readonly #stateKeys = new TxCache<number, StateKey>(50_000);

  get caches(): readonly TransactionalCache[] {
    return [
      this.#userNids,
      this.#userIds,
      this.#serverNids,
      this.#serverNames,
      this.#stateKeyNids,
      this.#stateKeys,
    ];
  }

  async userNid(reader: StoreReader, userId: string): Promise<number | undefined> {
    const known = this.#userNids.get(reader, userId);
    if (known !== undefined) return known;
    const row = await reader.first(users, { index: 'by_id', where: { user_id: userId } });
    if (row !== undefined) this.#userNids.set(reader, userId, row.user_nid);
    return row?.user_nid;
  }

  async internUser(tx: StoreTx, userId: UserId): Promise<number> {
    const known = await this.userNid(tx, userId);
    if (known !== undefined) return known;
    const user_nid = await tx.next('user_nid');
    const server_nid = await this.internServer(tx, serverNameOf(userId));
    await tx.insert(users, { user_nid, user_id: userId, server_nid });
    this.#userNids.set(tx, userId, user_nid);
    return user_nid;
  }

  async userId(reader: StoreReader, userNid: number): Promise<UserId> {
    const known = this.#userIds.get(reader, userNid);
    if (known !== undefined) return known;
    const row = await reader.get(users, { user_nid: userNid });
    if (row === undefined) throw new Error(`no user ${userNid}`);
    const userId = row.user_id as UserId;
    this.#userIds.set(reader, userNid, userId);
    return userId;
  }

  async serverNid(reader: StoreReader, serverName: string): Promise<number | undefined> {
    const known = this.#serverNids.get(reader, serverName);
    if (known !== undefined) return known;
    const row = await reader.first(servers, { index: 'by_name', where: { server_name: serverName } });
    if (row !== undefined) this.#serverNids.set(reader, serverName, row.server_nid);
    return row?.server_nid;
  }

  async internServer(tx: StoreTx, serverName: ServerName): Promise<number> {
    const known = await this.serverNid(tx, serverName);
    if (known !== undefined) return known;
    const server_nid = await tx.next('server_nid');
    await tx.insert(servers, { server_nid, server_name: serverName });
    this.#serverNids.set(tx, serverName, server_nid);
    return server_nid;
  }

  async serverName(reader: StoreReader, serverNid: number): Promise<ServerName> {
    const known = this.#serverNames.get(reader, serverNid);
    if (known !== undefined) return known;
    const row = await reader.get(servers, { server_nid: serverNid });
    if (row === undefined) throw new Error(`no server ${serverNid}`);
    const name = row.server_name as ServerName;
    this.#serverNames.set(reader, serverNid, name);
    return name;
  }

  async stateKeyNid(reader: StoreReader, type: string, stateKey: string): Promise<number | undefined> {
    const cacheKey = `${type}\0${stateKey}`;
    const known = this.#stateKeyNids.get(reader, cacheKey);
    if (known !== undefined) return known;
    const row = await reader.first(stateKeys, { index: 'by_value', where: { type, state_key: stateKey } });
    if (row !== undefined) this.#stateKeyNids.set(reader, cacheKey, row.state_key_nid);
    return row?.state_key_nid;
  }

  async internStateKey(tx: StoreTx, type: string, stateKey: string): Promise<number> {
    const known = await this.stateKeyNid(tx, type, stateKey);
    if (known !== undefined) return known;
    const state_key_nid = await tx.next('state_key_nid');
    await tx.insert(stateKeys, { state_key_nid, type, state_key: stateKey });
    this.#stateKeyNids.set(tx, `${type}\0${stateKey}`, state_key_nid);
    return state_key_nid;
  }

  async stateKey(reader: StoreReader, stateKeyNid: number): Promise<StateKey> {
    const known = this.#stateKeys.get(reader, stateKeyNid);
    if (known !== undefined) return known;
    const row = await reader.get(stateKeys, { state_key_nid: stateKeyNid });
    if (row === undefined) throw new Error(`no state key ${stateKeyNid}`);
    const value = { type: row.type, stateKey: row.state_key };
    this.#stateKeys.set(reader, stateKeyNid, value);
    return value;
  }
}
