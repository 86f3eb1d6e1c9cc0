/**
 * Every behaviour that members can count on, in the order of docs/capabilities.md. A scenario names the
 * behaviours that it shows; what no scenario names is listed as not shown.
 */

/**
 * Who takes part. `both`: either side may begin, and the other side sees it. `outgoing`: only a Causeway
 * begins (delivery marks, for example, are ours). `own`: nobody else notices.
 */
export type Reach = 'both' | 'outgoing' | 'own';

export type Behaviour = {
  readonly text: string;
  readonly reach: Reach;
  /** Shown by a test file instead of by a scenario. */
  readonly test?: string;
  /** What a reader of the table must know about it. */
  readonly note?: string;
};

const both = (text: string, note?: string) => ({ text, reach: 'both', ...(note ? { note } : {}) }) as const;
const outgoing = (text: string, note?: string) =>
  ({ text, reach: 'outgoing', ...(note ? { note } : {}) }) as const;
const own = (text: string) => ({ text, reach: 'own' }) as const;
const tested = (text: string, test: string) => ({ text, reach: 'own', test }) as const;

const messages = {
  'messages.send': both('Send and receive'),
  'messages.edit': both('Edit'),
  'messages.versions': both('Earlier versions of an edited message can be read'),
  'messages.delete-own': both('Delete an own message'),
  'messages.delete-any': both('A moderator deletes anyone’s message, as themselves'),
  'rich.bold': both('Bold'),
  'rich.italics': both('Italics'),
  'rich.strike': both('Strike-through'),
  'rich.inline-code': both('Inline code'),
  'rich.code-block': both('Code blocks with white space and language'),
  'rich.lists': both('Lists'),
  'rich.quotes': both('Quotes'),
  'rich.links': both('Links'),
  'rich.tables': both('Tables'),
  'compose.markdown': own('Composed in Markdown'),
  'compose.bar': own('Formatting bar'),
  'compose.preview': own('Preview'),
  'state.sending': own('A message on its way says so'),
  'state.sent': own('A message that the own server has is marked as sent'),
  'state.delivered': outgoing('“Delivered to N of M organisations”'),
  'state.waiting': outgoing('Which organisation is waited for, and since when'),
  'state.failed': own('A refused message says why and can be sent again'),
  drafts: own('Drafts stay in their room'),
  permalinks: both('Links to messages lead to them'),
  pins: both('Pinned messages'),
} as const;

const conversation = {
  'reactions.any': both('React with any emoji'),
  'reactions.picker': own('Picker with search'),
  'reactions.who': both('Who reacted'),
  'reactions.remove': both('Take a reaction back'),
  'mentions.local': both('Mention a colleague'),
  'mentions.remote': both('Mention somebody of another organisation'),
  'mentions.room': both('Mention everybody (@room)'),
  'mentions.completion': own('Completion shows the organisation'),
  'mentions.field': both('m.mentions'),
  'mentions.highlight': both('A mention is highlighted'),
  'mentions.unread': both('Unread and highlight counts follow the push rules'),
  'replies.rendered': both('A reply shows the message that it answers'),
  'replies.lead': own('A reply leads to the message that it answers'),
  'replies.quote': both('Quote a message'),
  'threads.start': both('Start a thread'),
  'threads.reply': both('Reply in a thread'),
  'threads.panel': own('Thread panel'),
  'threads.list': both('List of threads'),
  'threads.unread': both('Unread replies per thread'),
  'threads.receipts': both('Read receipts per thread'),
  'discussions.start': both('Start a discussion from a message'),
  'discussions.joined': both('The parent room’s members can join the discussion'),
  'discussions.linked': both('The discussion is linked in the parent room'),
} as const;

const direct = {
  'direct.one': both('One-to-one, to any @user:domain'),
  'direct.group': both('Group'),
  'direct.again': own('The conversation is found again instead of made twice'),
  'direct.early': both('Written to before the other side has accepted, and shown as invited'),
} as const;

