// A program that has people of its own and joins the Matrix federation: it keeps a lobby open to other servers
// and answers who writes there. `node host.js NAME PORT FOLDER [OVERRIDES CA_FILE]`, behind a proxy with TLS.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import * as causeway from '@causeway/homeserver';
import { createEgress, createHttpApp, federationRoutes } from '@causeway/http';
import { openDiskBlobs, openSqliteStore } from '@causeway/storage';

const [serverName, port, folder, overrides = '{}', caFile] = process.argv.slice(2);
const bot = `@bot:${serverName}`;
const log = { info: () => {}, warn: console.warn, error: console.error };

// A real program keeps its key: whoever has it speaks for the server.
const options = { serverName, signingKey: { seed: randomBytes(32), version: 'embedded' } };
const { engine } = await causeway.createHomeserver(options, {
  store: await openSqliteStore({ path: `${folder}/chat.db`, tables: causeway.engineTables }),
  blobs: await openDiskBlobs(`${folder}/media`),
  transport: createEgress({
    overrides: new Map(Object.entries(JSON.parse(overrides))),
    extraCa: caFile && readFileSync(caFile, 'utf8'),
  }),
  directory: { exists: async (userId) => userId === bot, profile: async () => ({ displayname: 'Bot' }) },
  policy: { ask: async () => ({ allowed: true }) },
  log,
});
const app = await createHttpApp({ routes: federationRoutes(engine), log });
createServer(app.handle).listen(Number(port), '127.0.0.1');

const lobby = await causeway.createRoom(engine, bot, { preset: 'public_chat', room_alias_name: 'lobby' });
console.log(`open: #lobby:${serverName}`);

const fixed = { userId: bot, deviceId: 'host', filter: causeway.parseSyncFilter({}), signal: engine.signal };
for (let since; !engine.signal.aborted; ) {
  const request = { ...fixed, since, fullState: false, stateAfter: false, timeoutMs: 30_000 };
  const news = await causeway.sync(engine, request);
  for (const { type, sender, content } of news.rooms?.join?.[lobby]?.timeline.events ?? []) {
    if (type !== 'm.room.message' || sender === bot) continue;
    const answer = { msgtype: 'm.text', body: `${sender} said: ${content.body}` };
    await causeway.sendEvent(engine, { roomId: lobby, sender: bot, type: 'm.room.message', content: answer });
  }
  since = causeway.parseSyncToken(news.next_batch);
}
