import type { HttpRoute } from '../../route.ts';
import type { AdminContext, AdminRoute } from './admin-route.ts';
import { getContacts, putContact } from './contacts.ts';
import { getOrganisationExport } from './organisation-export.ts';
import {
  getOrganisation,
  getOrganisationList,
  postDisconnect,
  postRetry,
  putBlock,
} from './organisations.ts';
import { getAudit, getAuditExport, getAuditVerification } from './audit.ts';
import { deleteInvitationLink, getInvitationLinks, postInvitationLink } from './invitation-links.ts';
import {
  getMedia,
  getMediaPreview,
  getMediaTotals,
  postMediaCachePurge,
  putMediaQuarantine,
  removeMedia,
} from './media.ts';
import { putPersonEmail, putPersonPermission, putPersonRole } from './people/change-person.ts';
import { postPerson } from './people/create-person.ts';
import { postDeactivation, postReactivation } from './people/end-account.ts';
import { getPersonExport } from './people/export-person.ts';
import { getAccount, getPeople } from './people/list-people.ts';
import { postPasswordLink } from './people/password-link.ts';
import { deletePersonSession, deletePersonSessions, getPersonSessions } from './people/person-sessions.ts';
import {
  deleteRegistrationToken,
  getRegistrationTokens,
  postRegistrationToken,
} from './registration-tokens.ts';
import {
  getReportedMessage,
  getReports,
  postReportDeletion,
  postReportQuarantine,
  putReport,
} from './reports.ts';
import { getRoles, putRole, removeRole } from './roles.ts';
import {
  getRoom,
  getRoomMembers,
  getRooms,
  postRoomPurge,
  postRoomRemoval,
  putRoomBlock,
  putRoomRetention,
} from './rooms.ts';
import { getSettings, putSetting } from './settings.ts';
import { getSigningKeys, postSigningKey } from './signing-keys.ts';

/** Everything under `/_causeway/admin/`. Made by `adminRoute`, so nothing in it is open to others. */
export const adminOperations: readonly AdminRoute[] = [
  getSettings,
  putSetting,
  getRoles,
  putRole,
  removeRole,
  getPeople,
  putPersonRole,
  putPersonPermission,
  putPersonEmail,
  getOrganisationList,
  getOrganisation,
  postRetry,
  putBlock,
  postDisconnect,
  getOrganisationExport,
  getContacts,
  putContact,
  getAccount,
  postPerson,
  postPasswordLink,
  postDeactivation,
  postReactivation,
  getPersonSessions,
  deletePersonSession,
  deletePersonSessions,
  getPersonExport,
  getInvitationLinks,
  postInvitationLink,
  deleteInvitationLink,
  getRegistrationTokens,
  postRegistrationToken,
  deleteRegistrationToken,
  getAudit,
  getAuditVerification,
  getAuditExport,
  getRooms,
  getRoom,
  getRoomMembers,
  postRoomRemoval,
  putRoomBlock,
  postRoomPurge,
  putRoomRetention,
  getMedia,
  getMediaTotals,
  getMediaPreview,
  putMediaQuarantine,
  removeMedia,
  postMediaCachePurge,
  getReports,
  getReportedMessage,
  putReport,
  postReportDeletion,
  postReportQuarantine,
  getSigningKeys,
  postSigningKey,
];

export const adminRoutes = (context: AdminContext): readonly HttpRoute[] =>
  adminOperations.map((operation) => ({ ...operation, handle: operation.handle(context) }));
