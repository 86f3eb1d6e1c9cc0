import { forbidden, refusal } from '@causeway/homeserver';
import { type JsonValue, localpartOf, type ServerName, type UserId } from '@causeway/protocol';
import { actorOf, nobody } from '../audit/actor.ts';
import { recordAudit } from '../audit/append-audit.ts';
import type { WorkspaceContext } from '../context.ts';
import { faultOf } from '../faults.ts';
import { type Registration, type RegistrationMode, register } from '../registration/register.ts';
import { isRegistrationTokenValid } from '../registration/registration-token.ts';
import { type Device, findDevice, listDevices, renameDevice } from '../sessions/devices.ts';
import { endAllSessions, endSessions } from '../sessions/end-session.ts';
import { findSession, type Session, type StartedSession, startSession } from '../sessions/session.ts';
import { checkNewLocalpart, refuseTakenName } from './create-account.ts';
import { deactivateAccount } from './deactivate-account.ts';
import { createLoginAttempts } from './login-attempts.ts';
import { findByPassword, setPassword } from './password.ts';
import { setProfileField } from './profile.ts';
import { type FoundUser, searchUsers } from './search-users.ts';

export type AccountsOptions = {
  readonly registrationMode: RegistrationMode;
  readonly registrationSharedSecret: string | undefined;
  /** Whether guessing passwords is slowed down. */
  readonly limitLogins: boolean;
  /** Called after a local profile changed, so that the rooms of that person hear of it. */
  readonly profileChanged: (userId: UserId) => Promise<void>;
};

/** Accounts and sessions as the client API needs them. A refusal is a `MatrixError`. */
export interface Accounts {
  readonly serverName: ServerName;
  readonly registrationMode: RegistrationMode;
  readonly registrationSharedSecret: string | undefined;
  authenticate(accessToken: string): Promise<Session | undefined>;
  login(login: {
    readonly user: string;
    readonly password: string;
    readonly deviceId?: string;
    readonly initialDeviceDisplayName?: string;
    readonly remoteAddress: string;
  }): Promise<StartedSession>;
  logout(requester: Session): Promise<void>;
  logoutAll(requester: Session): Promise<void>;
  checkUsernameAvailable(localpart: string): Promise<void>;
  isRegistrationTokenValid(token: string): Promise<boolean>;
  register(
    account: Registration & {
      readonly session?: { readonly deviceId?: string; readonly initialDeviceDisplayName?: string };
      readonly remoteAddress: string;
    },
  ): Promise<{ readonly userId: UserId; readonly session?: StartedSession }>;
  checkPassword(userId: UserId, password: string, remoteAddress: string): Promise<boolean>;
  changePassword(
    requester: Session,
    change: { readonly newPassword: string; readonly logoutOthers: boolean },
  ): Promise<void>;
  deactivate(requester: Session, options: { readonly erase: boolean }): Promise<void>;
  devices(userId: UserId): Promise<readonly Device[]>;
  device(userId: UserId, deviceId: string): Promise<Device | undefined>;
  renameDevice(userId: UserId, deviceId: string, displayName: string): Promise<void>;
  deleteDevices(requester: Session, deviceIds: readonly string[]): Promise<void>;
  setProfileField(userId: UserId, field: string, value: JsonValue | undefined): Promise<void>;
  searchUsers(term: string, limit: number): Promise<readonly FoundUser[]>;
}

export const createAccounts = (context: WorkspaceContext, options: AccountsOptions): Accounts => {
  const attempts = options.limitLogins ? createLoginAttempts(context.clock) : undefined;
  /** Whose password it is. @throws M_LIMIT_EXCEEDED after many wrong ones */
  const provenBy = async (
    user: string,
    password: string,
    remoteAddress: string,
  ): Promise<UserId | undefined> => {
    attempts?.check(remoteAddress, user);
    const userId = await findByPassword(context, user, password);
    if (userId === undefined) {
      attempts?.wrong(remoteAddress, user);
      await recordAudit(context, { action: 'sign-in.refused', by: nobody(remoteAddress), target: user });
    } else attempts?.right(remoteAddress, user);
    return userId;
  };
  return {
    serverName: context.serverName,
    registrationMode: options.registrationMode,
    registrationSharedSecret: options.registrationSharedSecret,
    authenticate: (accessToken) => findSession(context, accessToken),
    async login({ user, password, remoteAddress, deviceId, initialDeviceDisplayName }) {
      const userId = await provenBy(user, password, remoteAddress);
      if (userId === undefined) throw forbidden(faultOf('sign-in-wrong'));
      return startSession(context, {
        userId,
        deviceId,
        displayName: initialDeviceDisplayName,
        remoteAddress,
      });
    },
    logout: (requester) => endSessions(context, requester, [requester.deviceId]),
    logoutAll: (requester) => endAllSessions(context, requester),
    async checkUsernameAvailable(localpart) {
      checkNewLocalpart(localpart, context.serverName);
      await context.store.read((reader) => refuseTakenName(reader, localpart));
    },
    isRegistrationTokenValid: (token) => isRegistrationTokenValid(context, token),
    async register({ session, remoteAddress, ...registration }) {
      refuseEmptyPassword(registration.password);
      const userId = await register(context, options.registrationMode, { ...registration, remoteAddress });
      if (session === undefined) return { userId };
      const { deviceId, initialDeviceDisplayName: displayName } = session;
      return {
        userId,
        session: await startSession(context, { userId, deviceId, displayName, remoteAddress }),
      };
    },
    async checkPassword(userId, password, remoteAddress) {
      return (await provenBy(localpartOf(userId), password, remoteAddress)) === userId;
    },
    async changePassword(requester, { newPassword, logoutOthers }) {
      refuseEmptyPassword(newPassword);
      const { userId, deviceId } = requester;
      await setPassword(context, {
        userId,
        password: newPassword,
        logout: logoutOthers,
        by: actorOf(requester),
        keepDevice: deviceId,
      });
    },
    deactivate: (requester, { erase }) =>
      deactivateAccount(context, requester.userId, { by: actorOf(requester), erase }),
    devices: (userId) => listDevices(context, userId),
    device: (userId, deviceId) => findDevice(context, userId, deviceId),
    renameDevice: (userId, deviceId, displayName) => renameDevice(context, { userId, deviceId, displayName }),
    deleteDevices: (requester, deviceIds) => endSessions(context, requester, deviceIds),
    async setProfileField(userId, field, value) {
      await setProfileField(context, userId, { field, value });
      await options.profileChanged(userId);
    },
    searchUsers: (term, limit) => searchUsers(context, term, limit),
  };
};

/** Passwords that people choose at set-up are held to more; a client's or a script's only to this. */
const refuseEmptyPassword = (password: string | undefined): void => {
  if (password === '') throw refusal('M_WEAK_PASSWORD', faultOf('password-empty'));
};
