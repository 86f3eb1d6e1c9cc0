/** Operations of which one outcome can't be shown. Whatever can be shown is to be shown: this list stays short. */

export type Exemption = {
  /** As in `GET /_matrix/client/versions`. */
  readonly operation: string;
  readonly never: 'accepted' | 'refused';
  readonly reason: string;
};

const open = { never: 'refused', reason: 'Nothing in such a request could be refused.' } as const;
const frozen = {
  never: 'accepted',
  reason: 'Files are not given without a token, as the freeze of these endpoints allows.',
} as const;

export const exemptions: readonly Exemption[] = [
  { operation: 'GET /_matrix/client/versions', ...open },
  { operation: 'GET /_matrix/client/v3/login', ...open },
  { operation: 'GET /_matrix/key/v2/server', ...open },
  { operation: 'GET /_matrix/media/v3/download/{serverName}/{mediaId}', ...frozen },
  { operation: 'GET /_matrix/media/v3/download/{serverName}/{mediaId}/{fileName}', ...frozen },
  { operation: 'GET /_matrix/media/v3/thumbnail/{serverName}/{mediaId}', ...frozen },
  {
    operation: 'GET /_matrix/client/v3/room_keys/version',
    never: 'accepted',
    reason: 'There are no backups of keys here; clients ask for one, and are told so.',
  },
];
