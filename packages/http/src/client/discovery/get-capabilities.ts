import { route, v3 } from '../client-route.ts';

/** @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3capabilities */
export const getCapabilities = route('GET', v3('/capabilities'), async ({ engine }) => ({
  capabilities: {
    'm.change_password': { enabled: true },
    'm.room_versions': {
      default: engine.newRooms().version,
      available: Object.fromEntries(engine.roomVersions.map((version) => [version, 'stable'])),
    },
    'm.set_displayname': { enabled: true },
    'm.set_avatar_url': { enabled: true },
    'm.profile_fields': { enabled: true },
    'm.3pid_changes': { enabled: false },
    'm.get_login_token': { enabled: false },
    'm.forget_forced_upon_leave': { enabled: false },
  },
}));
