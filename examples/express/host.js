// A shop with Express whose orders are told in a room of the Matrix federation.
// `node host.js NAME PORT FOLDER [OVERRIDES CA_FILE]`, behind a proxy with TLS.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import * as causeway from '@causeway/homeserver';
import { createEgress, createHttpApp, federationRoutes } from '@causeway/http';
import { openDiskBlobs, openSqliteStore } from '@causeway/storage';
import express from 'express';

const [serverName, port, folder, overrides = '{}', caFile] = process.argv.slice(2);
const shop = `@shop:${serverName}`;
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
  directory: { exists: async (userId) => userId === shop, profile: async () => ({ displayname: 'Shop' }) },
  policy: { ask: async () => ({ allowed: true }) },
  log,
});
const matrix = await createHttpApp({ routes: federationRoutes(engine), log });
const roomId = await causeway.createRoom(engine, shop, { preset: 'public_chat', room_alias_name: 'orders' });

const app = express();
// Before anything reads a body or cuts a prefix: signatures are made over addresses and bodies as they came.
app.use((request, response, next) => {
  if (request.originalUrl.startsWith('/_matrix/')) matrix.handle(request, response);
  else next();
});
app.use(express.json());
app.get('/', (_request, response) => response.json({ shop: 'open' }));
app.post('/orders', async (request, response) => {
  const content = { msgtype: 'm.text', body: `ordered: ${request.body.item}` };
  response.json({
    told: await causeway.sendEvent(engine, { roomId, sender: shop, type: 'm.room.message', content }),
  });
});
app.listen(Number(port), '127.0.0.1', () => console.log(`open: #orders:${serverName}`));
