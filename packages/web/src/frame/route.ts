import { useSyncExternalStore } from 'react';

const ADMIN_SECTIONS = [
  'overview',
  'settings',
  'people',
  'invitation-links',
  'registration-tokens',
  'permissions',
  'organisations',
  'rooms',
  'files',
  'reports',
  'audit',
  'federation-check',
] as const;

export type AdminSection = (typeof ADMIN_SECTIONS)[number];

/** Where in the workspace the person is; kept in the fragment, so that room IDs never reach a server log. */
export type Route =
  | { readonly screen: 'home' }
  | { readonly screen: 'invitations' }
  | { readonly screen: 'discover' }
  | { readonly screen: 'search'; readonly query: string }
  /** `about`: the one thing of a section that is shown. */
  | { readonly screen: 'admin'; readonly section: AdminSection; readonly about?: string }
  /** A room that is to be joined, by its alias or its ID; `ask` when one has to knock. */
  | {
      readonly screen: 'join';
      readonly address: string;
      readonly via: readonly string[];
      readonly ask: boolean;
    }
  | { readonly screen: 'room'; readonly roomId: string; readonly eventId?: string };

export function parseRoute(hash: string): Route {
  const [path = '', search = ''] = hash.replace(/^#\/?/, '').split('?');
  const [screen, argument = '', further = ''] = path.split('/').map(decoded);
  const query = new URLSearchParams(search);
  if (screen === 'invitations' || screen === 'discover') return { screen };
  if (screen === 'search') return { screen, query: query.get('for') ?? '' };
  const section = ADMIN_SECTIONS.find((one) => one === argument);
  if (screen === 'admin' && section) return { screen, section, ...(further ? { about: further } : {}) };
  if (screen === 'join' && argument)
    return { screen, address: argument, via: query.getAll('via'), ask: query.has('ask') };
  if (screen === 'rooms' && argument)
    return { screen: 'room', roomId: argument, ...(further ? { eventId: further } : {}) };
  return { screen: 'home' };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return '';
  }
}

export function formatRoute(route: Route): string {
  switch (route.screen) {
    case 'home':
      return '#/';
    case 'invitations':
    case 'discover':
      return `#/${route.screen}`;
    case 'search':
      return `#/search?${new URLSearchParams({ for: route.query })}`;
    case 'admin':
      return `#/admin/${route.section}${route.about ? `/${encodeURIComponent(route.about)}` : ''}`;
    case 'join': {
      const query = new URLSearchParams(route.via.map((server) => ['via', server]));
      if (route.ask) query.set('ask', '');
      const search = query.toString();
      return `#/join/${encodeURIComponent(route.address)}${search ? `?${search}` : ''}`;
    }
    case 'room':
      return `#/rooms/${encodeURIComponent(route.roomId)}${route.eventId ? `/${encodeURIComponent(route.eventId)}` : ''}`;
  }
}

let parsed: { hash: string; route: Route } | undefined;

function currentRoute(): Route {
  if (parsed?.hash !== location.hash) parsed = { hash: location.hash, route: parseRoute(location.hash) };
  return parsed.route;
}

function subscribe(listener: () => void): () => void {
  window.addEventListener('hashchange', listener);
  return () => window.removeEventListener('hashchange', listener);
}

export const useRoute = (): Route => useSyncExternalStore(subscribe, currentRoute);

export function goTo(route: Route): void {
  location.hash = formatRoute(route);
}
