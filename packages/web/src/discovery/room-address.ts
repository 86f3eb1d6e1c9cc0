/** A room by alias or ID, and servers that may let one in. */
export type RoomAddress = { readonly address: string; readonly via: readonly string[] };

const ALIAS = /^#[^\s:]+:[a-zA-Z0-9.:[\]-]+$/;
/** Since room version 12 an ID has no server name: https://spec.matrix.org/latest/rooms/v12/#room-ids */
const ROOM_ID = /^![^\s/?]{1,254}$/;

/** Reads what people paste: an alias, an ID, a matrix.to link, a matrix: address, a link to this app. */
export function parseRoomAddress(input: string): RoomAddress | undefined {
  const typed = input.trim();
  if (typed.length > 2048) return undefined;
  const link =
    /^https?:\/\/(?:www\.)?matrix\.to\/#\/([^?/]+)(?:\/[^?]*)?(?:\?(.*))?$/i.exec(typed) ??
    /^https?:\/\/[^/]+\/#\/join\/([^?/]+)(?:\?(.*))?$/i.exec(typed);
  if (link) return check(decode(link[1] ?? ''), new URLSearchParams(link[2] ?? '').getAll('via'));
  // https://spec.matrix.org/latest/appendices/#matrix-uri-scheme
  const uri = /^matrix:(r|roomid)\/([^?/]+)(?:\/[^?]*)?(?:\?(.*))?$/i.exec(typed);
  if (uri) {
    const sigil = uri[1]?.toLowerCase() === 'r' ? '#' : '!';
    return check(`${sigil}${decode(uri[2] ?? '')}`, new URLSearchParams(uri[3] ?? '').getAll('via'));
  }
  return check(typed, []);
}

function check(address: string, via: readonly string[]): RoomAddress | undefined {
  return ALIAS.test(address) || ROOM_ID.test(address) ? { address, via } : undefined;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}

/** A link that this app and every other Matrix client opens. */
export function formatRoomLink({ address, via }: RoomAddress): string {
  const query = new URLSearchParams(via.map((server) => ['via', server])).toString();
  return `https://matrix.to/#/${encodeURIComponent(address)}${query ? `?${query}` : ''}`;
}
