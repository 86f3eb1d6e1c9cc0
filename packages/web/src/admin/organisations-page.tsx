import { ChevronDown, ChevronUp, Network } from 'lucide-react';
import { useState } from 'react';
import { Notice } from '../controls/notice.tsx';
import { formatRoute } from '../frame/route.ts';
import { formatSince } from '../i18n/dates.ts';
import { t } from '../i18n/translate.ts';
import { OrganisationMark } from '../people/organisation-badge.tsx';
import { ContactList } from './contact-list.tsx';
import { DeliveriesChart } from './deliveries-chart.tsx';
import { OrganisationHealth } from './organisation-health.tsx';
import { type Contacts, fetchOrganisations, type Organisation } from './organisations-api.ts';
import { Loading } from './settings-page.tsx';
import { type Answered, useAnswer } from './use-answer.ts';

type Column = 'name' | 'health' | 'contact' | 'backlog' | 'rooms' | 'people';

/** What needs somebody comes first. */
const URGENCY = ['failing', 'waiting', 'blocked', 'refused', 'disconnected', 'silent', 'ok'];

const lastContact = (one: Organisation): number =>
  Math.max(one.lastDeliveredTs ?? 0, one.lastReceivedTs ?? 0);

const COLUMNS: Readonly<Record<Column, (a: Organisation, b: Organisation) => number>> = {
  name: (a, b) => a.serverName.localeCompare(b.serverName),
  health: (a, b) => URGENCY.indexOf(a.health) - URGENCY.indexOf(b.health),
  contact: (a, b) => lastContact(b) - lastContact(a),
  backlog: (a, b) => b.waiting - a.waiting,
  rooms: (a, b) => b.rooms - a.rooms,
  people: (a, b) => b.people - a.people,
};

/** Every organisation that this one is connected with, and those that wait to be. */
export function OrganisationsPage({ contacts }: { contacts: Answered<Contacts> }) {
  const { value, failure } = useAnswer(fetchOrganisations);
  return (
    <div className="flex flex-col gap-8">
      <ContactList answer={contacts} />
      {failure ? <Notice kind="error">{failure}</Notice> : null}
      {value ? <Table organisations={value} /> : failure ? null : <Loading />}
    </div>
  );
}

function Table({ organisations }: { organisations: readonly Organisation[] }) {
  const [sort, setSort] = useState<{ by: Column; turned: boolean }>({ by: 'health', turned: false });
  if (organisations.length === 0) {
    return (
      <div className="mx-auto flex max-w-[44ch] flex-col items-center gap-2 pt-[8vh] text-center">
        <Network className="size-8 text-ink-quiet" aria-hidden />
        <h2 className="text-lg font-semibold">{t('organisations.noneTitle')}</h2>
        <p className="text-ink-soft">{t('organisations.none')}</p>
      </div>
    );
  }
  const compare = COLUMNS[sort.by];
  const rows = organisations.toSorted(
    (a, b) => (sort.turned ? compare(b, a) : compare(a, b)) || COLUMNS.name(a, b),
  );
  const head = (by: Column, words: string) => (
    <th
      scope="col"
      aria-sort={sort.by === by ? (sort.turned ? 'descending' : 'ascending') : 'none'}
      className="py-2 pe-3 font-medium"
    >
      <button
        type="button"
        onClick={() => setSort({ by, turned: sort.by === by && !sort.turned })}
        className="inline-flex items-center gap-1 hover:text-ink focus-visible:outline-2 focus-visible:outline-accent"
      >
        {words}
        {sort.by !== by ? null : sort.turned ? (
          <ChevronUp className="size-3.5" aria-hidden />
        ) : (
          <ChevronDown className="size-3.5" aria-hidden />
        )}
      </button>
    </th>
  );
  return (
    <section className="overflow-x-auto" aria-label={t('admin.organisations')} tabIndex={0}>
      <table className="w-full min-w-[630px] text-start">
        <thead className="border-b border-line text-start text-sm text-ink-soft">
          <tr className="[&>th]:text-start">
            {head('name', t('organisations.name'))}
            {head('health', t('organisations.health'))}
            {head('contact', t('organisations.lastContact'))}
            {head('backlog', t('organisations.backlog'))}
            {head('rooms', t('organisations.rooms'))}
            {head('people', t('organisations.people'))}
            <th scope="col" className="py-2 font-medium">
              {t('organisations.lastDay')}
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((one) => (
            <Row key={one.serverName} one={one} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Row({ one }: { one: Organisation }) {
  const contact = lastContact(one);
  return (
    <tr className="border-b border-line hover:bg-hover">
      <td className="py-2.5 pe-3">
        <a
          href={formatRoute({ screen: 'admin', section: 'organisations', about: one.serverName })}
          className="inline-flex items-center gap-2 font-medium text-accent hover:underline focus-visible:outline-2 focus-visible:outline-accent"
        >
          <OrganisationMark name={one.serverName} />
          <span className="max-w-[220px] truncate">{one.serverName}</span>
        </a>
      </td>
      <td className="py-2.5 pe-3">
        <OrganisationHealth health={one.health} />
      </td>
      <td className="py-2.5 pe-3 whitespace-nowrap text-ink-soft tabular-nums">
        {contact === 0 ? t('organisations.never') : formatSince(contact)}
      </td>
      <td className="py-2.5 pe-3 whitespace-nowrap tabular-nums">
        {one.waiting === 0 ? <span className="text-ink-quiet">0</span> : backlogInWords(one)}
      </td>
      <td className="py-2.5 pe-3 tabular-nums">{one.rooms}</td>
      <td className="py-2.5 pe-3 tabular-nums">{one.people}</td>
      <td className="py-1">
        <DeliveriesChart hours={one.hours} span={24} width={80} height={28} className="h-7 w-20" />
      </td>
    </tr>
  );
}

export const backlogInWords = (one: Organisation): string => {
  const count = one.waitingAtLeast ? t('organisations.atLeast', { count: one.waiting }) : String(one.waiting);
  return one.oldestTs === undefined
    ? count
    : t('organisations.waitingSince', { count, when: formatSince(one.oldestTs) });
};
