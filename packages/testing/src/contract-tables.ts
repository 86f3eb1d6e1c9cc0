import { defineTable } from '@causeway/homeserver';

/** Tables that between them have every kind of key, column and index. */
export const contractTables = {
  numbered: defineTable({
    name: 'numbered',
    columns: { id: 'integer', name: 'text', score: 'integer?', body: 'blob?' },
    key: ['id'],
    indexes: { by_name: { columns: ['name'], unique: true }, by_score: { columns: ['score'] } },
  }),
  nested: defineTable({
    name: 'nested',
    columns: { outer: 'integer', key: 'text', order: 'integer', note: 'text?' },
    key: ['outer', 'key'],
    indexes: {
      by_order: { columns: ['outer', 'order'] },
      by_note: { columns: ['note'], unique: true },
    },
  }),
  bytes: defineTable({ name: 'bytes', columns: { hash: 'blob', size: 'integer' }, key: ['hash'] }),
  pairs: defineTable({ name: 'pairs', columns: { left: 'text', right: 'integer' }, key: ['left', 'right'] }),
};
