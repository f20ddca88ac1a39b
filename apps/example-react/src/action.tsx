import { type ReactNode, useState } from "react";

interface ActionProps {
  readonly name: string;
  readonly onPress: () => Promise<unknown>;
  readonly children: ReactNode;
}

/** A button that does one thing at a time, and shows that it is doing it. */
export function Action({ name, onPress, children }: ActionProps) {
  const [isPending, setPending] = useState(false);
  const press = async () => {
    if (isPending) return;
    setPending(true);
    await onPress();
    setPending(false);
  };
  return (
    // Not `disabled`, which would take the focus away.
    <button type="button" data-action={name} aria-disabled={isPending} onClick={press}>
      {children}
      {isPending && " …"}
    </button>
  );
}
