// The front end's build: one page, its files named by their content, written where the Python package finds them.
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vite'

export default defineConfig({
  plugins: [svelte()],
  build: {
    outDir: '../built',
    emptyOutDir: true,
    target: 'es2022',
    // the content security policy lets nothing be inlined
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 900
  }
})
