/** What is set, in the words of those who ask for it at every use. */
import type { NewRooms } from '@causeway/homeserver';
import type { WorkspaceContext } from '../context.ts';

export const newRoomsOf = ({ settings }: WorkspaceContext): NewRooms => ({
  version: settings.get('rooms.default-version'),
  historyVisibility: settings.get('rooms.default-history'),
});

const MIB = 1024 * 1024;

export const mediaLimitsOf = ({
  settings,
}: WorkspaceContext): { readonly maxBytes: number; readonly refusedTypes: readonly string[] } => ({
  maxBytes: settings.get('media.max-upload-mib') * MIB,
  refusedTypes: settings.get('media.refused-types'),
});
