/** What the page about files asks of the server. */
import { refusalIn, request, text } from '../session/matrix-request.ts';
import { ADMIN, number, objects, optionalNumber, queryOf } from './answer-parts.ts';

export type AdminFile = {
  readonly origin: string;
  readonly mediaId: string;
  readonly contentType: string;
  readonly name: string | undefined;
  readonly size: number;
  readonly uploader: string | undefined;
  readonly createdTs: number;
  readonly withdrawn: boolean;
};

export type FilesFilter = {
  readonly uploader: string;
  readonly origin: string;
  readonly room: string;
  readonly quarantined: boolean;
};

export type FilesPage = { readonly files: readonly AdminFile[]; readonly before: number | undefined };

export type Sum = { readonly files: number; readonly bytes: number };

export type FileTotals = {
  readonly local: Sum;
  readonly remote: Sum;
  readonly origins: readonly (Sum & { readonly name: string })[];
  readonly people: readonly (Sum & { readonly name: string })[];
};

export async function fetchFiles(
  accessToken: string,
  filter: FilesFilter,
  before?: number,
): Promise<FilesPage> {
  const body = await request(`${ADMIN}/media?${queryOf({ ...filter, before })}`, { accessToken });
  return {
    files: objects(body.files).map((file) => ({
      origin: text(file.origin) ?? '',
      mediaId: text(file.media_id) ?? '',
      contentType: text(file.content_type) ?? '',
      name: text(file.name),
      size: number(file.size),
      uploader: text(file.uploader),
      createdTs: number(file.created_ts),
      withdrawn: file.quarantined === true,
    })),
    before: optionalNumber(body.before),
  };
}

const sumIn = (value: unknown): Sum => {
  const [sum] = objects([value]);
  return { files: number(sum?.files), bytes: number(sum?.bytes) };
};

export async function fetchFileTotals(accessToken: string): Promise<FileTotals> {
  const body = await request(`${ADMIN}/media-totals`, { accessToken });
  const named = (list: unknown, field: string) =>
    objects(list).map((sum) => ({ name: text(sum[field]) ?? '', ...sumIn(sum) }));
  return {
    local: sumIn(body.local),
    remote: sumIn(body.remote),
    origins: named(body.origins, 'origin'),
    people: named(body.people, 'user_id'),
  };
}

const pathOf = ({ origin, mediaId }: Pick<AdminFile, 'origin' | 'mediaId'>) =>
  `${ADMIN}/media/${encodeURIComponent(origin)}/${encodeURIComponent(mediaId)}`;

export const withdrawFile = (accessToken: string, file: AdminFile, quarantined: boolean) =>
  request(`${pathOf(file)}/quarantine`, { method: 'PUT', accessToken, body: { quarantined } });

/** A smaller picture of it, for who has to decide; that one looked is written down. Refused for what is no picture. */
export async function fetchPreview(accessToken: string, file: AdminFile): Promise<Blob> {
  const path = `${pathOf(file)}/preview`;
  const answer = await fetch(path, { headers: { authorization: `Bearer ${accessToken}` } });
  if (!answer.ok) throw await refusalIn(answer);
  return answer.blob();
}

export const deleteFile = (accessToken: string, file: AdminFile) =>
  request(pathOf(file), { method: 'DELETE', accessToken });

/** Deletes copies that nobody opened since then; returns how many. */
export async function purgeCopies(accessToken: string, before: number): Promise<Sum> {
  const options = { method: 'POST', accessToken, body: { before_ts: before } } as const;
  return sumIn(await request(`${ADMIN}/media-cache/purge`, options));
}
