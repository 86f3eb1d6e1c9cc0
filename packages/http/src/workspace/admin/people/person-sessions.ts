import { listDevices, readPerson, signOut } from '@causeway/workspace';
import type { UserId } from '@causeway/protocol';
import { userIdOf } from '../../../client/client-route.ts';
import { fresh } from '../../workspace-api.ts';
import { type AdminCall, adminRoute } from '../admin-route.ts';

/** `GET /_causeway/admin/people/{userId}/sessions`: where somebody is signed in. */
export const getPersonSessions = adminRoute('GET', '/people/:userId/sessions', async (call) =>
  answerWithSessions(call, userIdOf(call.request)),
);

/** `DELETE /_causeway/admin/people/{userId}/sessions/{deviceId}`: signs them out there. */
export const deletePersonSession = adminRoute(
  'DELETE',
  '/people/:userId/sessions/:deviceId',
  async (call) => {
    const userId = userIdOf(call.request);
    await signOut(call.workspace, userId, { device: call.request.param('deviceId') }, call.by);
    return answerWithSessions(call, userId);
  },
);

/** `DELETE /_causeway/admin/people/{userId}/sessions`: signs them out everywhere. */
export const deletePersonSessions = adminRoute('DELETE', '/people/:userId/sessions', async (call) => {
  const userId = userIdOf(call.request);
  await signOut(call.workspace, userId, 'everywhere', call.by);
  return answerWithSessions(call, userId);
});

const answerWithSessions = async ({ workspace }: AdminCall, userId: UserId): Promise<object> => {
  await readPerson(workspace, userId);
  const devices = await listDevices(workspace, userId);
  return fresh({
    sessions: devices.map((device) => ({
      device_id: device.deviceId,
      ...(device.displayName === undefined ? {} : { display_name: device.displayName }),
      ...(device.lastSeenTs === undefined ? {} : { last_seen_ts: device.lastSeenTs }),
      ...(device.lastSeenIp === undefined ? {} : { last_seen_ip: device.lastSeenIp }),
    })),
  });
};
