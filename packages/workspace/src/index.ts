/** The team-chat rules on the homeserver's public API. */
export { type Account, localpartFromInput, type Role } from './accounts/account.ts';
export { type Accounts, type AccountsOptions, createAccounts } from './accounts/accounts.ts';
export { createAccount } from './accounts/create-account.ts';
export { type ListedAccount, listAccounts } from './accounts/list-accounts.ts';
export { createPasswords, type PasswordCost, type Passwords } from './accounts/passwords.ts';
export { createUserDirectory } from './accounts/user-directory.ts';
export type { WorkspaceContext } from './context.ts';
export { probeStore } from './health-probe.ts';
export {
  grantPermission,
  isPermission,
  type Permission,
  permissionNames,
  revokePermission,
  setRole,
} from './permissions/permissions.ts';
export { createPolicy, isTrial, TRIAL_SERVER_NAME } from './permissions/policy.ts';
export { readStanding, type Standing } from './permissions/standing.ts';
export type { RegistrationMode } from './registration/register.ts';
export { createRegistrationToken } from './registration/registration-token.ts';
export { createReports, type Report, type Reports } from './reports/reports.ts';
export { createSessionCache } from './sessions/session-cache.ts';
export { completeSetup, type SetupRequest, type SetupResult } from './setup/complete-setup.ts';
export { pinServerName, type PinResult, readSetupState, type SetupState } from './setup/setup-state.ts';
export { isSetupToken, issueSetupToken } from './setup/setup-token.ts';
export { workspaceTables } from './tables.ts';
