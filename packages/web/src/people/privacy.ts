import { ClientEvent, type MatrixClient, ReceiptType, SetPresence } from 'matrix-js-sdk';
import { useEffect, useState } from 'react';
import { isObject } from '../session/matrix-request.ts';
import { useWorkspace } from '../session/workspace-session.ts';

declare module 'matrix-js-sdk/lib/@types/event.js' {
  interface AccountDataEvents {
    'org.causeway.privacy': { private_receipts: boolean; invisible: boolean };
  }
}

const TYPE = 'org.causeway.privacy';

export type Privacy = {
  /** Only one's own devices learn what one has read. */
  readonly privateReceipts: boolean;
  /** One is shown as away from the keyboard for good. */
  readonly invisible: boolean;
};

export function privacyOf(client: MatrixClient): Privacy {
  const content: unknown = client.getAccountData(TYPE)?.getContent();
  if (!isObject(content)) return { privateReceipts: false, invisible: false };
  return { privateReceipts: content.private_receipts === true, invisible: content.invisible === true };
}

/** What tells the server how far one has read. */
export const receiptTypeOf = (client: MatrixClient): ReceiptType =>
  privacyOf(client).privateReceipts ? ReceiptType.ReadPrivate : ReceiptType.Read;

export async function setPrivacy(client: MatrixClient, privacy: Privacy): Promise<void> {
  await client.setAccountData(TYPE, {
    private_receipts: privacy.privateReceipts,
    invisible: privacy.invisible,
  });
  await followPrivacy(client, privacy);
}

/** Tells the server to show one as offline, or not to. */
export async function followPrivacy(client: MatrixClient, { invisible }: Privacy): Promise<void> {
  await client.setSyncPresence(invisible ? SetPresence.Offline : undefined);
  await client.setPresence({ presence: invisible ? 'offline' : 'online' });
}

export function usePrivacy(): Privacy {
  const { client } = useWorkspace();
  const [privacy, setPrivacyState] = useState(() => privacyOf(client));
  useEffect(() => {
    const update = () => setPrivacyState(privacyOf(client));
    client.on(ClientEvent.AccountData, update);
    return () => void client.off(ClientEvent.AccountData, update);
  }, [client]);
  return privacy;
}
