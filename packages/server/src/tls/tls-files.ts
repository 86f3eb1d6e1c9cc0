import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import type { Server } from 'node:https';
import { createSecureContext } from 'node:tls';
import type { Log } from '@causeway/homeserver';

export type TlsFiles = { readonly certFile: string; readonly keyFile: string };

/** Renewals are rare and nothing waits for them; polling also sees links that are swapped. */
const POLL_MS = 5_000;

export const readTlsFiles = (files: TlsFiles) => ({
  cert: readFileSync(files.certFile, 'utf8'),
  key: readFileSync(files.keyFile, 'utf8'),
});

/**
 * Gives the server a renewed certificate when its files change. Until both files fit together again the old
 * certificate stays: a renewal writes them one after the other.
 */
export const followTlsFiles = (server: Server, files: TlsFiles, log: Log): Disposable => {
  const reload = () => {
    try {
      const pair = readTlsFiles(files);
      createSecureContext(pair);
      server.setSecureContext({ ...pair, minVersion: 'TLSv1.2' });
      log.info('tls certificate reloaded', { file: files.certFile });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      log.warn('tls certificate not reloaded', { file: files.certFile, reason });
    }
  };
  const paths = [files.certFile, files.keyFile];
  for (const path of paths) watchFile(path, { interval: POLL_MS, persistent: false }, reload);
  return {
    [Symbol.dispose]: () => {
      for (const path of paths) unwatchFile(path, reload);
    },
  };
};
