import { defineConfig } from "vite";

// JSX is React's own, which the bundler compiles by itself: no plugin is needed to build.
export default defineConfig({ server: { port: 5173, strictPort: true } });
