import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { queries } from "./client.js";

/** The user's sessions, each with a button to end it. */
export function Sessions() {
  const cache = useQueryClient();
  const { data, error } = useQuery(queries.sessions.list.queryOptions());
  const end = useMutation({
    ...queries.sessions.end.mutationOptions(),
    onSettled: () => cache.invalidateQueries({ queryKey: queries.sessions.list.queryKey() }),
  });
  return (
    <section>
      <h2>Your sessions</h2>
      {error !== null && <p role="alert">{error.message}</p>}
      <ul>
        {data?.sessions.map(({ id, browser, system, address, createdAt, current }) => (
          <li key={id} data-session={id}>
            {browser ?? "A program"} on {system ?? "an unknown system"}, from {address}, since{" "}
            {new Date(createdAt).toLocaleString()}
            {current ? (
              " (this one)"
            ) : (
              <button type="button" onClick={() => end.mutate({ id })}>
                End
              </button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
