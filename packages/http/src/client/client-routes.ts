/** All operations of the client-server API. */
import type { HttpRoute } from '../route.ts';
import { getGlobalAccountData, getRoomAccountData } from './account-data/get-account-data.ts';
import { putGlobalAccountData, putRoomAccountData } from './account-data/put-account-data.ts';
import { deleteTag, getTags, putTag } from './account-data/tags.ts';
import { changePassword } from './accounts/change-password.ts';
import { deactivate } from './accounts/deactivate.ts';
import { getLogin } from './accounts/get-login.ts';
import { getRegistrationTokenValidity } from './accounts/get-registration-token-validity.ts';
import { getThreepids } from './accounts/get-threepids.ts';
import { getUsernameAvailable } from './accounts/get-username-available.ts';
import { login } from './accounts/login.ts';
import { logout } from './accounts/logout.ts';
import { logoutAll } from './accounts/logout-all.ts';
import { register } from './accounts/register.ts';
import { sharedSecretRoutes } from './accounts/shared-secret-register.ts';
import { whoami } from './accounts/whoami.ts';
import { getThirdPartyProtocols } from './calls/get-third-party-protocols.ts';
import { getTurnServer } from './calls/get-turn-server.ts';
import type { ClientContext, ClientRoute } from './client-route.ts';
import { deleteDevice } from './devices/delete-device.ts';
import { deleteDevices } from './devices/delete-devices.ts';
import { getDevice } from './devices/get-device.ts';
import { getDevices } from './devices/get-devices.ts';
import { putDevice } from './devices/put-device.ts';
import { putSendToDevice } from './devices/send-to-device.ts';
import { deleteRoomAlias } from './directory/delete-alias.ts';
import { getAlias } from './directory/get-alias.ts';
import { getRoomAliases } from './directory/get-local-aliases.ts';
import { getPublicRooms } from './directory/get-public-rooms.ts';
import { getVisibility } from './directory/get-visibility.ts';
import { postPublicRooms } from './directory/post-public-rooms.ts';
import { putAlias } from './directory/put-alias.ts';
import { putVisibility } from './directory/put-visibility.ts';
import { getCapabilities } from './discovery/get-capabilities.ts';
import { getVersions } from './discovery/get-versions.ts';
import { getWellKnownClient } from './discovery/get-well-known-client.ts';
import { getWellKnownServer } from './discovery/get-well-known-server.ts';
import { getPresence } from './ephemeral/get-presence.ts';
import { postReadMarkers } from './ephemeral/post-read-markers.ts';
import { postReceipt } from './ephemeral/post-receipt.ts';
import { putPresence } from './ephemeral/put-presence.ts';
import { putTyping } from './ephemeral/put-typing.ts';
import { postKeysClaim } from './keys/claim-keys.ts';
import { getKeyBackupVersion } from './keys/get-key-backup-version.ts';
import { getKeyChanges } from './keys/get-key-changes.ts';
import { postKeysQuery } from './keys/query-keys.ts';
import { postDeviceSigningUpload } from './keys/upload-cross-signing-keys.ts';
import { postKeysUpload } from './keys/upload-keys.ts';
import { postSignaturesUpload } from './keys/upload-signatures.ts';
import { getDownload, getDownloadAs } from './media/download-media.ts';
import { getMediaConfig } from './media/get-config.ts';
import { getThumbnail } from './media/get-thumbnail.ts';
import { refuseUnauthenticatedMedia } from './media/refuse-unauthenticated.ts';
import { postUpload } from './media/upload-media.ts';
import { postOpenIdToken } from './openid/request-openid-token.ts';
import { deletePushRule } from './push/delete-push-rule.ts';
import { getPushRule, getPushRuleActions, getPushRuleEnabled } from './push/get-push-rule.ts';
import { getAllPushRules, getGlobalPushRules } from './push/get-push-rules.ts';
import { getPushers } from './push/get-pushers.ts';
import { putPushRule } from './push/put-push-rule.ts';
import { putPushRuleActions } from './push/put-push-rule-actions.ts';
import { putPushRuleEnabled } from './push/put-push-rule-enabled.ts';
import { postReportEvent, postReportRoom, postReportUser } from './reports/post-report.ts';
import { postCreateRoom } from './rooms/create-room.ts';
import { postForget } from './rooms/forget-room.ts';
import { getEventContext } from './rooms/get-context.ts';
import { getRoomEvent } from './rooms/get-event.ts';
import { getEventByTimestamp } from './rooms/get-event-by-timestamp.ts';
import { getRoomJoinedMembers } from './rooms/get-joined-members.ts';
import { getJoined } from './rooms/get-joined-rooms.ts';
import { getRoomMembers } from './rooms/get-members.ts';
import { getRoomMessages } from './rooms/get-messages.ts';
import { getAllRelations, getRelationsOfEventType, getRelationsOfType } from './rooms/get-relations.ts';
import { getRoomState } from './rooms/get-state.ts';
import { getStateAtKey, getStateWithoutKey } from './rooms/get-state-event.ts';
import { getRoomThreads } from './rooms/get-threads.ts';
import { postInvite } from './rooms/invite-user.ts';
import { postJoin } from './rooms/join-room.ts';
import { postJoinRoomOrAlias } from './rooms/join-room-or-alias.ts';
import { postKnock } from './rooms/knock-room.ts';
import { postLeave } from './rooms/leave-room.ts';
import { postBan, postKick, postUnban } from './rooms/moderate-member.ts';
import { putState, putStateWithoutKey } from './rooms/put-state.ts';
import { putRedact } from './rooms/redact-event.ts';
import { putSend } from './rooms/send-message.ts';
import { postUpgrade } from './rooms/upgrade-room.ts';
import { postSearch } from './search/post-search.ts';
import { getRoomHierarchy } from './spaces/get-hierarchy.ts';
import { getSummary } from './spaces/get-room-summary.ts';
import { getFilterById } from './sync/get-filter.ts';
import { getSync } from './sync/get-sync.ts';
import { postFilter } from './sync/post-filter.ts';
import { deleteProfileField } from './users/delete-profile-field.ts';
import { getProfileField, getWholeProfile } from './users/get-profile.ts';
import { putProfileField } from './users/put-profile-field.ts';
import { searchUsers } from './users/search-users.ts';

