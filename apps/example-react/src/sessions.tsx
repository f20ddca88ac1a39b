import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";
import { Action } from "./action.js";
import { queries } from "./client.js";

/** The user's sessions, each with a button to end it. */
export function Sessions() {
  const cache = useQueryClient();
  const heading = useRef<HTMLHeadingElement>(null);
  const { data, error } = useQuery(queries.sessions.list.queryOptions());
  const end = useMutation({
    ...queries.sessions.end.mutationOptions(),
    onSettled: () => cache.invalidateQueries({ queryKey: queries.sessions.list.queryKey() }),
  });
  const endOne = async (id: string) => {
    // A failure is shown above the list.
    await end.mutateAsync({ id }).catch(() => {});
    // The button that had the focus is gone.
    heading.current?.focus();
    return { error: null };
  };
  const fault = error ?? end.error;
  return (
    <>
      <h3 ref={heading} tabIndex={-1}>
        Your sessions
      </h3>
      {fault !== null && (
        <p role="alert" className="fault">
          {fault.message}
        </p>
      )}
      <ul>
        {data?.sessions.map(({ id, browser, system, address, createdAt, current }) => (
          <li key={id} data-session={id}>
            {browser ?? "A program"} on {system ?? "an unknown system"}, from {address}, since{" "}
            {new Date(createdAt).toLocaleString()}
            {current ? (
              " (this one)"
            ) : (
              <Action name="end" onPress={() => endOne(id)}>
                End
              </Action>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}
