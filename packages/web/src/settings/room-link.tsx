import { Copy } from 'lucide-react';
import { EventType, type Room } from 'matrix-js-sdk';
import { Button } from '../controls/button.tsx';
import { INPUT_STYLE } from '../controls/field.tsx';
import { formatRoomLink } from '../discovery/room-address.ts';
import { say } from '../frame/say.ts';
import { t } from '../i18n/translate.ts';
import { serversToAsk } from '../rooms/servers-to-ask.ts';
import { text } from '../session/matrix-request.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import { useRoomState } from './room-state.ts';
import { SettingGroup } from './saving.tsx';

/** A link for people who may come in without an invitation. */
export function InviteLink({ room }: { room: Room }) {
  const { serverName } = useWorkspace();
  const alias = text(useRoomState(room, EventType.RoomCanonicalAlias).alias);
  const via = serversToAsk(room, serverName);
  const link = formatRoomLink({ address: alias ?? room.roomId, via: alias ? [] : via });
  return (
    <SettingGroup title={t('roomSettings.link')} text={t('roomSettings.linkText')}>
      <div className="flex gap-2">
        <input
          readOnly
          aria-label={t('roomSettings.link')}
          value={link}
          onFocus={(event) => event.target.select()}
          className={`h-9 ${INPUT_STYLE}`}
        />
        <Button
          variant="secondary"
          small
          className="h-9"
          icon={<Copy className="size-4" aria-hidden />}
          onClick={() => {
            navigator.clipboard.writeText(link).then(
              () => say(t('roomSettings.linkCopied')),
              () => say(t('roomSettings.linkNotCopied')),
            );
          }}
        >
          {t('roomSettings.copy')}
        </Button>
      </div>
    </SettingGroup>
  );
}
