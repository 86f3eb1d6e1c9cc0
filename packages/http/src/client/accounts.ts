/**
 * What the client API asks the host about accounts and sessions. The edge reads requests, runs the
 * specification's user-interactive authentication, and writes answers; passwords, tokens and rules about who
 * may have an account are the host's.
 *
 * A refusal is a `MatrixError`; its errcodes are named at each method.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#legacy-api
 */
import type { JsonValue, ServerName, UserId } from '@causeway/protocol';

/** Whose access token it was. */
export type Requester = {
  readonly userId: UserId;
  readonly deviceId: string;
  readonly isGuest?: boolean;
  /** Address of the peer, for the audit log. */
  readonly remoteAddress?: string;
};

export type NewSession = {
  readonly userId: UserId;
  readonly deviceId: string;
  readonly accessToken: string;
};

export type PasswordLogin = {
  /** A localpart or a full user ID, as typed. */
  readonly user: string;
  readonly password: string;
  /** Continues this device, whose earlier access token ends. A new device when absent. */
  readonly deviceId?: string;
  readonly initialDeviceDisplayName?: string;
  /** Address of the peer, for limits and the audit log. */
  readonly remoteAddress: string;
};

export type NewAccount = {
  /** Chosen by the host when absent. */
  readonly localpart?: string;
  readonly password?: string;
  /** What the person proved: nothing, a registration token, or the operator's shared secret. */
  readonly proof:
    | { readonly kind: 'none' }
    | { readonly kind: 'token'; readonly token: string }
    | { readonly kind: 'shared-secret'; readonly admin: boolean; readonly displayName?: string };
  /** Undefined: make the account only (`inhibit_login`). */
  readonly session?: { readonly deviceId?: string; readonly initialDeviceDisplayName?: string };
  readonly remoteAddress: string;
};

export type RegistrationMode = 'closed' | 'token' | 'open';

export type Device = {
  readonly deviceId: string;
  readonly displayName?: string;
  readonly lastSeenIp?: string;
  /** Milliseconds since the epoch. */
  readonly lastSeenTs?: number;
};

export type FoundUser = {
  readonly userId: UserId;
  readonly displayName?: string;
  readonly avatarUrl?: string;
};

export interface Accounts {
  readonly serverName: ServerName;
  readonly registrationMode: RegistrationMode;
  /** Enables `/_synapse/admin/v1/register`; the edge checks nonce and HMAC with it. */
  readonly registrationSharedSecret: string | undefined;

  /** Called for every request: answer from memory where possible. Undefined: unknown or ended token. */
  authenticate(accessToken: string): Promise<Requester | undefined>;

  /** @throws M_FORBIDDEN (wrong user or password, equal work for both), M_USER_DEACTIVATED, M_LIMIT_EXCEEDED */
  login(login: PasswordLogin): Promise<NewSession>;
  /** Ends the requester's session and forgets its device. */
  logout(requester: Requester): Promise<void>;
  logoutAll(requester: Requester): Promise<void>;

  /** @throws M_USER_IN_USE, M_INVALID_USERNAME */
  checkUsernameAvailable(localpart: string): Promise<void>;
  isRegistrationTokenValid(token: string): Promise<boolean>;
  /**
   * Makes an account. The host checks the mode against the proof once more.
   * @throws M_USER_IN_USE, M_INVALID_USERNAME, M_WEAK_PASSWORD, M_FORBIDDEN
   */
  register(account: NewAccount): Promise<{ readonly userId: UserId; readonly session?: NewSession }>;

  /** Whether this is the user's password. For user-interactive authentication. @throws M_LIMIT_EXCEEDED */
  checkPassword(userId: UserId, password: string, remoteAddress: string): Promise<boolean>;
  /** With `logoutOthers` every session but the requester's ends. @throws M_WEAK_PASSWORD */
  changePassword(
    requester: Requester,
    change: { readonly newPassword: string; readonly logoutOthers: boolean },
  ): Promise<void>;
  /** Ends all sessions; nobody can log in to the account again. `erase` asks to forget its profile. */
  deactivate(requester: Requester, options: { readonly erase: boolean }): Promise<void>;

  devices(userId: UserId): Promise<readonly Device[]>;
  device(userId: UserId, deviceId: string): Promise<Device | undefined>;
  /** @throws M_NOT_FOUND */
  renameDevice(userId: UserId, deviceId: string, displayName: string): Promise<void>;
  /** Ends the devices' sessions. Unknown devices are passed over. */
  deleteDevices(requester: Requester, deviceIds: readonly string[]): Promise<void>;

  /**
   * Stores a field of the user's profile (undefined removes it) and then calls the engine's
   * `profileChanged`. The edge has checked `displayname` and `avatar_url` for type and length.
   */
  setProfileField(userId: UserId, field: string, value: JsonValue | undefined): Promise<void>;
  /** Local users whose ID or display name holds the term, ignoring case. */
  searchUsers(term: string, limit: number): Promise<readonly FoundUser[]>;
}
