// What a user of the client writes: type-checked against the generated types, and run as a program.
import { createRpc, isLatchkeyError, type Postcard, safe } from "@latchkey/client";

const [url = "", token = ""] = process.argv.slice(2);
const { postcards } = createRpc({ url, token });

const written: Postcard = await postcards.write.mutate({ text: "From the client" });
// @ts-expect-error: a postcard has a text.
const [, untyped] = await safe(postcards.write.mutate({}));
const [, error] = await safe(postcards.write.mutate({ text: "One too many" }));
let kept: number | undefined;
if (isLatchkeyError(error) && error.data.appCode === "POSTCARDS_FULL") kept = error.data.next.kept;
const listed = await postcards.list.query();

const texts = listed.postcards.map(({ text }) => text);
const refused = isLatchkeyError(untyped) && untyped.data.appCode;
process.stdout.write(JSON.stringify({ written: written.text, refused, kept, texts }));
