/** The embeddable homeserver: build one from options and ports, and mount its HTTP edge. */
export { isDeviceIdFree } from './devices/device-id.ts';
export { forgetCrossSigning, forgetDevice } from './devices/forget-device.ts';
export { claimKeys, type KeyClaim, type KeysClaimed } from './devices/keys/claim-keys.ts';
export type { KeyUsage } from './devices/keys/cross-signing-key.ts';
export { keysKeptOf } from './devices/keys/export-keys.ts';
export type { KeysAnswer, KeysAskedFor } from './devices/keys/people-keys.ts';
export { type KeyQuery as DeviceKeyQuery, queryKeys } from './devices/keys/query-keys.ts';
export { serveClaim, serveDevices, serveKeys } from './devices/keys/serve-keys.ts';
export {
  type CrossSigningUpload,
  type CrossSigningVerdict,
  uploadCrossSigningKeys,
} from './devices/keys/upload-cross-signing-keys.ts';
export { type KeyUpload, uploadKeys } from './devices/keys/upload-keys.ts';
export {
  type SignatureFailure,
  type SignatureFailures,
  uploadSignatures,
} from './devices/keys/upload-signatures.ts';
export type { Engine, NewRooms } from './engine.ts';
export { isLocal } from './engine.ts';
export { followedKeys, forgetUnshared } from './devices/lists/follow-lists.ts';
export * from './devices/lists/get-key-changes.ts';
export * from './devices/lists/note-change.ts';
export { announceDeviceList, noteDeviceChanged } from './devices/lists/tell-of-devices.ts';
export { type SendToDevice, sendToDevice } from './devices/messages/send-to-device.ts';
export * from './devices/messages/waiting-messages.ts';
export * from './ephemeral/local-presence.ts';
export * from './ephemeral/presence-board.ts';
export * from './ephemeral/presence-settings.ts';
export * from './ephemeral/read-presence.ts';
export * from './ephemeral/send-receipt.ts';
export * from './ephemeral/set-read-markers.ts';
export * from './ephemeral/set-typing.ts';
export * from './ephemeral/typing.ts';
export { acceptedVersion } from './federation/accepted-version.ts';
export * from './federation/authenticate-request.ts';
export * from './federation/backfill-room.ts';
export * from './federation/backlog.ts';
export * from './federation/clean-edu-outbox.ts';
export * from './federation/clean-outbox.ts';
export * from './federation/delivery.ts';
export type { ExchangeHour } from './federation/exchange-hours.ts';
export { exportShared, type Shared, type SharedFile } from './federation/export-shared.ts';
export { cancelRemoteJoin } from './federation/join-remote-room.ts';
export { type LeftOrganisation, leaveOrganisation } from './federation/leave-organisation.ts';
export {
  type ConnectedServer,
  connectedServer,
  connectedServers,
  type SharedRoom,
} from './federation/organisations.ts';
export { type RepairedRoom, type RepairRoom, repairRoom } from './federation/repair-room.ts';
export { MAX_SERVERS_PER_QUERY } from './federation/keys/ask-notary.ts';
export {
  type KeyChange,
  type OwnKey,
  OwnKeys,
  SigningKeyRefusedError,
  type WithKeyChange,
} from './federation/keys/own-keys.ts';
export { type KeyQuery, serveKeyQuery } from './federation/keys/serve-notary.ts';
export * from './federation/query-profile.ts';
export * from './federation/query-public-rooms.ts';
export * from './federation/receive-invite.ts';
export * from './federation/receive-transaction.ts';
export * from './federation/remote-joins.ts';
export * from './federation/serving/make-membership.ts';
export * from './federation/serving/read-graph.ts';
export * from './federation/serving/send-membership.ts';
export * from './federation/transport.ts';
export * from './homeserver.ts';
export * from './inspecting/inspect-room.ts';
export * from './inspecting/list-rooms.ts';
export * from './inspecting/reported-message.ts';
export * from './inspecting/room-reading.ts';
export * from './invitations/bound-invites.ts';
export * from './invitations/exchange-third-party-invite.ts';
export * from './invitations/invite-until.ts';
export * from './matrix-error.ts';
export * from './faults.ts';
export { noSuchRoom, REFUSALS } from './refusals.ts';
export * from './media/blob-store.ts';
export * from './media/content-disposition.ts';
export * from './media/delete-media.ts';
export * from './media/list-media.ts';
export * from './media/may-server-have.ts';
export * from './media/media-file.ts';
export * from './media/multipart.ts';
export * from './media/open-media.ts';
export * from './media/open-thumbnail.ts';
export * from './media/thumbnailer.ts';
export * from './media/quarantine.ts';
export * from './media/upload-media.ts';
export * from './notifier.ts';
export * from './ports.ts';
export * from './token-buckets.ts';
export * from './purging/purge-history.ts';
export { startRoomRemoval, type WithRemoval } from './purging/remove-room.ts';
export * from './purging/retention.ts';
export * from './reading/arriving-members.ts';
export * from './reading/check-relation.ts';
export type { ClientEvent } from './reading/client-event.ts';
export * from './reading/event-by-timestamp.ts';
export * from './reading/get-context.ts';
export * from './reading/get-event.ts';
export * from './reading/get-local-aliases.ts';
export * from './reading/get-messages.ts';
export * from './reading/get-relations.ts';
export * from './reading/get-state.ts';
export * from './reading/get-threads.ts';
export * from './reading/history-gaps.ts';
export * from './reading/page-token.ts';
export * from './reading/public-rooms.ts';
export { openJoinedRoom } from './reading/room-access.ts';
export * from './rooms/aliases.ts';
export { type Appended, publishAppended } from './rooms/append-event.ts';
export type { EventTemplate } from './rooms/create-event.ts';
export { setRoomBlocked } from './rooms/blocked-rooms.ts';
export * from './rooms/create-room.ts';
export * from './rooms/current-state.ts';
export * from './rooms/forget-room.ts';
export type { ClientTransaction } from './rooms/client-transaction.ts';
export * from './rooms/invite-user.ts';
export * from './rooms/join-room.ts';
export * from './rooms/knock-room.ts';
export * from './rooms/leave-all-rooms.ts';
export * from './rooms/leave-room.ts';
export * from './rooms/moderate-member.ts';
export { resolved } from './rooms/resolutions.ts';
export { resolveStates } from './rooms/resolve-state.ts';
export * from './rooms/send-event.ts';
export { appendOwn } from './rooms/write-own.ts';
export * from './rooms/servers-in-room.ts';
export { silenceOf } from './rooms/speak-outside.ts';
export * from './rooms/state-before-event.ts';
export * from './search/search-response.ts';
export { SEARCH_KEYS } from './search/searchable-text.ts';
export { wordsOf } from './search/words.ts';
export * from './spaces/get-hierarchy.ts';
export * from './spaces/get-room-summary.ts';
export * from './spaces/serve-hierarchy.ts';
export * from './store/caching-store.ts';
export * from './store/check-row.ts';
export * from './store/compare-values.ts';
export * from './store/memory-store.ts';
export * from './store/note-restore.ts';
export * from './store/range-plan.ts';
export * from './store/schema.ts';
export * from './store/store.ts';
export * from './store/table.ts';
export * from './store/table-plan.ts';
export * from './store/store-full-error.ts';
export * from './store/unique-violation-error.ts';
export * from './sync/activity.ts';
export * from './sync/filter.ts';
export * from './sync/sync.ts';
export type * from './sync/sync-response.ts';
export * from './sync/sync-token.ts';
export { unreadCounts } from './sync/unread-counts.ts';
export * from './upgrading/upgrade-room.ts';
export * from './users/account-data.ts';
export * from './users/check-person.ts';
export * from './users/erase-user.ts';
export * from './users/export-user.ts';
export * from './users/filters.ts';
export * from './users/get-profile.ts';
export * from './users/openid-tokens.ts';
export * from './users/profile-changed.ts';
export * from './users/push-rules.ts';
export * from './users/rooms-of-user.ts';
export * from './users/set-state.ts';
export * from './users/users-in-shared-rooms.ts';
