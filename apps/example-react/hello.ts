import { createClient } from "@latchkey/client";

const client = createClient({ url: "http://localhost:8000" });
const { data: user, error } = await client.signUp({
  username: "grace",
  email: "grace@example.com",
  password: "correct horse battery",
});
console.log(error ? error.message : `Hello, ${user.username}`); // Hello, grace
