import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

/** The app does no encryption yet; matrix-js-sdk's, with its 8 MB of WebAssembly, stays out of the build. */
const withoutEncryption: Plugin = {
  name: 'without-encryption',
  enforce: 'pre',
  resolveId: (source, importer) =>
    source.endsWith('rust-crypto/index.js') && importer?.includes('matrix-js-sdk')
      ? '\0no-encryption'
      : undefined,
  load: (id) => (id === '\0no-encryption' ? 'export {};' : undefined),
};

export default defineConfig({
  plugins: [withoutEncryption, react(), tailwindcss()],
  build: {
    target: 'es2022',
    // The content security policy allows fonts and images from this origin, not from data: addresses.
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1200,
  },
});
