import { LoaderCircle } from 'lucide-react';
import { type ReactNode, useEffect, useState } from 'react';
import { Button } from '../controls/button.tsx';
import { Notice } from '../controls/notice.tsx';
import { FrontDoor } from '../frame/front-door.tsx';
import { t } from '../i18n/translate.ts';
import { secretInAddress } from './account-links.ts';
import { describeProblem } from './problem.ts';

type LinkScreenProps<T> = {
  readonly title: string;
  /** Asks what the link is good for; refuses with why it is not. */
  readonly look: (secret: string) => Promise<T>;
  readonly onLeave: () => void;
  readonly children: (secret: string, found: T) => ReactNode;
};

type Looked<T> =
  | { readonly state: 'looking' }
  | { readonly state: 'dead'; readonly why: string }
  | { readonly state: 'open'; readonly secret: string; readonly found: T };

/** The page behind a link: first whether the link works, then what it is for. */
export function LinkScreen<T>({ title, look, onLeave, children }: LinkScreenProps<T>) {
  const [looked, setLooked] = useState<Looked<T>>({ state: 'looking' });
  useEffect(() => {
    let current = true;
    const secret = secretInAddress();
    look(secret).then(
      (found) => current && setLooked({ state: 'open', secret, found }),
      (problem: unknown) => current && setLooked({ state: 'dead', why: describeProblem(problem) }),
    );
    return () => {
      current = false;
    };
  }, [look]);

  if (looked.state === 'dead') {
    return (
      <FrontDoor title={t('setup.linkRefusedTitle')}>
        <Notice kind="error">{looked.why}</Notice>
        <Button variant="secondary" onClick={onLeave}>
          {t('links.toWorkspace')}
        </Button>
      </FrontDoor>
    );
  }
  return (
    <FrontDoor title={title}>
      {looked.state === 'open' ? (
        children(looked.secret, looked.found)
      ) : (
        <p className="flex items-center gap-2 text-ink-soft" role="status">
          <LoaderCircle className="spin size-4" aria-hidden /> {t('setup.checkingLink')}
        </p>
      )}
    </FrontDoor>
  );
}
