import type { MatrixClient } from 'matrix-js-sdk';
import { downloadMedia } from '../media/authenticated-media.ts';

/** Saves a file. Whatever it says it is, the browser is given bytes and opens nothing. */
export async function saveFile(client: MatrixClient, mxc: string, name: string): Promise<void> {
  const address = URL.createObjectURL(
    new Blob([await downloadMedia(client, mxc)], { type: 'application/octet-stream' }),
  );
  const link = document.createElement('a');
  link.href = address;
  link.download = name || 'file';
  link.click();
  URL.revokeObjectURL(address);
}