const group = {
  'members.mixed': both('Local and remote members in one room'),
  'members.join': both('The member list follows a join'),
  'members.self-join': both('… a join without an invitation'),
  'members.leave': both('… leaving'),
  'members.kick': both('… removal'),
  'members.ban': both('… a ban'),
  'members.rejoin': both('… coming back'),
  'members.profile': both('… a change of profile'),
  'members.local-only': outgoing('Nothing of a room of this organisation only leaves it'),
} as const;

const invitations = {
  'invite.by-id': both('Invite by user ID'),
  'invite.exists': outgoing('Checked before: the person exists'),
  'invite.not-found': outgoing('Checked before: nobody of that name'),
  'invite.unreachable': own('Checked before: the server cannot be reached'),
  'invite.not-allowed': outgoing('Checked before: not allowed'),
  'invite.note': both('With a note'),
  'invite.third-party': {
    text: 'To an address of mail, by apps that can, when an identity server finds out whose it is',
    reach: 'both',
    test: 'packages/testing/src/third-party-invites.test.ts',
  },
  'invite.version-named': own('A server that does not know the room’s version is named'),
  'invite.version-anew': own('One click makes the room anew in a version that it accepts'),
  'invite.pending': both('List of pending invitations'),
  'invite.revoke': both('Take an invitation back', 'Synapse does not tell a server outside the room'),
  'invite.revoked-gone': outgoing('A revoked invitation disappears on the other side'),
  'invite.expiry': outgoing('An invitation expires when the inviter chose, by the inviting server'),
  'invite.inbox': both('Inbox with inviter, organisation, room and note'),
  'invite.accept': both('Accept'),
  'invite.progress': own('Accepting shows progress'),
  'invite.decline': both('Decline'),
  'invite.decline-down': both('Declining works although the inviting server is down'),
  'invite.ignore': both('Ignore the inviter'),
  'invite.block': both('Block an organisation for oneself'),
  'invite.report': own('Report an invitation, stored for the admins'),
  'invite.link-public': both('Invite link of a public room'),
  'invite.link-knock': both('Invite link of a room where one may knock'),
  'knock.ask': both('Knock, with a note'),
  'knock.approve': both('A moderator approves'),
  'knock.deny': both(
    'A moderator denies',
    'a server that is not in the room is told by Causeway, and not by Synapse',
  ),
} as const;

const roles = {
  'roles.named': both('Owner, moderator, member'),
  'roles.numbers': both('Other power levels are shown as numbers'),
  'roles.permissions': both('Owners edit who may do what'),
  'roles.refused': both('Who may not is refused'),
  'roles.warning': own('Promoting to one’s own level warns that it cannot be undone'),
  'roles.remote': both('Changes from other servers appear at once'),
  'roles.creators': both('Creators of a version-12 room are shown as such'),
} as const;

const bans = {
  'bans.kick': both('Kick, with a reason'),
  'bans.ban': both('Ban, with a reason'),
  'bans.unban': both('Unban'),
  'bans.list': both('Banned users in the room menu'),
  'bans.nothing': both('A banned user gets nothing'),
  'bans.invite': both('… cannot be invited back while banned'),
  'bans.link': own('… cannot come back by a link'),
  'bans.join': both('… cannot join'),
  'bans.knock': both('… cannot knock'),
  'bans.restricted': both('… cannot come in through a restricted join'),
  'bans.return': both('… can come back after unbanning and an invitation'),
  'bans.agree': both('Every server agrees'),
} as const;

const settings = {
  'settings.name': both('Name'),
  'settings.topic': both('Topic'),
  'settings.avatar': both('Picture'),
  'settings.invite': both('Access: by invitation'),
  'settings.public': both('Access: public'),
  'settings.knock': both('Access: by knocking'),
  'settings.restricted': both('Access: members of another room'),
  'settings.alias': both('Address'),
  'settings.directory': both('Listed in the directory'),
  'settings.history-world': both('History visible to anyone'),
  'settings.history-shared': both('History visible to members, from before they joined'),
  'settings.history-invited': both('History visible since the invitation'),
  'settings.history-joined': both('History visible since joining'),
  'settings.acl': both('Server ACL'),
  'settings.permissions': both('Permissions'),
  'settings.upgrade': both('Upgrade to a newer version'),
  'settings.federate': own('A room of this organisation only is made anew as a shared one'),
  'settings.disabled': own('Each is disabled with a reason for who may not'),
} as const;

