import { type Clock, forbidden, MatrixError, refusal, type Store } from '@causeway/homeserver';
import { makeUserId, parseServerName, type ServerName, type UserId } from '@causeway/protocol';
import { insertAccount } from '../accounts/create-account.ts';
import { MIN_CHOSEN_PASSWORD, type Passwords } from '../accounts/passwords.ts';
import { appendAudit } from '../audit/append-audit.ts';
import { TRIAL_SERVER_NAME } from '../permissions/policy.ts';
import { type Fault, faultOf } from '../faults.ts';
import { setupStateOf, writeSetting } from './setup-state.ts';
import { forgetSetupToken, judgeSetupToken, type SetupTokenVerdict } from './setup-token.ts';

export type SetupRequest = {
  readonly token: string;
  readonly workspaceName: string;
  /** Undefined: the name that is fixed already, or else a trial. */
  readonly serverName?: string;
  readonly admin: { readonly username: string; readonly password: string };
};

type SetupField = 'workspace_name' | 'server_name' | 'username' | 'password';

export type SetupResult =
  | { readonly kind: 'done'; readonly userId: UserId; readonly serverName: ServerName }
  /** A link that opens nothing, or a value that cannot be: `field` among the details of the error says which. */
  | { readonly kind: 'refused'; readonly error: MatrixError };

const MAX_WORKSPACE_NAME = 100;

/** Names the workspace, fixes its server name and makes the first admin, all or nothing. */
export const completeSetup = async (
  ports: { readonly store: Store; readonly clock: Clock; readonly passwords: Passwords },
  request: SetupRequest,
): Promise<SetupResult> => {
  const { store, clock, passwords } = ports;
  const before = await store.read(async (reader) => ({
    token: await judgeSetupToken(reader, request.token, clock.now()),
    serverName: (await setupStateOf(reader)).serverName,
  }));
  if (before.token !== 'right') return refusedToken(before.token);
  const checked = checkRequest(request, before.serverName);
  if (checked.kind === 'refused') return checked;
  const passwordHash = await passwords.hash(request.admin.password);
  return store.transact(async (tx) => {
    // Asked again: two people may have sent the page at once.
    const state = await setupStateOf(tx);
    const token = await judgeSetupToken(tx, request.token, clock.now());
    if (token !== 'right' || state.hasAdmin) return refusedToken(token);
    const { serverName, workspaceName, localpart, userId } = checked;
    try {
      const account = { localpart, passwordHash, role: 'admin', displayName: undefined } as const;
      await insertAccount(tx, { ...account, createdTs: clock.now() });
    } catch (error) {
      if (error instanceof MatrixError) {
        const details = { ...error.details, field: 'username' };
        return { kind: 'refused', error: new MatrixError(error.errcode, error.message, details) };
      }
      throw error;
    }
    await writeSetting(tx, 'server_name', serverName);
    await writeSetting(tx, 'workspace_name', workspaceName);
    await forgetSetupToken(tx);
    const after = { server_name: serverName, workspace_name: workspaceName, admin: userId };
    await appendAudit(tx, { ts: clock.now(), action: 'set-up.complete', by: { name: 'set-up' }, after });
    return { kind: 'done', userId, serverName };
  });
};

type CheckedRequest = {
  readonly kind: 'checked';
  readonly workspaceName: string;
  readonly serverName: ServerName;
  readonly localpart: string;
  readonly userId: UserId;
};

type Refused = Extract<SetupResult, { kind: 'refused' }>;

const checkRequest = (request: SetupRequest, fixed: ServerName | undefined): CheckedRequest | Refused => {
  const workspaceName = request.workspaceName.trim();
  if (workspaceName === '' || workspaceName.length > MAX_WORKSPACE_NAME) {
    return invalid('workspace_name', faultOf('workspace-name', { most: MAX_WORKSPACE_NAME }));
  }
  const serverName = checkServerName(request.serverName?.trim(), fixed);
  if (typeof serverName !== 'string') return serverName;
  const localpart = request.admin.username.trim();
  const userId = makeUserId(localpart, serverName);
  if (userId === undefined) {
    return refused('username', 'M_INVALID_USERNAME', faultOf('user-name'));
  }
  if (request.admin.password.length < MIN_CHOSEN_PASSWORD) {
    return refused('password', 'M_WEAK_PASSWORD', faultOf('password-short', { least: MIN_CHOSEN_PASSWORD }));
  }
  return { kind: 'checked', workspaceName, serverName, localpart, userId };
};

const checkServerName = (given: string | undefined, fixed: ServerName | undefined): ServerName | Refused => {
  if (fixed !== undefined) {
    if (given === undefined || given === '' || given === fixed) return fixed;
    return invalid('server_name', faultOf('server-name-fixed', { server: fixed }));
  }
  if (given === '') return invalid('server_name', faultOf('server-name-missing'));
  const name = given ?? TRIAL_SERVER_NAME;
  // Server names are compared exactly by most servers, so one spelling only.
  if (name !== name.toLowerCase()) return invalid('server_name', faultOf('server-name-small'));
  const serverName = parseServerName(name);
  if (serverName !== undefined) return serverName;
  return invalid('server_name', faultOf('server-name-form'));
};

const refused = (field: SetupField, errcode: string, fault: Fault): Refused => ({
  kind: 'refused',
  error: refusal(errcode, fault, { field }),
});

const invalid = (field: SetupField, fault: Fault): Refused => refused(field, 'M_INVALID_PARAM', fault);

/** What a set-up link that opens nothing is told. `CAUSEWAY_SETUP_LINK_EXPIRED`: only its day is over. */
export const setupLinkRefusal = (token: Exclude<SetupTokenVerdict, 'right'>): MatrixError =>
  token === 'expired'
    ? refusal('CAUSEWAY_SETUP_LINK_EXPIRED', faultOf('setup-link-expired'))
    : forbidden(faultOf('setup-link-wrong'));

/** Right, and there is an admin: somebody else has used it in between. */
const refusedToken = (token: SetupTokenVerdict): Refused => ({
  kind: 'refused',
  error: setupLinkRefusal(token === 'expired' ? token : 'wrong'),
});
