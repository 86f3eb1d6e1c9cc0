import { EventType, type Room } from 'matrix-js-sdk';
import { useState } from 'react';
import { SelectField } from '../controls/select-field.tsx';
import { t } from '../i18n/translate.ts';
import { MEMBER, MODERATOR, OWNER, roleName } from '../people/power-level.ts';
import { isObject, type JsonObject } from '../session/matrix-request.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import { putState, useRoomState, useStateRefusal } from './room-state.ts';
import { SettingGroup, useSaving } from './saving.tsx';

/** What stands at the top of the power levels, with the specification's defaults. */
const ACTS = [
  { key: 'events_default', label: 'permissions.write', initial: 0 },
  { key: 'invite', label: 'permissions.invite', initial: 0 },
  { key: 'kick', label: 'permissions.kick', initial: 50 },
  { key: 'ban', label: 'permissions.ban', initial: 50 },
  { key: 'redact', label: 'permissions.redact', initial: 50 },
] as const;

const EVENTS = [
  { key: EventType.RoomName, label: 'permissions.name' },
  { key: EventType.RoomTopic, label: 'permissions.topic' },
  { key: EventType.RoomAvatar, label: 'permissions.avatar' },
  { key: EventType.RoomJoinRules, label: 'permissions.access' },
  { key: EventType.RoomCanonicalAlias, label: 'permissions.alias' },
  { key: EventType.RoomHistoryVisibility, label: 'permissions.history' },
  { key: EventType.RoomServerAcl, label: 'permissions.servers' },
  { key: EventType.RoomPowerLevels, label: 'permissions.roles' },
  { key: EventType.RoomTombstone, label: 'permissions.upgrade' },
] as const;

const levelOf = (value: unknown, initial: number) => (typeof value === 'number' ? value : initial);

/** Which role one needs for what. */
export function PermissionsSection({ room }: { room: Room }) {
  const { client } = useWorkspace();
  const content = useRoomState(room, EventType.RoomPowerLevels);
  const refusal = useStateRefusal(room, EventType.RoomPowerLevels);
  const myLevel = room.getMember(client.getSafeUserId())?.powerLevel ?? 0;
  const [changes, setChanges] = useState<{ readonly [key: string]: number }>({});
  const saving = useSaving();
  const events: JsonObject = isObject(content.events) ? content.events : {};
  const stateDefault = levelOf(content.state_default, MODERATOR);

  const save = () =>
    saving.save(async () => {
      const acts = Object.fromEntries(
        ACTS.flatMap(({ key }) => (key in changes ? [[key, changes[key]]] : [])),
      );
      const changed = Object.fromEntries(
        EVENTS.flatMap(({ key }) => (key in changes ? [[key, changes[key]]] : [])),
      );
      await putState(client, room.roomId, EventType.RoomPowerLevels, {
        ...content,
        ...acts,
        events: { ...events, ...changed },
      });
      setChanges({});
    });

  const choice = (key: string, label: string, before: number) => {
    const level = changes[key] ?? before;
    const offered = [...new Set([MEMBER, MODERATOR, OWNER, before])].sort((a, b) => a - b);
    return (
      <SelectField
        key={key}
        inline
        label={label}
        value={String(level)}
        disabled={refusal !== undefined || before > myLevel}
        onChoose={(value) => setChanges({ ...changes, [key]: Number(value) })}
        options={offered
          .filter((one) => one <= myLevel || one === before)
          .map((one) => ({ value: String(one), label: roleName({ level: one, creator: false }) }))}
      />
    );
  };

  return (
    <SettingGroup
      text={t('permissions.text')}
      refusal={refusal && t('permissions.mayNot')}
      saving={saving}
      onSave={() => void save()}
      unchanged={Object.keys(changes).length === 0}
    >
      <div className="flex flex-col divide-y divide-line">
        {ACTS.map(({ key, label, initial }) => choice(key, t(label), levelOf(content[key], initial)))}
        {EVENTS.map(({ key, label }) => choice(key, t(label), levelOf(events[key], stateDefault)))}
      </div>
    </SettingGroup>
  );
}
