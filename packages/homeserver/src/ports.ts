/** What the engine needs from outside, besides `Store`, `BlobStore` and `FederationTransport`. */
import type { JsonObject, RoomId, ServerName, UserId } from '@causeway/protocol';

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Runs `callback` once after `ms`; disposing cancels. It does not keep the process alive. */
  schedule(ms: number, callback: () => void): Disposable;
}

/** Display name, avatar and custom fields of a user, by field name. */
export type Profile = JsonObject;

/** The host's answer to: who are the local users? */
export interface UserDirectory {
  exists(userId: UserId): Promise<boolean>;
  /** Undefined when there is no such user. */
  profile(userId: UserId): Promise<Profile | undefined>;
}

export type PolicyQuestion =
  /** May this user make a room that other servers can join? */
  | { readonly kind: 'create-federated-room'; readonly user: UserId }
  /** May this user invite somebody of another server? Without a room: may they at all? */
  | {
      readonly kind: 'invite-outsider';
      readonly user: UserId;
      readonly invitee: UserId;
      readonly roomId?: RoomId;
    }
  /** May this user join a room through another server, or accept an outsider's invitation? */
  | { readonly kind: 'join-outside'; readonly user: UserId; readonly roomId: RoomId }
  /** May this outsider's invitation reach this local user? */
  | {
      readonly kind: 'receive-invitation';
      readonly user: UserId;
      readonly inviter: UserId;
      readonly roomId: RoomId;
    }
  /** May we talk with this server at all? */
  | { readonly kind: 'exchange'; readonly server: ServerName; readonly direction: 'inbound' | 'outbound' };

export type PolicyAnswer = { readonly allowed: true } | { readonly allowed: false; readonly reason: string };

/** The host's rules about who may federate with whom. Asked in the engine, never only at the edge. */
export interface Policy {
  ask(question: PolicyQuestion): Promise<PolicyAnswer>;
}

export type LogFields = { readonly [name: string]: string | number | boolean | undefined };

/** Telemetry of domain code: one line per happening, identifiers yes, content and tokens never. */
export interface Log {
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  /** A fault of ours. A misbehaving remote is `info`. */
  error(event: string, error: unknown, fields?: LogFields): void;
}
