/** The team-chat rules on the homeserver's public API. */
export { type Account, localpartFromInput, type Role } from './accounts/account.ts';
export type { LinkState, MadeLink } from './accounts/account-link.ts';
export { type Accounts, type AccountsOptions, createAccounts } from './accounts/accounts.ts';
export { createAccount } from './accounts/create-account.ts';
export { deactivateAccount, reactivateAccount } from './accounts/deactivate-account.ts';
export { type Edit, requirePerson } from './accounts/edit-account.ts';
export { exportPerson } from './accounts/export-person.ts';
export { type ListedAccount, listAccounts } from './accounts/list-accounts.ts';
export { resetPassword } from './accounts/password.ts';
export { createPasswordLink, readPasswordLink, usePasswordLink } from './accounts/password-link.ts';
export { createPasswords, type PasswordCost, type Passwords } from './accounts/passwords.ts';
export {
  type ListedPerson,
  listPeople,
  type Person,
  personStates,
  readPerson,
} from './accounts/people.ts';
export { createUserDirectory } from './accounts/user-directory.ts';
export { type Actor, COMMAND_LINE, SERVER_START } from './audit/actor.ts';
export { recordAudit } from './audit/append-audit.ts';
export { type AuditEntry, jsonOfEntry } from './audit/audit-entry.ts';
export { noteModeration } from './audit/note-moderation.ts';
export { noteRestoredBackup } from './audit/note-restored-backup.ts';
export { type AuditFilter, exportAudit, listAudit } from './audit/read-audit.ts';
export { type AuditVerdict, verifyAudit } from './audit/verify-audit.ts';
export type { WorkspaceChange } from './changes.ts';
export { type ContactRequest, removeRequest, requestsOfPerson } from './contacts/contact-requests.ts';
export type { Contact } from './contacts/contacts.ts';
export { decideContact } from './contacts/decide-contact.ts';
export { listContacts } from './contacts/list-contacts.ts';
export { openContext, type WorkspaceContext } from './context.ts';
export { deleteFile, noteLookAtFile, purgeFileCache, quarantineFiles } from './files/file-actions.ts';
export { followChanges } from './follow-changes.ts';
export { probeStore } from './health-probe.ts';
export { blockOrganisation } from './organisations/block-organisation.ts';
export { disconnectOrganisation } from './organisations/disconnect-organisation.ts';
export { listOrganisations, type Organisation, readOrganisation } from './organisations/organisations.ts';
export { grantPermission, revokePermission, setEmail, setRole } from './permissions/permissions.ts';
export { createPolicy, isTrial, TRIAL_SERVER_NAME } from './permissions/policy.ts';
export { isPermission, type Permission, permissionNames } from './permissions/rights.ts';
export { deleteRole, jsonOfRights, listRoles, putRole, type RoleInMatrix } from './permissions/roles.ts';
export { readStanding, type Standing } from './permissions/standing.ts';
export {
  acceptInvitationLink,
  createInvitationLink,
  listInvitationLinks,
  readInvitationLink,
  withdrawInvitationLink,
} from './registration/invitation-link.ts';
export type { RegistrationMode } from './registration/register.ts';
export {
  createRegistrationToken,
  listRegistrationTokens,
  withdrawRegistrationToken,
} from './registration/registration-token.ts';
export {
  deleteReportedMessage,
  findReport,
  markReport,
  openReportedMessage,
  quarantineReportedFiles,
} from './reports/handle-report.ts';
export { createReports, listReports, type Report } from './reports/reports.ts';
export {
  blockRoom,
  changeRetention,
  purgeRoomHistory,
  removeRoom,
  noteRoomRemoved,
} from './rooms/room-actions.ts';
export { FAULTS, faultOf } from './faults.ts';
export { catalogue as settingsCatalogue } from './settings/catalogue.ts';
export { listDevices } from './sessions/devices.ts';
export { signOut } from './sessions/end-session.ts';
export { keepSample, readSamples, type Sample } from './samples/samples.ts';
export { changeSetting } from './settings/change-setting.ts';
export { mediaLimitsOf, newRoomsOf } from './settings/in-force.ts';
export { type ListedSetting, listSettings, versionOfSetting } from './settings/list-settings.ts';
export {
  completeSetup,
  setupLinkRefusal,
  type SetupRequest,
  type SetupResult,
} from './setup/complete-setup.ts';
export { type PinResult, pinServerName, readSetupState, type SetupState } from './setup/setup-state.ts';
export { issueSetupToken, judgeSetupToken, type SetupTokenVerdict } from './setup/setup-token.ts';
export {
  createSigningKeys,
  type KeyRotation,
  noteKeyChange,
  type SigningKeyPlace,
  type SigningKeys,
} from './signing-key/signing-keys.ts';
export { workspaceTables } from './tables.ts';
