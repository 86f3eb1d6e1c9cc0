export * from './store/store.ts';
export * from './store/table.ts';
export * from './store/schema.ts';
