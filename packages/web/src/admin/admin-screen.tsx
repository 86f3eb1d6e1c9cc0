import {
  ChartLine,
  ChevronRight,
  Files,
  Flag,
  Hash,
  History,
  KeyRound,
  Link2,
  Network,
  SlidersHorizontal,
  Stethoscope,
  Ticket,
  Users,
} from 'lucide-react';
import type { ReactNode } from 'react';
import { Count } from '../controls/count.tsx';
import { Notice } from '../controls/notice.tsx';
import { useObservable } from '../frame/observable.ts';
import { type AdminSection, formatRoute } from '../frame/route.ts';
import { Screen } from '../frame/screen.tsx';
import { t } from '../i18n/translate.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import { AuditPage } from './audit-page.tsx';
import { FilesPage } from './files-page.tsx';
import { InvitationLinksPage } from './invitation-links-page.tsx';
import { fetchContacts, waitingContacts } from './organisations-api.ts';
import { OrganisationPage } from './organisation-page.tsx';
import { OrganisationsPage } from './organisations-page.tsx';
import { PeoplePage } from './people-page.tsx';
import { OverviewPage } from './overview-page.tsx';
import { PermissionsPage } from './permissions-page.tsx';
import { PersonPage } from './person-page.tsx';
import { RegistrationTokensPage } from './registration-tokens-page.tsx';
import { ReportsPage } from './reports-page.tsx';
import { RoomPage } from './room-page.tsx';
import { RoomsPage } from './rooms-page.tsx';
import { SettingsPage } from './settings-page.tsx';
import { useFreshAnswer } from './use-answer.ts';

type Shown = { section: AdminSection; about?: string | undefined };

/** What admins set and see. The server refuses everybody else, whatever the page shows. */
export default function AdminScreen(shown: Shown) {
  const { me } = useWorkspace();
  const isAdmin = useObservable(me).role === 'admin';
  return (
    <Screen title={t('admin.title')}>
      {isAdmin ? <Sections {...shown} /> : <Notice kind="info">{t('admin.notForYou')}</Notice>}
    </Screen>
  );
}

function Sections({ section, about }: Shown) {
  const contacts = useFreshAnswer(fetchContacts);
  const waiting = waitingContacts(contacts.value).length;
  return (
    <div className="flex max-w-[960px] flex-col gap-6">
      <nav
        aria-label={t('admin.title')}
        className="-mx-4 -my-1 flex gap-1 overflow-x-auto px-4 py-1 pane:m-0 pane:flex-wrap pane:p-0"
      >
        <Tab section="overview" shown={section} icon={<ChartLine className="size-4" aria-hidden />}>
          {t('overview.title')}
        </Tab>
        <Tab section="settings" shown={section} icon={<SlidersHorizontal className="size-4" aria-hidden />}>
          {t('admin.settings')}
        </Tab>
        <Tab section="people" shown={section} icon={<Users className="size-4" aria-hidden />}>
          {t('admin.peopleSection')}
        </Tab>
        <Tab section="invitation-links" shown={section} icon={<Link2 className="size-4" aria-hidden />}>
          {t('admin.invitationLinks')}
        </Tab>
        <Tab section="registration-tokens" shown={section} icon={<Ticket className="size-4" aria-hidden />}>
          {t('admin.tokens')}
        </Tab>
        <Tab section="permissions" shown={section} icon={<KeyRound className="size-4" aria-hidden />}>
          {t('admin.permissions')}
        </Tab>
        <Tab section="organisations" shown={section} icon={<Network className="size-4" aria-hidden />}>
          {t('admin.organisations')}
          {waiting > 0 ? (
            <Count loud count={waiting} label={t('contact.waiting', { count: waiting })} />
          ) : null}
        </Tab>
        <Tab section="rooms" shown={section} icon={<Hash className="size-4" aria-hidden />}>
          {t('adminRooms.title')}
        </Tab>
        <Tab section="files" shown={section} icon={<Files className="size-4" aria-hidden />}>
          {t('adminFiles.title')}
        </Tab>
        <Tab section="reports" shown={section} icon={<Flag className="size-4" aria-hidden />}>
          {t('adminReports.title')}
        </Tab>
        <Tab section="audit" shown={section} icon={<History className="size-4" aria-hidden />}>
          {t('admin.audit')}
        </Tab>
        <Tab section="federation-check" shown={section} icon={<Stethoscope className="size-4" aria-hidden />}>
          {t('check.title')}
        </Tab>
      </nav>
      {waiting > 0 && section !== 'organisations' ? <WaitingContacts count={waiting} /> : null}
      {section === 'overview' ? <OverviewPage /> : null}
      {section === 'settings' ? <SettingsPage /> : null}
      {section === 'people' ? about ? <PersonPage key={about} userId={about} /> : <PeoplePage /> : null}
      {section === 'invitation-links' ? <InvitationLinksPage /> : null}
      {section === 'registration-tokens' ? <RegistrationTokensPage /> : null}
      {section === 'permissions' ? <PermissionsPage /> : null}
      {section === 'organisations' && about === undefined ? <OrganisationsPage contacts={contacts} /> : null}
      {section === 'organisations' && about !== undefined ? (
        <OrganisationPage key={about} server={about} />
      ) : null}
      {section === 'rooms' ? about ? <RoomPage key={about} roomId={about} /> : <RoomsPage /> : null}
      {section === 'files' ? <FilesPage key={about} uploader={about ?? ''} /> : null}
      {section === 'reports' ? <ReportsPage /> : null}
      {section === 'audit' ? <AuditPage /> : null}
    </div>
  );
}

/** On a phone the section that bears the number may lie beside the screen. */
function WaitingContacts({ count }: { count: number }) {
  return (
    <a
      href={formatRoute({ screen: 'admin', section: 'organisations' })}
      className="-mt-3 flex min-h-10 items-center gap-2.5 rounded-lg bg-accent-wash px-3 py-2 font-medium text-ink focus-visible:outline-2 focus-visible:outline-accent pane:hidden"
    >
      <Network className="size-4 shrink-0 text-accent" aria-hidden />
      <span className="flex-1">{t('contact.waiting', { count })}</span>
      <ChevronRight className="size-4 shrink-0 text-ink-soft" aria-hidden />
    </a>
  );
}

const showInRow = (tab: HTMLElement | null) => tab?.scrollIntoView({ block: 'nearest', inline: 'center' });

function Tab(props: { section: AdminSection; shown: AdminSection; icon: ReactNode; children: ReactNode }) {
  const current = props.section === props.shown;
  return (
    <a
      // On a phone the row scrolls sideways.
      ref={current ? showInRow : undefined}
      href={formatRoute({ screen: 'admin', section: props.section })}
      aria-current={current ? 'page' : undefined}
      className={`inline-flex h-9 shrink-0 items-center gap-2 rounded-lg px-3 font-medium focus-visible:outline-2 focus-visible:outline-accent ${current ? 'bg-accent-wash text-ink' : 'text-ink-soft hover:bg-hover hover:text-ink'}`}
    >
      {props.icon}
      {props.children}
    </a>
  );
}
