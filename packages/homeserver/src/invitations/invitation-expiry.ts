/** Withdraws invitations when their time is over, also those whose time came while the server was down. */
import { parseRoomId, parseUserId } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { MatrixError } from '../matrix-error.ts';
import { kickUser } from '../rooms/moderate-member.ts';
import { invitationExpiries } from '../store/schema.ts';
import type { RowOf } from '../store/table.ts';
import type { Work } from '../woken-work.ts';
import { stillOpen, whoWithdraws } from './invite-until.ts';

const PAGE = 100;
const REASON = 'The invitation has expired.';

/** Woken when there may be a nearer end. */
export const invitationExpiry: Work<Engine> = {
  fault: 'invitations not withdrawn',
  run: async (engine) => {
    const next = await withdrawDue(engine);
    return next === undefined ? undefined : Math.max(0, next - engine.clock.now());
  },
};

/** Returns when the next one is due. */
const withdrawDue = async (engine: Engine): Promise<number | undefined> => {
  for (;;) {
    const rows = await engine.store.read((reader) =>
      reader.scan(invitationExpiries, { index: 'by_time', limit: PAGE }),
    );
    const due = rows.filter((row) => row.expires_ts <= engine.clock.now());
    for (const row of due) {
      if (engine.signal.aborted) return undefined;
      await withdraw(engine, row);
    }
    if (due.length < PAGE) return rows[due.length]?.expires_ts;
  }
};

const withdraw = async (engine: Engine, row: RowOf<typeof invitationExpiries>): Promise<void> => {
  const open = await engine.store.read(async (reader) => {
    const found = await stillOpen(engine, reader, row);
    const inviter = parseUserId(row.sender);
    const sender = found && inviter && (await whoWithdraws(engine, reader, found.room, inviter));
    return found && sender && { target: found.target, roomId: parseRoomId(found.room.room_id), sender };
  });
  if (open?.roomId !== undefined) {
    const { roomId, sender, target } = open;
    try {
      await kickUser(engine, { roomId, sender, target, reason: REASON });
    } catch (error) {
      if (!(error instanceof MatrixError)) throw error;
      engine.log.info('invitation not withdrawn', { room: roomId, user: target, errcode: error.errcode });
    }
  }
  await engine.store.transact(async (tx) => {
    // A newer invitation of the same person has its own end.
    const today = await tx.get(invitationExpiries, row);
    if (today?.expires_ts === row.expires_ts) await tx.delete(invitationExpiries, row);
  });
};
