import { ConditionKind, type MatrixClient, PushRuleActionName, PushRuleKind } from 'matrix-js-sdk';

/** What of a room one is told about. */
export type RoomPushLevel = 'default' | 'all' | 'mentions' | 'none';

type Rules = {
  readonly override?: readonly Rule[] | undefined;
  readonly room?: readonly Rule[] | undefined;
};
type Rule = { readonly rule_id: string; readonly enabled: boolean; readonly actions: readonly unknown[] };

/** https://spec.matrix.org/latest/client-server-api/#push-rules: an override silences, a room rule tells or not. */
export function roomPushLevel(rules: Rules, roomId: string): RoomPushLevel {
  const find = (list: readonly Rule[] | undefined) =>
    list?.find((rule) => rule.rule_id === roomId && rule.enabled);
  if (find(rules.override)?.actions.length === 0) return 'none';
  const room = find(rules.room);
  if (!room) return 'default';
  return room.actions.includes('notify') ? 'all' : 'mentions';
}

export async function setRoomPushLevel(
  client: MatrixClient,
  roomId: string,
  level: RoomPushLevel,
): Promise<void> {
  const rules = (await client.getPushRules()).global;
  const has = (list: readonly Rule[] | undefined) => list?.some((rule) => rule.rule_id === roomId) === true;
  if (level !== 'none' && has(rules.override))
    await client.deletePushRule('global', PushRuleKind.Override, roomId);
  if ((level === 'none' || level === 'default') && has(rules.room))
    await client.deletePushRule('global', PushRuleKind.RoomSpecific, roomId);
  if (level === 'none') {
    await client.addPushRule('global', PushRuleKind.Override, roomId, {
      actions: [],
      conditions: [{ kind: ConditionKind.EventMatch, key: 'room_id', pattern: roomId }],
    });
  } else if (level !== 'default') {
    await client.addPushRule('global', PushRuleKind.RoomSpecific, roomId, {
      actions: level === 'all' ? [PushRuleActionName.Notify] : [],
    });
  }
}
