import { useSyncExternalStore } from 'react';

/** Where in the workspace the person is; kept in the fragment, so that room IDs never reach a server log. */
export type Route =
  | { readonly screen: 'home' }
  | { readonly screen: 'invitations' }
  | { readonly screen: 'room'; readonly roomId: string };

export function parseRoute(hash: string): Route {
  const [screen, argument] = hash.replace(/^#\/?/, '').split('/');
  if (screen === 'invitations') return { screen: 'invitations' };
  if (screen === 'rooms' && argument) {
    try {
      return { screen: 'room', roomId: decodeURIComponent(argument) };
    } catch {
      return { screen: 'home' };
    }
  }
  return { screen: 'home' };
}

export function formatRoute(route: Route): string {
  switch (route.screen) {
    case 'home':
      return '#/';
    case 'invitations':
      return '#/invitations';
    case 'room':
      return `#/rooms/${encodeURIComponent(route.roomId)}`;
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