const ephemeral = {
  typing: both('Typing'),
  presence: both('Presence'),
  receipts: both('Read receipts'),
  'receipts.private': outgoing('Private read receipts stay private'),
  'presence.invisible': outgoing('Invisible presence stays invisible'),
} as const;

const profiles = {
  'profiles.fetched': both('Name and picture fetched at first contact'),
  'profiles.cached': own('… kept'),
  'profiles.membership': both('… refreshed with every membership change'),
  'profiles.aged': tested(
    '… and after 24 hours when looked at',
    'packages/http/src/client/users/remote-profiles.test.ts',
  ),
  'profiles.badge': own('Organisation badge and full ID on remote people everywhere'),
  'profiles.everywhere': both('Own changes reach all rooms'),
} as const;

const files = {
  'files.several': both('Several at once'),
  'files.drop': own('Drag and drop'),
  'files.paste': own('Paste'),
  'files.progress': own('Progress'),
  'files.cancel': own('Cancel'),
  'files.caption': both('Caption'),
  'files.image-size': both('Dimensions of pictures'),
  'files.video-size': both('Dimensions of films'),
  'files.thumbnail': both('Thumbnails'),
  'files.preview': own('Previews'),
  'files.lightbox': own('Lightbox'),
  'files.refused-type': own('A refused type is named'),
  'files.refused-size': own('A refused size is named, with the limit'),
  'files.streamed': tested('200 MB streamed up and down', 'packages/server/src/large-files.test.ts'),
  'files.bytes': both('Byte for byte'),
  'files.authenticated': both('Only with authentication'),
  'files.outside': outgoing(
    'Never served to a server outside the room',
    'the specification leaves it open: Synapse gives a file to every server that knows its address',
  ),
} as const;

const discovery = {
  'discovery.here': own('Public rooms here'),
  'discovery.there': both('Public rooms of a named server'),
  'discovery.paging': both('… with paging'),
  'discovery.search': both('… with search'),
  'join.alias': both('Join by alias'),
  'join.link': both('Join by link'),
  'join.via': both('Join by room ID with servers to ask'),
  'join.progress': own('Joining shows progress'),
  'join.reason': both('The reason of a failure is said'),
  'spaces.browse': both('Spaces: browse'),
  'spaces.join': both('Spaces: join'),
  'spaces.create': both('Spaces: create'),
  'spaces.add': both('Spaces: add rooms'),
  'history.older': both('Older history is fetched from other servers while scrolling up'),
  'history.gap': own('Gaps are shown as gaps'),
  'history.retry': own('… and can be tried again'),
} as const;

const search = {
  'search.messages': both('Messages, by their words'),
  'search.people': both('People'),
  'search.rooms': own('Rooms'),
  'search.switcher': own('Quick switcher'),
  'commands.invite': both('/invite'),
  'commands.kick': both('/kick'),
  'commands.ban': both('/ban'),
  'commands.unban': both('/unban'),
  'commands.topic': both('/topic'),
  'commands.join': both('/join'),
  'commands.leave': both('/leave'),
  'commands.me': both('/me'),
  'commands.msg': both('/msg'),
  'commands.help': own('/help'),
  'keyboard.shortcuts': own('Keyboard shortcuts'),
  'keyboard.list': own('… with a list'),
  'notifications.browser': own('Browser notifications'),
  'notifications.room': own('Settings per room'),
} as const;

const outages = {
  'outage.said': outgoing('A room whose other organisations cannot be reached says so'),
  'outage.taken': both('… still takes messages'),
  'outage.arrives': both('… and everything arrives in order, without anyone writing something new'),
  'connection.banner': own('Own connection lost: a banner'),
  'connection.queued': own('… messages are queued'),
  'connection.resumed': own('… and sent when it is back'),
} as const;

const large = {
  'large.join': own('10,000 members, joined from the browser with progress'),
  'large.usable': own('… other rooms usable meanwhile'),
  'large.paging': own('20,000 messages paged through without a gap'),
} as const;

