import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

// The build lands inside the Python package, which serves it at /console. Nothing may be inlined: the gateway's
// content security policy lets in files of its own origin and nothing else.
export default defineConfig({
  base: "/console/",
  plugins: [react()],
  build: {
    outDir: "../src/dragoman/console_files",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    manifest: true,
    target: "es2022",
    chunkSizeWarningLimit: 700,
  },
  server: {
    proxy: Object.fromEntries(
      ["/admin", "/console/login"].map((path) => [
        path,
        { target: "http://127.0.0.1:8642" },
      ]),
    ),
  },
  test: { environment: "node", include: ["src/**/*.test.{ts,tsx}"] },
});
