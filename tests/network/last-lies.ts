/** When honest servers agree, liars try once more what must fail: to talk although they are denied, or no longer joined. */
import { isServerAllowed, type RoomId, stateKeyOf, type UserId } from '@causeway/protocol';
import type { Host } from './host.ts';
import type { Forged, Liar } from './liar.ts';
import { type RoomView, viewRoom } from './room-reading.ts';

/** An event that this server must not take for a part of the room. */
export type Refused = { readonly host: Host; readonly eventId: string; readonly why: string };

export const tellLastLies = async (
  roomId: RoomId,
  liars: readonly Liar[],
  honest: readonly Host[],
): Promise<readonly Refused[]> => {
  const refused: Refused[] = [];
  for (const liar of liars) {
    const known = await viewRoom(liar.host.engine, roomId);
    for (const host of known === undefined ? [] : honest) {
      const view = await viewRoom(host.engine, roomId);
      for (const user of view === undefined || known === undefined ? [] : liar.host.users) {
        const lie = await lieTo(liar, roomId, user, { known, view });
        if (lie === undefined) continue;
        liar.sendPdus(host.name, [lie.forged.pdu]);
        refused.push({ host, eventId: lie.forged.eventId, why: lie.why });
      }
    }
  }
  return refused;
};

const lieTo = async (
  liar: Liar,
  roomId: RoomId,
  sender: UserId,
  { known, view }: { readonly known: RoomView | undefined; readonly view: RoomView | undefined },
): Promise<{ readonly forged: Forged; readonly why: string } | undefined> => {
  if (known === undefined || view === undefined) return undefined;
  const membershipIn = (eventId: string | undefined) =>
    eventId === undefined ? undefined : view.byId.get(eventId)?.pdu.content['membership'];
  const acl = view.byId.get(view.state.get(stateKeyOf('m.room.server_acl', '')) ?? '')?.pdu.content;
  const isDenied = !isServerAllowed(acl, liar.host.name);
  const isOut = membershipIn(view.state.get(stateKeyOf('m.room.member', sender))) !== 'join';
  // It was joined once, and goes on from there as if nothing had happened since.
  const joined = [...known.byId.values()].find(
    ({ pdu, stateBefore, verdict, eventId }) =>
      pdu.state_key === sender &&
      stateBefore !== null &&
      verdict === 'accepted' &&
      membershipIn(eventId) === 'join',
  );
  if (joined === undefined || (!isDenied && !isOut)) return undefined;
  const content = { msgtype: 'm.text', body: 'one last lie' };
  const forged = await liar.forge(roomId, { type: 'm.room.message', sender, content }, { after: [joined] });
  const why = isDenied ? 'the server ACL denies its server' : 'its sender is not joined any more';
  return forged && { forged, why };
};

export const beliefs = async (roomId: RoomId, refused: readonly Refused[]): Promise<readonly string[]> => {
  const faults: string[] = [];
  for (const { host, eventId, why } of refused) {
    const event = (await viewRoom(host.engine, roomId))?.byId.get(eventId);
    if (event?.verdict === 'accepted') faults.push(`${host.name} took ${eventId}, although ${why}`);
  }
  return faults;
};
