/** Invitations that are not a matter of one request. */
import { defineTable } from './table.ts';

/** When invitations of local people end by themselves. */
export const invitationExpiries = defineTable({
  name: 'invitation_expiries',
  columns: { room_nid: 'integer', user_nid: 'integer', sender: 'text', expires_ts: 'integer' },
  key: ['room_nid', 'user_nid'],
  indexes: { by_time: { columns: ['expires_ts'] } },
});

/** Invitations by a third-party identifier that turned out to be of somebody here, and that have to be made good. */
export const boundInvites = defineTable({
  name: 'bound_invites',
  columns: {
    user_id: 'text',
    room_id: 'text',
    token: 'text',
    /** Who invited. */
    sender: 'text',
    /** What the identity server signed. */
    signed: 'text',
    received_ts: 'integer',
  },
  key: ['user_id', 'room_id', 'token'],
});

/** The tables of these. */
export const invitationTables = [invitationExpiries, boundInvites] as const;
