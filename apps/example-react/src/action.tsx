import { type ReactNode, useState } from "react";

interface ActionProps {
  readonly name: string;
  /** Resolves to what went wrong, as the client's verbs do. */
  readonly onPress: () => Promise<{ readonly error: { readonly message: string } | null }>;
  readonly children: ReactNode;
}

/** A button that does one thing at a time, and shows that it is doing it, or why it could not. */
export function Action({ name, onPress, children }: ActionProps) {
  const [isPending, setPending] = useState(false);
  const [fault, setFault] = useState<string>();
  const press = async () => {
    if (isPending) return;
    setPending(true);
    const { error } = await onPress();
    setFault(error?.message);
    setPending(false);
  };
  return (
    <>
      {/* Not `disabled`, which would take the focus away. */}
      <button type="button" data-action={name} aria-disabled={isPending} onClick={press}>
        {children}
        {isPending && " …"}
      </button>
      {fault !== undefined && (
        <p role="alert" className="fault">
          {fault}
        </p>
      )}
    </>
  );
}
