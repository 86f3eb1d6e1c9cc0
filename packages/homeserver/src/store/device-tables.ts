/** Keys of devices and people for encryption, and what devices send each other outside of rooms. */
import { defineTable } from './table.ts';

/** Identity keys of our people's devices, as they uploaded them, with the signatures that were added since. */
export const deviceKeys = defineTable({
  name: 'device_keys',
  columns: {
    user_nid: 'integer',
    device_id: 'text',
    /** `DeviceKeys` of the specification, without `unsigned`. */
    json: 'text',
  },
  key: ['user_nid', 'device_id'],
});

/** Cross-signing keys: of our people, and of people elsewhere whose devices we follow. */
export const crossSigningKeys = defineTable({
  name: 'cross_signing_keys',
  columns: {
    user_nid: 'integer',
    /** 'master' | 'self_signing' | 'user_signing'; the last of our own people only. */
    usage: 'text',
    json: 'text',
  },
  key: ['user_nid', 'usage'],
});

/** Signatures that our people made of others' keys with their user-signing key. Shown to the signer only. */
export const keySignatures = defineTable({
  name: 'key_signatures',
  columns: {
    signer_nid: 'integer',
    user_nid: 'integer',
    /** The public part of a master key. */
    target: 'text',
    /** Of the signer, such as `ed25519:…`. */
    key_id: 'text',
    signature: 'text',
  },
  key: ['signer_nid', 'user_nid', 'target', 'key_id'],
  indexes: { by_target: { columns: ['user_nid', 'signer_nid'] } },
});

/** Each is given out once, the oldest first, and deleted as it is. */
export const oneTimeKeys = defineTable({
  name: 'one_time_keys',
  columns: {
    user_nid: 'integer',
    device_id: 'text',
    algorithm: 'text',
    key_id: 'text',
    /** In the order of upload. */
    position: 'integer',
    json: 'text',
  },
  key: ['user_nid', 'device_id', 'algorithm', 'key_id'],
  indexes: { by_age: { columns: ['user_nid', 'device_id', 'algorithm', 'position'] } },
});

/**
 * The one-time keys of each device that were given out last. A device that never saw the answer to its upload sends the
 * same keys again, and one that was claimed meanwhile is not to be given out twice.
 */
export const claimedKeys = defineTable({
  name: 'claimed_one_time_keys',
  columns: {
    user_nid: 'integer',
    device_id: 'text',
    algorithm: 'text',
    key_id: 'text',
    /** In the order of claims. */
    position: 'integer',
    json: 'text',
  },
  key: ['user_nid', 'device_id', 'algorithm', 'key_id'],
  indexes: { by_age: { columns: ['user_nid', 'device_id', 'position'] } },
});

/** Given out when there is no one-time key left, again and again. */
export const fallbackKeys = defineTable({
  name: 'fallback_keys',
  columns: {
    user_nid: 'integer',
    device_id: 'text',
    algorithm: 'text',
    key_id: 'text',
    json: 'text',
    /** 1 once it was given out. */
    used: 'integer',
  },
  key: ['user_nid', 'device_id', 'algorithm'],
});

/**
 * Devices that are new, renamed or signed out, of which others have not been told yet. Also one of each person whose list
 * other servers are to look at again.
 */
export const untoldDevices = defineTable({
  name: 'untold_devices',
  columns: {
    user_nid: 'integer',
    /** '' for the cross-signing keys. */
    device_id: 'text',
    /** 1: it has keys, or had them, so that people's apps look at it; 0: only other servers are told. */
    has_keys: 'integer',
  },
  key: ['user_nid', 'device_id'],
});

/** When something of a user's devices or cross-signing keys last changed; the newest change only. */
export const deviceListChanges = defineTable({
  name: 'device_list_changes',
  columns: { user_nid: 'integer', stream: 'integer' },
  key: ['user_nid'],
  indexes: { by_stream: { columns: ['stream'], unique: true } },
});

/** Whose keys our people signed, for their own devices; the newest signature only. */
export const signatureChanges = defineTable({
  name: 'signature_changes',
  columns: { signer_nid: 'integer', user_nid: 'integer', stream: 'integer' },
  key: ['signer_nid', 'user_nid'],
  indexes: { by_stream: { columns: ['signer_nid', 'stream'] } },
});

/** The newest that other servers were told of a person of ours, and of which device it was: one row per person. */
export const deviceListUpdates = defineTable({
  name: 'device_list_updates',
  columns: {
    user_nid: 'integer',
    device_id: 'text',
    /** Of the `m.device_list_update`: larger than any before, also than those that a restored backup has forgotten. */
    stream_id: 'integer',
  },
  key: ['user_nid', 'device_id'],
  indexes: { by_stream_id: { columns: ['user_nid', 'stream_id'] } },
});

