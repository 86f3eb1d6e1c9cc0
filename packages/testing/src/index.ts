export * from './fill-room.ts';
export * from './memory-blobs.ts';
export * from './network.ts';
export * from './store-contract.ts';
