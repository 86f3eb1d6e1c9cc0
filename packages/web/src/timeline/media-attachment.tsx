import { LoaderCircle, Play } from 'lucide-react';
import { useEffect, useState } from 'react';
import { t } from '../i18n/translate.ts';
import { downloadMedia, useImage } from '../media/authenticated-media.ts';
import { isObject, type JsonObject, text } from '../session/matrix-request.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import { FileAttachment } from './file-attachment.tsx';
import { fitImage } from './image-size.ts';

/** What browsers play and that cannot carry script. */
const PLAYABLE =
  /^(video\/(mp4|webm|ogg|quicktime)|audio\/(mpeg|mp4|ogg|webm|wav|x-wav|wave|flac|x-flac|aac|opus))$/;
/** Larger ones are not kept in memory to be played; they can be saved. */
const MAX_PLAYED_BYTES = 100_000_000;

/** A film or a recording; it is fetched when it is to be played. */
export function MediaAttachment({ content, kind }: { content: JsonObject; kind: 'video' | 'audio' }) {
  const info = isObject(content.info) ? content.info : {};
  const mxc = text(content.url);
  const type = text(info.mimetype) ?? '';
  const name = text(content.filename) ?? text(content.body) ?? '';
  const file = <FileAttachment name={name} mxc={mxc} size={info.size} />;
  const tooLarge = typeof info.size === 'number' && info.size > MAX_PLAYED_BYTES;
  if (!mxc || tooLarge || !PLAYABLE.test(type)) return file;
  return (
    <div>
      <Player kind={kind} mxc={mxc} type={type} name={name} info={info} />
      {file}
    </div>
  );
}

type PlayerProps = { kind: 'video' | 'audio'; mxc: string; type: string; name: string; info: JsonObject };

function Player({ kind, mxc, type, name, info }: PlayerProps) {
  const { client } = useWorkspace();
  const [wanted, setWanted] = useState(false);
  const [address, setAddress] = useState('');
  const [failed, setFailed] = useState(false);

  useEffect(() => {
    if (!wanted) return;
    let made = '';
    let current = true;
    downloadMedia(client, mxc).then(
      (blob) => {
        if (!current) return;
        made = URL.createObjectURL(new Blob([blob], { type }));
        setAddress(made);
      },
      () => current && setFailed(true),
    );
    return () => {
      current = false;
      if (made) URL.revokeObjectURL(made);
    };
  }, [client, mxc, type, wanted]);

  const play = () => {
    setFailed(false);
    setWanted(true);
  };
  if (failed) return <p className="pt-1 text-sm text-ink-soft">{t('media.unplayable')}</p>;
  if (kind === 'audio')
    return (
      <Sound
        address={address}
        wanted={wanted}
        onPlay={play}
        name={name}
        info={info}
        onFail={() => setFailed(true)}
      />
    );
  return (
    <Film
      address={address}
      wanted={wanted}
      onPlay={play}
      name={name}
      info={info}
      onFail={() => setFailed(true)}
    />
  );
}

type PlayingProps = {
  address: string;
  wanted: boolean;
  onPlay: () => void;
  onFail: () => void;
  name: string;
  info: JsonObject;
};

function Film({ address, wanted, onPlay, onFail, name, info }: PlayingProps) {
  const size = fitImage(info.w, info.h);
  const poster = useImage(text(info.thumbnail_url));
  return (
    <div
      className="relative mt-1 max-w-full overflow-hidden rounded-lg border border-line bg-sunken"
      style={{ width: size.width, aspectRatio: `${size.width} / ${size.height}` }}
    >
      {address ? (
        <video src={address} controls autoPlay aria-label={name} className="size-full" onError={onFail}>
          <track kind="captions" />
        </video>
      ) : (
        <button type="button" onClick={onPlay} className="flex size-full items-center justify-center">
          <span className="sr-only">{t('media.play', { name })}</span>
          {poster.state === 'ready' ? (
            <img src={poster.address} alt="" className="absolute inset-0 size-full object-contain" />
          ) : null}
          <span className="relative flex size-12 items-center justify-center rounded-full bg-ink text-surface">
            {wanted ? <LoaderCircle className="spin size-6" /> : <Play className="size-6" />}
          </span>
          {durationOf(info) ? (
            <span className="absolute end-2 bottom-2 rounded bg-ink px-1.5 text-xs text-surface tabular-nums">
              {durationOf(info)}
            </span>
          ) : null}
        </button>
      )}
    </div>
  );
}

function Sound({ address, wanted, onPlay, onFail, name, info }: PlayingProps) {
  if (address)
    return (
      <audio
        src={address}
        controls
        autoPlay
        aria-label={name}
        onError={onFail}
        className="mt-1 h-10 w-[360px] max-w-full"
      >
        <track kind="captions" />
      </audio>
    );
  return (
    <button
      type="button"
      onClick={onPlay}
      className="mt-1 flex h-10 w-[360px] max-w-full items-center gap-3 rounded-lg border border-line bg-surface px-3 hover:bg-hover"
    >
      <span className="sr-only">{t('media.play', { name })}</span>
      {wanted ? <LoaderCircle className="spin size-4" /> : <Play className="size-4 text-accent" />}
      <span className="h-1 flex-1 rounded-full bg-hover" />
      <span className="text-xs text-ink-quiet tabular-nums">{durationOf(info)}</span>
    </button>
  );
}

function durationOf({ duration }: JsonObject): string {
  if (typeof duration !== 'number' || !(duration > 0)) return '';
  const seconds = Math.round(duration / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
