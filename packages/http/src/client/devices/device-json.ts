import type { Device } from '../accounts.ts';

/** @see https://spec.matrix.org/v1.19/client-server-api/#device-management */
export const deviceJson = (device: Device) => ({
  device_id: device.deviceId,
  ...(device.displayName === undefined ? {} : { display_name: device.displayName }),
  ...(device.lastSeenIp === undefined ? {} : { last_seen_ip: device.lastSeenIp }),
  ...(device.lastSeenTs === undefined ? {} : { last_seen_ts: device.lastSeenTs }),
});
