import { type ReactNode, useRef } from 'react';
import { Button } from '../controls/button.tsx';
import { formatSize } from '../i18n/dates.ts';
import { t } from '../i18n/translate.ts';
import { isSafeImageType } from '../media/authenticated-media.ts';
import { fetchUploadRules, refusedTypeOf } from '../media/upload-rules.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import { SettingGroup, useSaving } from './saving.tsx';

const LARGEST_BYTES = 5_000_000;

type PictureChooserProps = {
  label: string;
  picture: ReactNode;
  chosen: boolean;
  refusal?: string | undefined;
  /** Undefined takes the picture away. */
  onChange: (mxc: string | undefined) => Promise<unknown>;
};

/** A picture of a room or a person: shown, replaced, taken away. */
export function PictureChooser({ label, picture, chosen, refusal, onChange }: PictureChooserProps) {
  const { client } = useWorkspace();
  const input = useRef<HTMLInputElement>(null);
  const saving = useSaving();

  const upload = (file: File) =>
    saving.save(async () => {
      if (!isSafeImageType(file.type)) throw new Error(t('settings.pictureType'));
      if (file.size > LARGEST_BYTES)
        throw new Error(
          t('attach.tooLarge', { size: formatSize(file.size), limit: formatSize(LARGEST_BYTES) }),
        );
      const refusedType = refusedTypeOf(file, await fetchUploadRules(client));
      if (refusedType !== undefined) throw new Error(t('attach.refusedType', { type: refusedType }));
      const { content_uri: mxc } = await client.uploadContent(file, { type: file.type });
      await onChange(mxc);
    });

  return (
    <SettingGroup saving={saving}>
      <div className="flex flex-wrap items-center gap-3">
        {picture}
        <span className="min-w-0 flex-1">
          <span className="block font-medium">{label}</span>
          {refusal ? <span className="block text-sm text-ink-quiet">{refusal}</span> : null}
        </span>
        {refusal ? null : (
          <>
            <input
              ref={input}
              type="file"
              accept="image/png,image/jpeg,image/gif,image/webp"
              aria-label={label}
              className="hidden"
              onChange={(event) => {
                const file = event.target.files?.[0];
                event.target.value = '';
                if (file) void upload(file);
              }}
            />
            <Button variant="secondary" small busy={saving.busy} onClick={() => input.current?.click()}>
              {t('settings.choosePicture')}
            </Button>
            {chosen ? (
              <Button
                variant="quiet"
                small
                disabled={saving.busy}
                onClick={() => void saving.save(() => onChange(undefined))}
              >
                {t('settings.removePicture')}
              </Button>
            ) : null}
          </>
        )}
      </div>
    </SettingGroup>
  );
}
