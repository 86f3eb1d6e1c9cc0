import { useImage } from '../media/authenticated-media.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import { hueOf, organisationInitials, serverNameOf } from './organisation.ts';

type AvatarProps = {
  userId: string;
  name: string;
  avatar: string | undefined;
  size?: 20 | 28 | 36 | 48;
};

const SIZES = {
  20: { box: 'size-5 rounded-[5px] text-[10px]', mark: 'size-3 -end-1 -bottom-1 text-[0px] rounded-[4px]' },
  28: {
    box: 'size-7 rounded-md text-xs',
    mark: 'h-[13px] min-w-[15px] px-[2px] -end-1.5 -bottom-1 text-[8px] rounded-[4px]',
  },
  36: {
    box: 'size-9 rounded-lg text-base',
    mark: 'h-[15px] min-w-[18px] px-[3px] -end-1.5 -bottom-1 text-[9px] rounded-[5px]',
  },
  48: {
    box: 'size-12 rounded-xl text-lg',
    mark: 'h-[18px] min-w-[22px] px-1 -end-1.5 -bottom-1 text-[10px] rounded-md',
  },
} as const;

const firstLetter = (name: string) => [...name.replace(/^[@#]/, '')][0]?.toUpperCase() ?? '?';

/** A person's picture; that of a remote person bears the mark of the organisation. */
export function Avatar({ userId, name, avatar, size = 36 }: AvatarProps) {
  const { serverName } = useWorkspace();
  const image = useImage(avatar, { width: 96, height: 96, method: 'crop' });
  const organisation = serverNameOf(userId);
  const remote = organisation !== serverName;
  return (
    <span aria-hidden className="relative inline-flex shrink-0">
      {avatar && image.state === 'ready' ? (
        <img src={image.address} alt="" className={`${SIZES[size].box} object-cover`} />
      ) : (
        <span
          className={`${SIZES[size].box} inline-flex items-center justify-center font-semibold text-white`}
          style={{ backgroundColor: `hsl(${hueOf(userId)} 26% 38%)` }}
        >
          {firstLetter(name)}
        </span>
      )}
      {remote ? (
        <span
          className={`${SIZES[size].mark} absolute inline-flex items-center justify-center font-bold text-white ring-2 ring-surface`}
          style={{ backgroundColor: organisationColour(organisation) }}
        >
          {organisationInitials(organisation)}
        </span>
      ) : null}
    </span>
  );
}

export const organisationColour = (serverName: string): string =>
  `hsl(${hueOf(serverName)} var(--org-saturation) var(--org-lightness))`;
