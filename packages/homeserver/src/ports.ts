/** What the engine needs from outside, besides `Store`, `BlobStore` and `FederationTransport`. */

import type { JsonObject, JsonValue, RoomId, ServerName, UserId } from '@causeway/protocol';
import type { EventVerdict } from './rooms/event-cache.ts';
import type { StoreReader } from './store/store.ts';
import type { Fault } from './faults.ts';

/** The time, and timers. Tests have one that stands still. */
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
  /** Whether this server has such a user. Asked for local users only. */
  exists(userId: UserId): Promise<boolean>;
  /** Undefined when there is no such user. */
  profile(userId: UserId): Promise<Profile | undefined>;
  /**
   * On which devices a local user is signed in, as one snapshot of the store shows it; called inside transactions, so it
   * awaits nothing but the reader. Absent: nobody encrypts here.
   */
  devices?(reader: StoreReader, userId: UserId): Promise<readonly SignedInDevice[]>;
}

/** `displayName`: as its user named it. It is never told to other servers. */
export type SignedInDevice = { readonly deviceId: string; readonly displayName?: string };

/** Which of what is not part of the event graph is exchanged with others. */
export type EphemeralKind = 'typing' | 'presence' | 'receipts';

/** What the engine asks its host before it does something. */
export type PolicyQuestion =
  /** May this user make a room that other servers can join, for these people and whoever comes later? */
  | {
      readonly kind: 'create-federated-room';
      readonly user: UserId;
      readonly invitees: readonly UserId[];
    }
  /** May this user set a room's server ACL, which lets in the servers of this list of patterns? */
  | {
      readonly kind: 'set-server-acl';
      readonly user: UserId;
      readonly roomId: RoomId;
      readonly allow: readonly string[];
    }
  /** May this user invite somebody of another server? Without a room: may they at all? */
  | {
      readonly kind: 'invite-outsider';
      readonly user: UserId;
      readonly invitee: UserId;
      readonly roomId?: RoomId;
      /** The invitation is to a direct message. */
      readonly direct?: boolean;
      readonly reason?: string;
      /** After so long it is withdrawn again. */
      readonly expiresInMs?: number;
    }
  /** May this user join, or knock on, a room through another server, or accept an outsider's invitation? */
  | {
      readonly kind: 'join-outside';
      readonly user: UserId;
      /** One of the two is given. */
      readonly roomId?: RoomId;
      readonly alias?: string;
      /** `here`: the room is on this server too, and these are the others in it. Otherwise it is reached through them. */
      readonly here: boolean;
      readonly servers: readonly ServerName[];
      readonly knocking?: boolean;
      readonly reason?: string;
    }
  /** May this outsider's invitation reach this local user? */
  | {
      readonly kind: 'receive-invitation';
      readonly user: UserId;
      readonly inviter: UserId;
      readonly roomId: RoomId;
    }
  /** May this user send something to these servers, which have members in a room? Without any: at all? */
  | {
      readonly kind: 'speak-outside';
      readonly user: UserId;
      readonly roomId?: RoomId | undefined;
      readonly servers?: readonly ServerName[];
    }
  /** May this user join a room of other servers that is encrypted, or open to anybody? */
  | {
      readonly kind: 'join-room-of-kind';
      readonly user: UserId;
      readonly roomId: RoomId;
      readonly encrypted: boolean;
      readonly open: boolean;
    }
  /** May this kind of ephemeral data go to, or come from, other servers? */
  | { readonly kind: 'exchange-ephemeral'; readonly what: EphemeralKind }
  /** May we talk with this server at all? */
  | {
      readonly kind: 'exchange';
      readonly server: ServerName;
      readonly direction: 'inbound' | 'outbound';
      /** What is about to be sent, or came: an inbound one is not verified yet. */
      readonly request?: { readonly path: string; readonly body?: JsonValue };
    };

/** The host's answer. `reason` is a sentence for the person who asked; `fault` the same for pages with words of their own. */
export type PolicyAnswer =
  | {
      readonly allowed: true;
      /**
       * For `create-federated-room`: only for servers that match one of these, `example.com` or `*.example.com`. The
       * room gets a server ACL that lets in no others.
       */
      readonly onlyWith?: readonly string[];
      /** For `join-outside` where the room is elsewhere: only through these. */
      readonly through?: readonly ServerName[];
    }
  | {
      readonly allowed: false;
      readonly reason: string;
      readonly fault?: Fault;
      /** The host wrote the wish down, and does it as soon as somebody approves. */
      readonly awaitsApproval?: true;
    };

/** The host's rules about who may federate with whom. Asked in the engine, never only at the edge. */
export interface Policy {
  /** Asked each time, before it is done. */
  ask(question: PolicyQuestion): Promise<PolicyAnswer>;
  /**
   * Whether a local user hears of rooms that have members of other servers, as one snapshot of the store shows it.
   * Absent: everybody does.
   */
  hearing?(reader: StoreReader, user: UserId): Promise<Hearing>;
}

/** What of the rooms with other servers somebody gets to know. */
export type Hearing =
  /** `since`: the stream position at which this began; what came before it is told once more from the start. */
  | { readonly kind: 'all'; readonly since?: number }
  /** What was there at this stream position and time stays readable; nothing newer is told. */
  | {
      readonly kind: 'until';
      readonly stream: number;
      readonly ts: number;
      /** Where it depends on the other servers of a room: what is heard of a room with these. Absent: the above. */
      readonly ofRoomWith?: (servers: readonly ServerName[]) => RoomHearing;
    };

/** `since` as in {@link Hearing}. */
export type RoomHearing =
  | { readonly kind: 'all'; readonly since?: number }
  | { readonly kind: 'until'; readonly stream: number; readonly ts: number };

/** Identifiers and numbers beside a line of the log; never content or tokens. */
export type LogFields = { readonly [name: string]: string | number | boolean | undefined };

/** Telemetry of domain code: one line per happening, identifiers yes, content and tokens never. */
export interface Log {
  /** What happened, as one would want to read it later. */
  info(event: string, fields?: LogFields): void;
  /** Something is not in order, and goes on. */
  warn(event: string, fields?: LogFields): void;
  /** A fault of ours. A misbehaving remote is `info`. */
  error(event: string, error: unknown, fields?: LogFields): void;
}

/** Figures of the engine, for who watches it. Nothing told here names a person, a room or a server. */
export interface Meter {
  /** An event was stored with its verdict; `own`: a local person's. */
  eventStored(origin: 'own' | 'remote', verdict: EventVerdict): void;
  /** Another server took an event, so long after it was made. */
  eventDelivered(delayMs: number): void;
  /** A transaction with another server, received or sent. */
  transaction(direction: 'in' | 'out', outcome: 'ok' | 'failed'): void;
  /** Another server was asked for its signing keys. */
  keysFetched(outcome: 'ok' | 'failed'): void;
  /** Conflicting states were resolved; `aside` of the transaction, in slices, where it cost too much for it. */
  stateResolved(ms: number, where: 'in-transaction' | 'aside'): void;
  /** Ephemeral data of another server was dropped, because it brought too much of it. */
  eduDropped(kind: EphemeralKind): void;
}

/** A meter for hosts that do not watch. */
export const noMeter: Meter = {
  eventStored: () => {},
  eventDelivered: () => {},
  transaction: () => {},
  keysFetched: () => {},
  stateResolved: () => {},
  eduDropped: () => {},
};
