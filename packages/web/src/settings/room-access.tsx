import { EventType, HistoryVisibility, type Room, Visibility } from 'matrix-js-sdk';
import { useEffect, useState } from 'react';
import { CheckRow } from '../controls/check-row.tsx';
import { ChoiceCard } from '../controls/choice-card.tsx';
import { SelectField } from '../controls/select-field.tsx';
import { useObservable } from '../frame/observable.ts';
import { t } from '../i18n/translate.ts';
import { isObject, type JsonObject, text } from '../session/matrix-request.ts';
import { describeProblem } from '../session/problem.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import { AliasGroup } from './room-aliases.tsx';
import { InviteLink } from './room-link.tsx';
import { putState, useRoomState, useStateRefusal } from './room-state.ts';
import { SettingGroup, useSaving } from './saving.tsx';

type Rule = 'invite' | 'public' | 'knock' | 'restricted';

/** Room versions before this one do not know the rule: https://spec.matrix.org/latest/rooms/ */
const KNOCK_SINCE = 7;
const RESTRICTED_SINCE = 8;

/** Who comes in, how the room is found, and from when on they read. */
export function AccessSection({ room, shared }: { room: Room; shared: boolean }) {
  const rule = text(useRoomState(room, EventType.RoomJoinRules).join_rule) ?? 'invite';
  return (
    <>
      <JoinRuleGroup room={room} />
      {rule === 'public' || rule === 'knock' || rule === 'knock_restricted' ? (
        <InviteLink room={room} />
      ) : null}
      <AliasGroup room={room} />
      <DirectoryGroup room={room} />
      <HistoryGroup room={room} shared={shared} />
    </>
  );
}

const allowedRooms = (content: JsonObject): string[] =>
  (Array.isArray(content.allow) ? content.allow : [])
    .map((entry: unknown) => (isObject(entry) ? text(entry.room_id) : undefined))
    .filter((id): id is string => id !== undefined);

function JoinRuleGroup({ room }: { room: Room }) {
  const { client, rooms } = useWorkspace();
  const others = useObservable(rooms).filter(
    ({ id, kind, membership }) => id !== room.roomId && kind !== 'direct' && membership === 'join',
  );
  const content = useRoomState(room, EventType.RoomJoinRules);
  const refusal = useStateRefusal(room, EventType.RoomJoinRules);
  const before = text(content.join_rule) ?? 'invite';
  const allowedBefore = allowedRooms(content);
  const [rule, setRule] = useState(before);
  const [allowed, setAllowed] = useState<readonly string[]>(allowedBefore);
  const saving = useSaving();
  const version = Number(room.getVersion());
  const old = (since: number) => (version < since ? t('roomSettings.versionTooOld') : undefined);

  const save = () =>
    saving.save(async () => {
      if (rule === 'restricted' && allowed.length === 0) throw new Error(t('roomSettings.restrictedNone'));
      const allow = allowed.map((id) => ({ type: 'm.room_membership', room_id: id }));
      await putState(client, room.roomId, EventType.RoomJoinRules, {
        join_rule: rule,
        ...(rule === 'restricted' ? { allow } : {}),
      });
    });

  const card = (value: Rule, reason?: string) => (
    <ChoiceCard
      name="join-rule"
      checked={rule === value}
      disabled={refusal !== undefined || reason !== undefined}
      reason={reason}
      onChoose={() => setRule(value)}
      title={t(`roomSettings.rule.${value}`)}
      text={t(`roomSettings.ruleText.${value}`)}
    >
      {value === 'restricted' ? (
        <div className="flex max-h-[180px] flex-col overflow-y-auto">
          {others.map((other) => (
            <CheckRow
              key={other.id}
              label={other.name}
              checked={allowed.includes(other.id)}
              disabled={refusal !== undefined}
              onChange={(checked) =>
                setAllowed(checked ? [...allowed, other.id] : allowed.filter((id) => id !== other.id))
              }
            />
          ))}
        </div>
      ) : null}
    </ChoiceCard>
  );

  return (
    <SettingGroup
      title={t('roomSettings.who')}
      refusal={refusal}
      saving={saving}
      onSave={() => void save()}
      unchanged={rule === before && allowed.join() === allowedBefore.join()}
    >
      <div role="radiogroup" aria-label={t('roomSettings.who')} className="flex flex-col gap-2">
        {card('invite')}
        {card('knock', old(KNOCK_SINCE))}
        {card('restricted', old(RESTRICTED_SINCE))}
        {card('public')}
      </div>
    </SettingGroup>
  );
}

function DirectoryGroup({ room }: { room: Room }) {
  const { client } = useWorkspace();
  const refusal = useStateRefusal(room, EventType.RoomCanonicalAlias);
  const [listed, setListed] = useState<boolean>();
  const [unknown, setUnknown] = useState('');
  const saving = useSaving();

  useEffect(() => {
    let current = true;
    client.getRoomDirectoryVisibility(room.roomId).then(
      ({ visibility }) => current && setListed(visibility === 'public'),
      (problem: unknown) => current && setUnknown(describeProblem(problem)),
    );
    return () => {
      current = false;
    };
  }, [client, room]);

  const change = (wanted: boolean) =>
    saving.save(async () => {
      await client.setRoomDirectoryVisibility(room.roomId, wanted ? Visibility.Public : Visibility.Private);
      setListed(wanted);
    });

  return (
    <SettingGroup title={t('roomSettings.directory')} refusal={refusal} saving={saving}>
      <CheckRow
        label={t('roomSettings.listed')}
        text={unknown || t('roomSettings.listedText')}
        checked={listed ?? false}
        disabled={refusal !== undefined || listed === undefined || saving.busy}
        onChange={(wanted) => void change(wanted)}
      />
    </SettingGroup>
  );
}

const HISTORY = [
  HistoryVisibility.Joined,
  HistoryVisibility.Invited,
  HistoryVisibility.Shared,
  HistoryVisibility.WorldReadable,
] as const;

function HistoryGroup({ room, shared }: { room: Room; shared: boolean }) {
  const { client } = useWorkspace();
  const refusal = useStateRefusal(room, EventType.RoomHistoryVisibility);
  const content = useRoomState(room, EventType.RoomHistoryVisibility);
  const before = HISTORY.find((value) => value === content.history_visibility) ?? HistoryVisibility.Shared;
  const saving = useSaving();

  return (
    <SettingGroup title={t('roomSettings.history')} refusal={refusal} saving={saving}>
      <SelectField
        label={t('roomSettings.historyLabel')}
        hint={t(shared ? 'roomSettings.historyHintShared' : 'roomSettings.historyHint')}
        value={before}
        disabled={refusal !== undefined || saving.busy}
        onChoose={(value) =>
          void saving.save(() =>
            client.sendStateEvent(room.roomId, EventType.RoomHistoryVisibility, {
              history_visibility: value,
            }),
          )
        }
        options={HISTORY.map((value) => ({ value, label: t(`roomSettings.historyMode.${value}`) }))}
      />
    </SettingGroup>
  );
}
