import { describe, expect, it } from "vitest";
import { FLOORS, ROWS } from "./house.js";
import { featureOf, floorOf, importsOf, isAllowed, read, sources, withoutExtension } from "./sources.js";

/** How many lines a source file may have. Generated files are exempt, because people do not read them. */
const MAX_LINES = 300;
const SMALL_LINES = 200;

/** The cycles of a graph, each as a path. */
function circlesIn(graph: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const state = new Map<string, "open" | "done">();
  const circles: string[] = [];
  const visit = (node: string, trail: readonly string[]) => {
    if (state.get(node) === "done") return;
    if (state.get(node) === "open") {
      circles.push([...trail.slice(trail.indexOf(node)), node].join(" → "));
      return;
    }
    state.set(node, "open");
    for (const to of graph.get(node) ?? []) if (graph.has(to)) visit(to, [...trail, node]);
    state.set(node, "done");
  };
  for (const node of graph.keys()) visit(node, []);
  return circles;
}

const pathsFrom = (file: string) => importsOf(file).flatMap(({ to }) => ("path" in to ? [to.path] : []));

describe("the architecture", () => {
  it.each(sources)("%s imports only what its row of the table allows", (file) => {
    const row = ROWS.find((each) => each.files.test(file));
    expect(row, `no row covers ${file}`).toBeDefined();
    const refused = importsOf(file).filter((each) => row && !isAllowed(file, row, each));
    expect(refused.map(({ specifier }) => specifier)).toEqual([]);
  });

  it("has a floor for every feature, and a feature for every name on a floor", () => {
    const features = new Set(sources.flatMap((file) => featureOf(file) ?? []));
    expect([...features].sort()).toEqual(FLOORS.flat().sort());
  });

  it("has no cycles of files", () => {
    const graph = new Map(sources.map((file) => [withoutExtension(file), new Set(pathsFrom(file))]));
    expect(circlesIn(graph)).toEqual([]);
  });

  it("has no cycles of features, and no feature that uses one above it", () => {
    const graph = new Map(FLOORS.flat().map((feature) => [feature, new Set<string>()]));
    for (const file of sources) {
      const feature = featureOf(file);
      // Tables reference each other as the data does.
      if (feature === undefined || /\.sqlite\.ts$/.test(file)) continue;
      for (const other of pathsFrom(file).flatMap((path) => featureOf(path) ?? [])) {
        if (other !== feature) graph.get(feature)?.add(other);
      }
    }
    expect(circlesIn(graph)).toEqual([]);
    const upward = [...graph].flatMap(([from, all]) =>
      [...all].filter((to) => floorOf(to) > floorOf(from)).map((to) => `${from} → ${to}`),
    );
    expect(upward).toEqual([]);
  });

  it("starts sessions in only one place", () => {
    const starting = sources.filter((file) => /\bSessionStarts\b/.test(read(file)));
    const elsewhere = starting.filter((file) => !/\/features\/(sessions|sign-in)\//.test(file));
    expect(elsewhere).toEqual([]);
    const handed = sources.filter((file) => /\.starts\b/.test(read(file)));
    expect(handed).toEqual(["apps/server/src/wiring/identity.ts"]);
  });

  it("keeps source files small", () => {
    const lines = (file: string) => read(file).split("\n").length;
    const long = sources.filter((file) => lines(file) > SMALL_LINES);
    expect(sources.filter((file) => lines(file) > MAX_LINES)).toEqual([]);
    expect(long.length / sources.length, `over ${SMALL_LINES} lines: ${long.join(", ")}`).toBeLessThan(0.1);
  });

  it("reads the environment in one place", () => {
    const readers = sources.filter((file) => /process\.env\b/.test(read(file)));
    expect(
      readers.filter(
        (file) => !/^apps\/(example-next\/src\/server\/settings|server\/src\/(cli\/)?main)\.ts$/.test(file),
      ),
    ).toEqual([]);
  });
});
