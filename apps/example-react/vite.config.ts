import { defineConfig } from "vite";

// The bundler compiles React's JSX by itself: no plugin is needed to build.
export default defineConfig({ server: { port: 5173, strictPort: true } });