/** People elsewhere whose devices we keep, because they share a room with somebody here. */
export const followedDeviceLists = defineTable({
  name: 'followed_device_lists',
  columns: {
    user_nid: 'integer',
    server_nid: 'integer',
    /** The newest `stream_id` that we know all up to. */
    stream_id: 'integer',
    /** Our stream position at which that was so. Who has shared no room since then may have changed unheard. */
    as_of: 'integer',
    /** 1: something is missing, and the whole is to be fetched; until then their server is asked at every query. */
    stale: 'integer',
    /** It is not fetched before this time; and how often that was refused. */
    next_ts: 'integer',
    tries: 'integer',
  },
  key: ['user_nid'],
  indexes: { by_need: { columns: ['server_nid', 'stale', 'next_ts'] } },
});

/** Devices of those people. */
export const followedDevices = defineTable({
  name: 'followed_devices',
  columns: {
    user_nid: 'integer',
    device_id: 'text',
    stream_id: 'integer',
    /** `DeviceKeys` of the specification; null for a device that does not encrypt. */
    json: 'text?',
    display_name: 'text?',
  },
  key: ['user_nid', 'device_id'],
});

/** Messages that wait for a device of ours. Deleted when the device shows that it has them. */
export const toDeviceInbox = defineTable({
  name: 'to_device_inbox',
  columns: {
    user_nid: 'integer',
    device_id: 'text',
    stream: 'integer',
    /** The sender's server. */
    origin: 'text',
    sender: 'text',
    type: 'text',
    content: 'text',
  },
  key: ['user_nid', 'device_id', 'stream'],
  indexes: { by_origin: { columns: ['user_nid', 'device_id', 'origin', 'stream'] } },
});

/** Messages of other servers that were taken in, so that none is taken in twice. */
export const toDeviceReceived = defineTable({
  name: 'to_device_received',
  columns: { origin: 'text', message_id: 'text', received_ts: 'integer' },
  key: ['origin', 'message_id'],
  indexes: { by_time: { columns: ['received_ts'] } },
});

/** Requests of clients that sent messages for devices, so that a request that is repeated sends nothing. */
export const toDeviceTransactions = defineTable({
  name: 'to_device_transactions',
  columns: { user_nid: 'integer', device_id: 'text', type: 'text', txn_id: 'text', ts: 'integer' },
  key: ['user_nid', 'device_id', 'type', 'txn_id'],
  indexes: { by_time: { columns: ['ts'] } },
});

/** EDUs that must arrive: a log like the outbox of events, with a cursor per destination. */
export const eduOutbox = defineTable({
  name: 'edu_outbox',
  columns: { position: 'integer', destination_set: 'integer', edu: 'text', queued_ts: 'integer' },
  key: ['position'],
});

/** How far each server has it. */
export const eduCursors = defineTable({
  name: 'edu_cursors',
  columns: {
    server_nid: 'integer',
    cursor: 'integer',
    /** Where the cursor will stand when the transaction is answered that is frozen now; null when it has none of them. */
    txn_cursor: 'integer?',
    /** So many of the frozen transaction's EDUs, its first ones, are of the log. */
    txn_count: 'integer',
    /** While one EDU is looked for that is refused: so many in a transaction, alone, up to this position. */
    isolating_limit: 'integer?',
    isolating_until: 'integer?',
  },
  key: ['server_nid'],
});

/** EDUs that a server takes in no transaction, so that they hold up nothing else that goes to it. */
export const edusSetAside = defineTable({
  name: 'edus_set_aside',
  columns: {
    server_nid: 'integer',
    /** In `edu_outbox`. */
    position: 'integer',
    /** Empty once it is confirmed. */
    edu: 'text',
    set_aside_ts: 'integer',
    /** What the server answered. */
    reason: 'text',
    /** 1 when it took other EDUs and refused this one again: until then the fault may be the server's. */
    confirmed: 'integer',
  },
  key: ['server_nid', 'position'],
  indexes: {
    by_state: { columns: ['server_nid', 'confirmed', 'position'] },
    by_age: { columns: ['confirmed', 'set_aside_ts'] },
  },
});

/** The tables of devices. */
export const deviceTables = [
  deviceKeys,
  crossSigningKeys,
  keySignatures,
  oneTimeKeys,
  claimedKeys,
  fallbackKeys,
  untoldDevices,
  deviceListChanges,
  signatureChanges,
  deviceListUpdates,
  followedDeviceLists,
  followedDevices,
  toDeviceInbox,
  toDeviceReceived,
  toDeviceTransactions,
  eduOutbox,
  eduCursors,
  edusSetAside,
] as const;
