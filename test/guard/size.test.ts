import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build, type Plugin } from "esbuild";
import { expect, it } from "vitest";

const GUARD = join(import.meta.dirname, "../../packages/guard/src");
const MAX_FEED_BYTES = 2048;

/** The guard minified and gzipped, without jose. */
async function sizeOf(plugins: Plugin[]): Promise<number> {
  const { outputFiles } = await build({
    entryPoints: [join(GUARD, "index.ts")],
    bundle: true,
    minify: true,
    format: "esm",
    platform: "neutral",
    external: ["jose"],
    plugins,
    write: false,
  });
  return gzipSync(outputFiles[0]?.contents ?? "", { level: 9 }).length;
}

const withoutFeed: Plugin = {
  name: "without the feed",
  setup(building) {
    building.onLoad({ filter: /\/feed\.ts$/ }, () => ({ contents: "export const followFeed = undefined;" }));
  },
};

it("costs at most 2 KiB to be able to follow the feed", async () => {
  const [whole, without] = [await sizeOf([]), await sizeOf([withoutFeed])];
  expect(whole).toBeGreaterThan(without);
  expect(whole - without).toBeLessThanOrEqual(MAX_FEED_BYTES);
});
