import { Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import { type Engine, exportShared } from '@causeway/homeserver';
import type { JsonObject, ServerName } from '@causeway/protocol';
import { recordAudit } from '@causeway/workspace';
import { Answer } from '../../route.ts';
import { adminRoute } from './admin-route.ts';
import { serverOf } from './organisations.ts';
import { type TarFile, tarOf } from './people/tar.ts';

/** Lines of one file of the archive are in memory until it is full: this many characters. */
const PART_LENGTH = 4_000_000;

/**
 * `GET /_causeway/admin/organisations/{serverName}/export`: what was shared with it as a `tar.gz`, while it is read:
 * JSON lines in parts, and the files that they name.
 */
export const getOrganisationExport = adminRoute('GET', '/organisations/:serverName/export', async (call) => {
  const { engine, workspace, by } = call;
  const server = serverOf(call);
  await recordAudit(workspace, { action: 'organisation.export', by, target: server });
  const head = {
    kind: 'export',
    shared_by: workspace.serverName,
    shared_with: server,
    exported_by: by.name,
    exported_ts: engine.clock.now(),
  };
  const packed = createGzip();
  // A fault half-way ends the download where it stands, and browsers say that it failed.
  Readable.from(tarOf(exported(engine, server, head)))
    .on('error', (error) => packed.destroy(error))
    .pipe(packed);
  const name = server.replaceAll(/[^a-zA-Z0-9.-]/g, '_');
  return new Answer(200, packed, {
    'content-type': 'application/gzip',
    'content-disposition': `attachment; filename="shared-with-${name}.tar.gz"`,
    'cache-control': 'no-store',
  });
});

/** A file is there once, however many rooms and events name it. */
async function* exported(engine: Engine, server: ServerName, head: JsonObject): AsyncGenerator<TarFile> {
  const parts = new Parts(engine.clock.now());
  const written = new Set<string>();
  parts.add(head);
  for await (const { line, file } of exportShared(engine, server)) {
    if (file === undefined) {
      parts.add(line);
    } else {
      const path = `files/${file.mediaId}`;
      const content = written.has(path) ? undefined : await file.open();
      if (content !== undefined) {
        written.add(path);
        yield { name: path, size: content.size, modifiedTs: file.createdTs, content };
      }
      parts.add(written.has(path) ? { ...line, path } : line);
    }
    if (parts.isFull) yield parts.take();
  }
  parts.add({ kind: 'end' });
  yield parts.take();
}

class Parts {
  readonly #modifiedTs: number;
  #number = 0;
  #lines: string[] = [];
  #length = 0;

  constructor(modifiedTs: number) {
    this.#modifiedTs = modifiedTs;
  }

  get isFull(): boolean {
    return this.#length >= PART_LENGTH;
  }

  add(value: JsonObject): void {
    const line = `${JSON.stringify(value)}\n`;
    this.#lines.push(line);
    this.#length += line.length;
  }

  take(): TarFile {
    const bytes = Buffer.from(this.#lines.join(''));
    this.#number += 1;
    this.#lines = [];
    this.#length = 0;
    return {
      name: `shared/${String(this.#number).padStart(6, '0')}.jsonl`,
      size: bytes.length,
      modifiedTs: this.#modifiedTs,
      content: (async function* () {
        yield bytes;
      })(),
    };
  }
}
