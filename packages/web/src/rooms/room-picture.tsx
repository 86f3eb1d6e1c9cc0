import type { ReactNode } from 'react';
import { useImage } from '../media/authenticated-media.ts';

/** The picture of a room, or what stands for it. */
export function RoomPicture({ avatar, fallback }: { avatar: string | undefined; fallback: ReactNode }) {
  const image = useImage(avatar, { width: 96, height: 96, method: 'crop' });
  if (avatar && image.state === 'ready')
    return <img src={image.address} alt="" className="size-9 shrink-0 rounded-lg object-cover" />;
  return (
    <span className="inline-flex size-9 shrink-0 items-center justify-center rounded-lg bg-hover text-ink-soft">
      {fallback}
    </span>
  );
}