const account = {
  'account.password': own('Password'),
  'account.sessions': own('Sessions, and sign-out of each'),
  'account.profile': own('Profile'),
  'account.notifications': own('Notification settings'),
  'account.theme': own('Theme'),
  'account.ignored-people': own('Ignored people'),
  'account.blocked-organisations': own('Ignored organisations'),
} as const;

const encrypted = {
  'encrypted.recognised': both('Encrypted rooms are recognised'),
  'encrypted.invitation': both('… before accepting an invitation too'),
  'encrypted.keys': {
    text: 'Apps that encrypt find, claim and sign the keys of others',
    reach: 'both',
    test: 'packages/testing/src/keys-of-others.test.ts',
  },
  'encrypted.devices': {
    text: 'Changes of somebody’s devices reach everybody they share a room with, also servers that were away',
    reach: 'both',
    test: 'packages/testing/src/followed-lists.test.ts',
  },
  'encrypted.messages': {
    text: 'Their devices send each other messages, which arrive once, also after an absence',
    reach: 'both',
    test: 'packages/testing/src/to-device/to-device-between-servers.test.ts',
  },
  'encrypted.closed': own('The composer is closed, with the reason'),
  'encrypted.no-plaintext': own('Our app never sends plaintext into one'),
} as const;

const surface = {
  'surface.sizes': own('Phone to wide screen'),
  'surface.themes': own('Light and dark'),
  'surface.keyboard': own('Everything by keyboard'),
  'surface.axe': own('axe finds no violation'),
  'surface.no-shift': own('No layout shift while loading'),
  'surface.script': own('Script before sign-in is at most 250 KB gzip'),
  'surface.csp': own('The content security policy holds'),
  'surface.sanitised': both('Remote HTML is sanitised: nothing of an attack runs or loads'),
  'surface.downloads': own('Downloads are sandboxed'),
  'surface.texts': tested('All texts are in one catalogue', 'scripts/check-texts.test.ts'),
  'surface.nothing-unfinished': own('No control is shown for what does not exist'),
  'surface.guide': own('The members’ guide has its pictures, and names controls that exist'),
} as const;

const badInput = {
  'bad.rtl': both('Names with right-to-left marks'),
  'bad.homoglyphs': both('Names made of look-alike letters'),
  'bad.long': both('Names of 10 KB'),
  'bad.html': both('HTML attacks'),
  'bad.svg': both('SVG attacks'),
  'bad.wrong-file': own('A file of a wrong type'),
  'bad.empty-file': own('An empty file'),
  'bad.huge-file': own('A huge file'),
  'bad.disguised-file': both('A disguised file'),
  'bad.dead-server': own('A dead server'),
  'bad.slow-server': own('A slow server'),
  'bad.lying-server': own('A lying server'),
  'bad.expired-link': own('Expired links'),
  'bad.double-click': own('Double clicks do nothing twice'),
  'lost.sending': own('The connection is lost while sending'),
  'lost.uploading': own('… while uploading'),
  'lost.inviting': own('… while inviting'),
  'lost.accepting': own('… while accepting an invitation'),
  'lost.joining': own('… while joining'),
  'lost.creating': own('… while making a room'),
  'lost.settings': own('… while changing settings'),
  'lost.moderating': own('… while removing or banning'),
} as const;

/** The chapters of the table. */
export const catalogue = {
  Messages: messages,
  'Reactions, mentions, replies, threads, discussions': conversation,
  'Direct messages': direct,
  'Group rooms': group,
  Invitations: invitations,
  Roles: roles,
  Bans: bans,
  'Room settings': settings,
  'Typing, presence, read receipts': ephemeral,
  'Remote profiles': profiles,
  Files: files,
  'Discovery and history': discovery,
  'Search, commands, notifications': search,
  Outages: outages,
  'Large rooms': large,
  'Own account': account,
  'Encrypted rooms': encrypted,
  'Quality of the surface': surface,
  'Bad input': badInput,
} as const satisfies Readonly<Record<string, Readonly<Record<string, Behaviour>>>>;

type KeysOfUnion<T> = T extends unknown ? keyof T : never;

/** The name of a behaviour; a scenario that names another one does not compile. */
export type BehaviourId = KeysOfUnion<(typeof catalogue)[keyof typeof catalogue]> & string;
