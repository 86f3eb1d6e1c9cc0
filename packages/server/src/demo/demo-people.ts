/** Who lives in the demo. The passwords are public: the demo listens on this machine only. */

export const DEMO_PASSWORD = 'causeway-demo';

export type DemoPerson = { readonly username: string; readonly displayName: string };

export type DemoPlace = {
  readonly folder: string;
  readonly name: string;
  readonly serverName: string;
  /** Tried first, so that a browser finds the demo again after a restart. */
  readonly preferredPort: number;
  /** The first one is the admin. */
  readonly people: readonly [DemoPerson, DemoPerson];
};

export const demoPlaces: readonly [DemoPlace, DemoPlace] = [
  {
    folder: 'north',
    name: 'North',
    serverName: 'north.test',
    preferredPort: 8010,
    people: [
      { username: 'ada', displayName: 'Ada' },
      { username: 'nils', displayName: 'Nils' },
    ],
  },
  {
    folder: 'south',
    name: 'South',
    serverName: 'south.test',
    preferredPort: 8011,
    people: [
      { username: 'sol', displayName: 'Sol' },
      { username: 'mara', displayName: 'Mara' },
    ],
  },
];

export const demoChannel = {
  name: 'Partners',
  aliasLocalpart: 'partners',
  topic: 'North and South talk to each other here',
} as const;
