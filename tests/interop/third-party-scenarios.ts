/** Invitations by a third-party identifier. The identity server, which says whose it is, is played here. */
import { randomBytes } from 'node:crypto';
import { signingKeyFromSeed, signJson } from '@causeway/protocol';
import type { JsonObject, MatrixClient } from './matrix-client.ts';
import { requestOverTls } from './request-over-tls.ts';
import {
  at,
  bothWays,
  equal,
  inRoom,
  type Scenario,
  type Sides,
  serverOf,
  sharedRoom,
  until,
  untilMembership,
} from './two-sides.ts';

const identityKey = signingKeyFromSeed(randomBytes(32), '0');

/** `host` invites whoever has some address of mail. */
const offer = (host: MatrixClient, roomId: string, token: string): Promise<JsonObject> => {
  const { publicKey: public_key } = identityKey;
  // Without an address for its key, it is valid for ever.
  const content = { display_name: 'g…@mail.test', public_key, public_keys: [{ public_key }] };
  return host.call('PUT', `v3/${inRoom(roomId)}/state/m.room.third_party_invite/${token}`, content);
};

/** The identity server has found out that it is `guest`, and tells their server. */
const bind = async (
  { ca, causeway }: Sides,
  guest: MatrixClient,
  {
    roomId,
    token,
    sender,
  }: { readonly roomId: string; readonly token: string; readonly sender: MatrixClient },
): Promise<void> => {
  const mxid = guest.userId;
  const address = { medium: 'email', address: 'guest@mail.test', mxid };
  const signed = signJson({ mxid, token }, 'identity.test', identityKey);
  const body = { ...address, invites: [{ ...address, room_id: roomId, sender: sender.userId, signed }] };
  const url = `https://${serverOf(guest)}/_matrix/federation/v1/3pid/onbind`;
  // The specification has it with PUT; Synapse answers 405 to that.
  const method = serverOf(guest) === causeway.serverName ? 'PUT' : 'POST';
  equal(
    await requestOverTls(method, url, { body: JSON.stringify(body), caPem: ca.certPem }),
    '{}',
    'its answer',
  );
};

export const thirdPartyScenarios: readonly Scenario[] = [
  ...bothWays(
    'an invitation to an address of mail finds its person',
    ['invite.third-party'],
    async (direction, sides) => {
      const { here, there } = direction;
      const roomId = await here.createRoom({ preset: 'private_chat' });
      await offer(here, roomId, 'token');
      await bind(sides, there, { roomId, token: 'token', sender: here });
      await there.waitForInvitation(roomId);
      const event = await until('the invitation', () => here.state(roomId, 'm.room.member', there.userId));
      equal(at(event, 'third_party_invite', 'display_name'), 'g…@mail.test', 'the name that was given');
      await there.join(roomId, [serverOf(here)]);
      await untilMembership(here, roomId, there, 'join');
    },
  ),
  ...bothWays(
    'an invitation to an address of mail of somebody whose server is in the room',
    ['invite.third-party'],
    async (direction, sides) => {
      const { here, there } = direction;
      const roomId = await sharedRoom(direction);
      const guest = await sides.colleagueOf(there);
      await offer(here, roomId, 'token');
      await until('the offer', () => there.state(roomId, 'm.room.third_party_invite', 'token'));
      await bind(sides, guest, { roomId, token: 'token', sender: here });
      await untilMembership(here, roomId, guest, 'invite');
      await guest.join(roomId, [serverOf(here)]);
      await untilMembership(here, roomId, guest, 'join');
    },
  ),
];
