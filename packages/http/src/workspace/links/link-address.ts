/**
 * Where a link leads. The secret stands in the fragment, so that it is in no server's log. An admin hands the link over;
 * a mail that does it is made from the same address.
 */
export const invitationAddress = (publicUrl: string | undefined, secret: string): string =>
  `${publicUrl ?? ''}/invitation#${secret}`;

export const passwordLinkAddress = (publicUrl: string | undefined, secret: string): string =>
  `${publicUrl ?? ''}/new-password#${secret}`;
