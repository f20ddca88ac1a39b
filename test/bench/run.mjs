// `npm run bench`, even if Node is too old: what it imports is not read before.
import "../../packages/config/right-node.mjs";

await import("./main.mjs");