/** All but registration by shared secret. */
export const clientOperations: readonly ClientRoute[] = [
  getGlobalAccountData,
  getRoomAccountData,
  putGlobalAccountData,
  putRoomAccountData,
  getTags,
  putTag,
  deleteTag,
  changePassword,
  deactivate,
  getLogin,
  getRegistrationTokenValidity,
  getThreepids,
  getUsernameAvailable,
  login,
  logoutAll,
  logout,
  register,
  whoami,
  getThirdPartyProtocols,
  getTurnServer,
  deleteDevice,
  deleteDevices,
  getDevice,
  getDevices,
  putDevice,
  putSendToDevice,
  deleteRoomAlias,
  getAlias,
  getRoomAliases,
  getPublicRooms,
  getVisibility,
  postPublicRooms,
  putAlias,
  putVisibility,
  getCapabilities,
  getVersions,
  getWellKnownClient,
  getWellKnownServer,
  getPresence,
  postReadMarkers,
  postReceipt,
  putPresence,
  putTyping,
  postKeysClaim,
  getKeyBackupVersion,
  getKeyChanges,
  postKeysQuery,
  postDeviceSigningUpload,
  postKeysUpload,
  postSignaturesUpload,
  getDownload,
  getDownloadAs,
  getMediaConfig,
  getThumbnail,
  refuseUnauthenticatedMedia,
  postUpload,
  postOpenIdToken,
  deletePushRule,
  getPushRule,
  getPushRuleEnabled,
  getPushRuleActions,
  getAllPushRules,
  getGlobalPushRules,
  getPushers,
  putPushRuleActions,
  putPushRuleEnabled,
  putPushRule,
  postCreateRoom,
  postForget,
  getEventContext,
  getRoomEvent,
  getRoomJoinedMembers,
  getJoined,
  getRoomMembers,
  getRoomMessages,
  getAllRelations,
  getRelationsOfType,
  getRelationsOfEventType,
  getStateAtKey,
  getStateWithoutKey,
  getRoomState,
  getRoomThreads,
  getEventByTimestamp,
  postInvite,
  postJoinRoomOrAlias,
  postKnock,
  postJoin,
  postLeave,
  postKick,
  postBan,
  postUnban,
  putState,
  putStateWithoutKey,
  putRedact,
  putSend,
  postReportEvent,
  postReportRoom,
  postReportUser,
  postUpgrade,
  postSearch,
  getRoomHierarchy,
  getSummary,
  getFilterById,
  getSync,
  postFilter,
  deleteProfileField,
  getWholeProfile,
  getProfileField,
  putProfileField,
  searchUsers,
];

/** The client-server API of one server. */
export const clientRoutes = (context: ClientContext): readonly HttpRoute[] =>
  [...clientOperations, ...sharedSecretRoutes()].map((operation) => ({
    ...operation,
    handle: operation.handle(context),
  }));
