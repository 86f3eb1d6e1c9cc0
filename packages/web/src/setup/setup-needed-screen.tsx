import { FrontDoor } from '../frame/front-door.tsx';
import { t } from '../i18n/translate.ts';

/** The server waits for its set-up and this person did not come by the one-time link. */
export function SetupNeededScreen() {
  return (
    <FrontDoor title={t('setup.neededTitle')}>
      <p className="text-ink-soft">{t('setup.needed')}</p>
    </FrontDoor>
  );
}
