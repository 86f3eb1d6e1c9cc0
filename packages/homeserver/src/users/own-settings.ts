import type { PushRuleset } from '@causeway/protocol';
import type { PresenceSettings } from '../ephemeral/presence-settings.ts';
import { type TransactionalCache, TxCache } from '../store/caching-store.ts';
import type { StoreTx } from '../store/store.ts';
import type { InviteBlocks } from './invite-blocks.ts';

/** Users whose settings are kept in memory. */
const MAX_USERS = 10_000;

/** What local users have set in their account data and is asked for all the time, by user. */
export class OwnSettings {
  /** `default` for the many who never changed a rule. */
  readonly pushRules: TxCache<number, PushRuleset | 'default'> = new TxCache(MAX_USERS);
  readonly ignoredUsers: TxCache<number, ReadonlySet<string>> = new TxCache(MAX_USERS);
  readonly inviteBlocks: TxCache<number, InviteBlocks> = new TxCache(MAX_USERS);
  readonly presence: TxCache<number, PresenceSettings> = new TxCache(MAX_USERS);

  get caches(): readonly TransactionalCache[] {
    return [this.pushRules, this.ignoredUsers, this.inviteBlocks, this.presence];
  }

  /** Called in the transaction that changes a user's account data: all is read anew. */
  changed(tx: StoreTx, userNid: number): void {
    this.pushRules.forget(tx, userNid);
    this.ignoredUsers.forget(tx, userNid);
    this.inviteBlocks.forget(tx, userNid);
    this.presence.forget(tx, userNid);
  }
}
