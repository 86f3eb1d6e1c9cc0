import type { MatrixClient } from 'matrix-js-sdk';

/** What the server takes. It is the one that refuses, so what is not known stops nothing here. */
export type UploadRules = {
  /** In bytes. */
  readonly limit: number | undefined;
  /** `image/svg+xml`, or `video/*` for all of a kind. */
  readonly refusedTypes: readonly string[];
};

/** Asked anew each time: an admin can change it at any moment. */
export async function fetchUploadRules(client: MatrixClient): Promise<UploadRules> {
  try {
    const config: Readonly<Record<string, unknown>> = { ...(await client.getMediaConfig(true)) };
    const limit = config['m.upload.size'];
    const refused = config['org.causeway.refused_types'];
    return {
      limit: typeof limit === 'number' ? limit : undefined,
      refusedTypes: Array.isArray(refused)
        ? refused.filter((type): type is string => typeof type === 'string')
        : [],
    };
  } catch {
    return { limit: undefined, refusedTypes: [] };
  }
}

/** As it is told to the server: a file whose kind the browser does not know is just bytes. */
export const typeOf = (file: File): string => file.type || 'application/octet-stream';

/** The kind of the file as a person reads it, when the server does not take it. */
export function refusedTypeOf(file: File, { refusedTypes }: UploadRules): string | undefined {
  const type = typeOf(file).split(';', 1)[0]?.trim().toLowerCase() ?? '';
  const refused = refusedTypes.some((one) =>
    one.endsWith('/*') ? type.startsWith(one.slice(0, -1)) : type === one,
  );
  return refused ? type : undefined;
}
