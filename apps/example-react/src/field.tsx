interface FieldProps {
  readonly name: string;
  readonly label: string;
  readonly type?: "text" | "email" | "password";
  readonly autoComplete: string;
  readonly fault?: string | undefined;
}

/** A field of a form, and what is wrong with it. */
export function Field({ name, label, type = "text", autoComplete, fault }: FieldProps) {
  return (
    <label>
      {label}
      <input
        name={name}
        type={type}
        autoComplete={autoComplete}
        aria-invalid={fault !== undefined}
        required
      />
      {fault !== undefined && <small>{fault}</small>}
    </label>
  );
}
